"""docs/settings.md names every variable that the settings read, and no other."""

import re
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def test_the_page_and_the_code_name_the_same_variables() -> None:
    code = (_ROOT / "src/hullscan/settings.py").read_text()
    page = (_ROOT / "docs/settings.md").read_text()
    assert set(re.findall(r"\"(HULLSCAN_[A-Z_]+)\"", code)) == set(re.findall(r"`(HULLSCAN_[A-Z_]+)`", page))
