"""What the documentation says is so: options exist, links lead somewhere, pages stay short."""

import re
import subprocess

import pytest

from conftest import ROOT
from seq2score.settings.families import FAMILIES

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
GENERATED = DOCS / "configuration.md"
GUIDES = [page for page in sorted(DOCS.glob("*.md")) if page != GENERATED]
MOST_WORDS = 2_000  # of a guide
KEYS = re.compile(r"`(\w+)` with `(\w+)")
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")


def name(page):
    return page.relative_to(ROOT).with_suffix("").as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_an_option_that_a_page_gives_an_architecture_is_one_of_its_own(page):
    for architecture, option in KEYS.findall(page.read_text(encoding="utf-8")):
        if architecture in FAMILIES:
            assert option in FAMILIES[architecture].model_fields


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "config/README.md"])
def test_links_of_pages_that_are_not_of_the_site_lead_somewhere(page):
    for target, _ in LINK.findall((ROOT / page).read_text(encoding="utf-8")):
        if not re.match(r"\w+:", target):
            assert ((ROOT / page).parent / target).exists(), target


@pytest.mark.parametrize("page", GUIDES, ids=name)
def test_a_guide_is_short(page):
    words = page.read_text(encoding="utf-8").split()
    assert sum(any(map(str.isalnum, word)) for word in words) <= MOST_WORDS


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_the_site_is_built_without_a_warning(tmp_path):
    """A page that is not in the navigation fails, and a link or an anchor that leads nowhere."""
    command = ["mkdocs", "build", "--quiet", "--strict", "--site-dir", tmp_path / "site"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    for page in PAGES:
        html = (tmp_path / "site" / page.relative_to(DOCS)).with_suffix(".html")
        text = html.read_text(encoding="utf-8")
        fetched = re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="(https?:[^"]*)', text)
        assert not fetched, f"{page} asks the network for {fetched}"
