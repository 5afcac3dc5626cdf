"""What the documentation says of keys is so: every option that it names exists."""

import re

import pytest

from conftest import ROOT
from seq2score.settings.families import FAMILIES

KEYS = re.compile(r"`(\w+)` with `(\w+)")


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda p: p.stem)
def test_an_option_that_a_page_gives_an_architecture_is_one_of_its_own(page):
    for architecture, option in KEYS.findall(page.read_text(encoding="utf-8")):
        if architecture in FAMILIES:
            assert option in FAMILIES[architecture].model_fields
