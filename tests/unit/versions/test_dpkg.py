"""Debian's order of versions, against dpkg itself."""

import json
import shutil
import subprocess
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hullscan.errors import InvalidVersion
from hullscan.versions.dpkg import Dpkg
from shared_data import shared_path

_KEY = Dpkg().key

RISING = (
    "0~~",
    "0~",
    "0",
    "0+a",
    "1~rc1-1",
    "1-0.1",
    "1-1",
    "1.0~rc1-1",
    "1.0-1",
    "1.0-1+deb12u1",
    "1.0-1+deb12u2",
    "1.0-1+deb12u10",
    "1.0a-1",
    "1.0+dfsg-1",
    "1.0.1-1",
    "1.10-1",
    "1:0.1-1",
    "1:99999999999999999999999999-1",
    "2:0~",
)


@pytest.mark.parametrize(("older", "newer"), list(pairwise(RISING)))
def test_rising(older: str, newer: str) -> None:
    """Each version of the table sorts below the next."""
    assert _KEY(older) < _KEY(newer)


@pytest.mark.parametrize(("one", "other"), [("1.0", "0:1.0"), ("1.0", "1.0-0"), ("1.0-00", "1.0-0"), ("1.", "1.0")])
def test_equal(one: str, other: str) -> None:
    """No epoch is epoch 0, no revision revision 0, and an empty number is zero."""
    assert _KEY(one) == _KEY(other)


@pytest.mark.parametrize("text", ["", " ", "a", "1:", ":1", "x:1", "1-", "1_2", "1.0-1_2", "ü", "1" * 2000, "-1"])
def test_no_version(text: str) -> None:
    """What dpkg refuses has no key."""
    with pytest.raises(InvalidVersion):
        _KEY(text)


def test_vectors() -> None:
    """Every vector of other projects' test data, but for the two that dpkg itself refuses (an underscore)."""
    refused = []
    for a, b, expected, _, reference in json.loads(shared_path("fixtures/versions/dpkg.json").read_text())["vectors"]:
        try:
            left, right = _KEY(a), _KEY(b)
        except InvalidVersion:
            refused.append(reference)
            continue
        assert (left > right) - (left < right) == expected, (a, b)

    assert refused == ["?", "?"]


_TEXT = st.from_regex(r"([0-9]{1,2}:)?[0-9][0-9a-zA-Z.+~]{0,8}(-[0-9a-zA-Z.+~]{1,6})?", fullmatch=True)


@pytest.mark.skipif(shutil.which("dpkg") is None, reason="dpkg is not on this machine")
@settings(max_examples=150, deadline=None)
@given(a=_TEXT, b=_TEXT)
def test_order_is_dpkgs(a: str, b: str) -> None:
    """For any two versions the order of keys is the answer of dpkg --compare-versions."""
    said = "eq" if _KEY(a) == _KEY(b) else "lt" if _KEY(a) < _KEY(b) else "gt"

    assert subprocess.run(["dpkg", "--compare-versions", a, said, b], check=False).returncode == 0
