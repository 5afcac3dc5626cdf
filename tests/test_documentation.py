"""What the documentation says is so: options exist, links lead somewhere, pages stay short."""

import re
import subprocess

import pytest
import yaml

from conftest import ROOT
from seq2score.settings.families import FAMILIES
from seq2score.settings.resolve import resolve

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
GENERATED = DOCS / "configuration.md"
LOOKED_UP = [GENERATED, DOCS / "troubleshooting.md", DOCS / "glossary.md"]  # not read through
GUIDES = [page for page in sorted(DOCS.glob("*.md")) if page not in LOOKED_UP]
MOST_WORDS = 1_200  # of a guide, without code
KEYS = re.compile(r"`(\w+)` with `(\w+)")
YAML = re.compile(r"```yaml\n(.*?)```", re.S)
# What examples leave out: a dataset, and models that others than the default name.
TABLES = {name: {"table": {"path": f"{name}.csv"}} for name in ("my_library", "hepg2", "k562")}
MODELS = {"network": {"preset": "network"}, "cnn": {"architecture": "cnn"}}
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


def examples():
    """The configs of all guides, which may be a part of one, and that of their pictures."""
    gallery = (DOCS / "gallery.yaml").read_text(encoding="utf-8")
    yield pytest.param(yaml.safe_load(gallery), id="gallery")
    for page in [ROOT / "README.md", *GUIDES]:
        text = page.read_text(encoding="utf-8")
        for number, block in enumerate(YAML.findall(text), 1):
            yield pytest.param(yaml.safe_load(block), id=f"{name(page)}-{number}")


@pytest.mark.parametrize("config", [*examples()])
def test_a_config_of_a_guide_is_accepted(config, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = {"datasets": TABLES, **config}
    if "sweep" in config or "search" in config:
        config = {"models": MODELS, **config}
    for model in dict(config.get("models", {})).values():
        if {"start_from"} & {*model} or ".py:" in model.get("architecture", ""):
            pytest.skip("names a file of the reader's")
    resolve(config)


@pytest.mark.parametrize("page", GUIDES, ids=name)
def test_a_guide_is_short(page):
    words = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S).split()
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
