"""What a version must satisfy, in its scheme's order."""

import json
import re

import pytest

from hullscan.errors import InvalidReference, InvalidVersion
from hullscan.versions.constraints import satisfies
from shared_data import shared_path

_EPOCH = "Grype compares epochs only where both sides have one; for rpm no epoch is 0 (rpm-version(7))"
_MORE_SEGMENTS = "Grype stops at the shorter release; for rpm the one with more segments is newer (rpm-version(7))"
_CAPITAL = "a capital V is no part of a semantic version, and npm's semver refuses it"
_DOT = "a dot and a word after the third number is Ruby's way; npm's semver refuses it, loose or not"

_DECIDED_OTHERWISE = {
    ("rpm-evr", "1:0", "< 1"): _EPOCH,
    ("rpm-evr", "1.0", "< 2:1.0"): _EPOCH,
    ("rpm-evr", "2:4.19.01-1.el7_5", "<= 4.19.1-1.el7_5"): _EPOCH,
    ("rpm-evr", "4.19.01-1.el7_5", "< 2:4.19.1-1.el7_5"): _EPOCH,
    ("rpm-evr", "4.19.0-1.el7_5", "< 12:4.19.0-1.el7"): _EPOCH,
    ("rpm-evr", "4.19.0-1.el7_5", "<= 12:4.19.0-1.el7"): _EPOCH,
    ("rpm-evr", "3:4.19.0-1.el7_5", "< 4.21.0-1.el7"): _EPOCH,
    ("rpm-evr", "8.3.1-5.el8", "< 0:8.3.1-5.el8.0.0"): _MORE_SEGMENTS,
    ("rpm-evr", "8.3.1-5.el8.0.0", "> 0:8.3.1-5.el8"): _MORE_SEGMENTS,
    ("semver", "1.0.0", "= V1.0.0"): _CAPITAL,
}
"""Rows of Grype's that we answer otherwise, or refuse, and why; those with `_DOT` are told by their form."""


def _answer(scheme: str, version: str, constraint: str) -> bool | None:
    try:
        return satisfies(scheme, version, constraint)
    except InvalidVersion:
        return None


def _reason(scheme: str, version: str, constraint: str) -> str | None:
    if scheme == "semver" and re.match(r"\d+\.\d+\.\d+\.[a-z]", version):
        return _DOT
    return _DECIDED_OTHERWISE.get((scheme, version, constraint))


def test_vectors() -> None:
    """All of Grype's rows are answered as Grype does, but for those that the table decides otherwise, and all of these."""
    rows = json.loads(shared_path("fixtures/versions/constraints-grype.json").read_text())["rows"]
    different = [(s, v, c) for s, v, c, expected in rows if _answer(s, v, c) is not expected]

    assert different == [(s, v, c) for s, v, c, _ in rows if _reason(s, v, c) is not None]
    assert (len(rows), len(different)) == (536, 35)


@pytest.mark.parametrize(
    ("scheme", "version", "constraint", "expected"),
    [
        ("dpkg", "1.0~rc1", "", True),
        ("dpkg", "1.0~rc1", "<1.0", True),
        ("dpkg", "1:0.5", "> 1.0, < 2.0", False),
        ("npm", "1.5.0", ">=1.0.0,<2.0.0||=3.0.0", True),
        ("npm", "3.0.0", ">= 1.0.0, < 2.0.0 || 3.0.0", True),
        ("npm", "2.0.0", ">= 1.0.0, < 2.0.0 || 3.0.0", False),
        ("pep440", "1.0+local", "= 1.0", True),
        ("pep440", "1.0+local", "= 1.0+other", False),
        ("pep440", "1.0", "= '1.0' || \"2.0\"", True),
        ("bitnami", "1.2.3-7", "<= 1.2.3", True),
        ("jvm", "1.8.0_392-b08", ">= 8.0.392, < 9", True),
    ],
)
def test_constraints(scheme: str, version: str, constraint: str, expected: bool) -> None:
    """Alternatives, what must hold at once, and what of a version does not count."""
    assert satisfies(scheme, version, constraint) is expected


@pytest.mark.parametrize("constraint", [",", "||", "> ", "=> 1", "> 1 < 2", "1 2", "> '1", "< 1 |", "> 1," * 5_000])
def test_no_constraint(constraint: str) -> None:
    """What cannot be read is no answer."""
    with pytest.raises(InvalidReference):
        satisfies("npm", "1.0.0", constraint)


@pytest.mark.parametrize(
    ("version", "constraint"), [("x", ""), ("x", "> 1"), ("1.0.0", "> x"), ("1.0.0", "2.0.0 || > x")]
)
def test_what_the_scheme_cannot_read(version: str, constraint: str) -> None:
    """Neither a version nor a bound is guessed at, even where another alternative would do."""
    with pytest.raises(InvalidVersion):
        satisfies("npm", version, constraint)
