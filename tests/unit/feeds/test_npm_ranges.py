"""npm's ranges, and sets of versions: against npm's own answers, and laws that hold for any set."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hullscan.feeds.npm_ranges import npm_range
from hullscan.feeds.runs import END, EVERYTHING, START, Cut, Runs, complement, intersection, ranges_of, run, union
from hullscan.versions import SCHEMES
from shared_data import shared_path


def _at(version: str) -> Cut:
    return Cut(beyond=False, key=SCHEMES["npm"].key(version), after=False, text=version)


def _holds(runs: Runs, version: str) -> bool:
    return any(low <= _at(version) < high for low, high in runs)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("8.x || ^6.11.1", ["8.0.0", "8.17.0", "6.11.1", "6.17.0"], ["6.11.0", "7.0.0", "9.0.0"]),
        ("^0.10.48", ["0.10.48", "0.10.99"], ["0.10.47", "0.11.0"]),
        ("^0.0.3", ["0.0.3"], ["0.0.2", "0.0.4"]),
        (">=6.0.0 <6.2.0", ["6.0.0", "6.1.9"], ["5.9.9", "6.2.0"]),
        ("<= 10", ["0.1.0", "10.24.1"], ["11.0.0"]),
        ("> 10", ["11.0.0"], ["10.24.1"]),
        ("~1.2", ["1.2.0", "1.2.9"], ["1.3.0"]),
        ("1.2.3 - 2.3", ["1.2.3", "2.3.9"], ["2.4.0", "1.2.2"]),
        ("*", ["0.0.0", "99.0.0"], []),
        ("<*", [], ["0.0.0", "1.0.0"]),
    ],
)
def test_ranges(text: str, inside: list[str], outside: list[str]) -> None:
    """What npm's README says that each form holds."""
    runs = npm_range(text)

    assert [version for version in inside + outside if _holds(runs, version)] == inside


@pytest.mark.parametrize("text", ["==1", "latest", "^1.2.3 || ^", "1.2.3.4.5 nonsense", "1" * 5_000, ">=1.2.3,<2"])
def test_what_is_no_range_is_refused(text: str) -> None:
    """A tag, another language's operators, a text without end."""
    with pytest.raises(ValueError, match=r"range|version"):
        npm_range(text)


def test_npm_agrees() -> None:
    """The vectors of npm's semver, which npm itself was asked; pre-releases only as with ``includePrerelease``."""
    rows = json.loads(shared_path("fixtures/versions/ranges.json").read_text())["npm"]["rows"]
    asked = 0
    for version, text, satisfied, options in rows:
        odd = version in ("not a version", "glorp") or "==" in text
        if odd or (not options["includePrerelease"] and ("-" in version or "beta" in version)):
            continue
        asked += 1
        assert _holds(npm_range(text), version) == satisfied, (version, text)

    assert asked > 150


_cuts = st.builds(
    lambda number, after: Cut(beyond=False, key=_at(f"{number}.0.0").key, after=after, text=f"{number}.0.0"),
    st.integers(0, 9),
    st.booleans(),
)
_sets = st.lists(st.tuples(_cuts, _cuts)).map(lambda pairs: union(run(low, high) for low, high in pairs))
_versions = st.integers(0, 9).map(lambda number: f"{number}.0.0")


@given(_sets, _sets, _versions)
def test_laws_of_sets(one: Runs, other: Runs, version: str) -> None:
    """A version is in what is put together, or taken away, just when logic says so; runs never touch."""
    assert _holds(union((one, other)), version) == (_holds(one, version) or _holds(other, version))
    assert _holds(intersection(one, other), version) == (_holds(one, version) and _holds(other, version))
    assert _holds(complement(one), version) != _holds(one, version)
    assert complement(complement(one)) == one
    assert all(before[1] < after[0] for before, after in pairwise(one))


def test_as_an_advisory_says_it() -> None:
    """The start of all versions is 0; an end after a version is the last affected; a start after one cannot be said."""
    last = Cut(beyond=False, key=_at("2.0.0").key, after=True, text="2.0.0")
    (ranged,) = ranges_of(run(START, last))

    assert [(event.kind, event.version) for event in ranged.events] == [("introduced", "0"), ("last_affected", "2.0.0")]
    assert [len(one.events) for one in ranges_of(EVERYTHING)] == [1]
    with pytest.raises(ValueError, match=r"after 2\.0\.0"):
        ranges_of(run(last, END))
