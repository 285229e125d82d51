"""RubyGems' requirements as sets of versions."""

import json

import pytest

from hullscan.feeds.gem_requirements import requirement
from hullscan.feeds.runs import Cut
from hullscan.versions import SCHEMES
from shared_data import shared_path


def _satisfies(version: str, text: str) -> bool:
    at = Cut(beyond=False, key=SCHEMES["gem"].key(version), after=False, text=version)
    return any(low <= at < high for low, high in requirement(text))


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("~> 2.2.8", ["2.2.8", "2.2.10"], ["2.2.7", "2.3.0", "2.3.0.preview1"]),
        ("~> 2.1.1-rc", ["2.1.1.rc", "2.1.1", "2.1.9"], ["2.1.0", "2.2.0"]),
        ("~> 2", ["2.0", "2.9"], ["3.0", "1.9"]),
        ("> 2.6.0-preview1", ["2.6.0-preview2", "2.6.0"], ["2.6.0-preview1", "2.5.9"]),
        (">= 1.2, != 1.3, < 2", ["1.2", "1.4"], ["1.3", "2", "1.1"]),
        ("1.8.2", ["1.8.2", "1.8.2.0"], ["1.8.3"]),
        ("<= 1.8", ["1.8", "1.7.9"], ["1.8.1"]),
    ],
)
def test_requirements(text: str, inside: list[str], outside: list[str]) -> None:
    """Each operator, pre-releases, and several that must all hold."""
    assert [version for version in inside + outside if _satisfies(version, text)] == inside


@pytest.mark.parametrize("text", ["", "latest", ">= ", "^1.2", ">= 1, ", "1" * 5_000])
def test_what_is_no_requirement_is_refused(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match="no requirement"):
        requirement(text)


def test_rubygems_agrees() -> None:
    """The vectors of Gem::Requirement, which Ruby itself was asked."""
    rows = json.loads(shared_path("fixtures/versions/ranges.json").read_text())["rubygems"]["rows"]
    wrong = [(version, text) for version, text, satisfied, _ in rows if _satisfies(version, text) != satisfied]

    assert (len(rows) > 100, wrong) == (True, [])
