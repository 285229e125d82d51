"""Each scheme's rules on pairs written here, and laws that hold for all."""

import string
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.version import InvalidVersion as PackagingInvalid
from packaging.version import Version

from hullscan.errors import InvalidVersion
from hullscan.versions import SCHEMES, compare, scheme_for_ecosystem

RISING = {
    "rpm-evr": "1.0~rc1-1 1.0-1 1.0^git1-1 1.0a-1 1.0.1-1 1.10-1 1:0.1-1",
    "apk": "1.0_alpha1 1.0_rc1 1.0 1.0-r1 1.0_p1 1.0a 1.0.1 1.10",
    "alpm": "1.0alpha-1 1.0b-1 1.0rc-1 1.0-1 1.0-2 1.0.a-1 1.0.1-1 1.10-1 1:0.1-1",
    "gentoo": "1.0_alpha 1.0_beta2 1.0_pre1 1.0_rc1 1.0 1.0-r1 1.0_p1 1.0a 1.01 1.1 1.10",
    "pep440": "1.0.dev1 1.0a1 1.0rc1 1.0 1.0+local 1.0.post1 1.1.dev0 1.10 1!0",
    "npm": "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-rc.1 1.0.0 1.0.1 1.10.0",
    "go": "v0.0.0-20200101000000-abcdefabcdef v0.0.1 v1.0.0-pre v1.0.0 v1.2.0",
    "golang": "1.21beta1 1.21rc2 1.21.0-rc.3 1.21rc10 1.21.0 1.21.1",
    "julia": "1.2.3-rc1 1.2.3 1.2.3+0 1.2.3+1 1.2.3+10 1.2.4",
    "maven": "1-alpha1 1-beta 1-rc1 1-SNAPSHOT 1 1-sp 1-abc 1-1 1.1 1.10",
    "nuget": "1.0.0-alpha 1.0.0-beta2 1.0 1.0.0.1 1.0.1 1.10",
    "gem": "1.0.a 1.0.b0.b 1.0.b 1.0.rc1 1.0 1.0.1 1.10",
    "composer": "1.0-dev 1.0-alpha1 1.0-beta1 1.0-RC1 1.0 1.0-p1 1.0.1",
    "cran": "1.0 1.0-1 1.0.2 1.10",
    "jvm": "1.7.0_80 1.8.0_40-ea 1.8.0_40 8.0.131 9-1 9-2 9-10 9-ea 9 9.0.1 11.0.9 11.0.10",
}

EQUAL = [
    ("nuget", "1.2.0", "1.2.0.0"),
    ("nuget", "1.0.0-BETA", "1.0.0-beta"),
    ("gem", "1.19.4-java", "1.19.4"),
    ("gem", "1.19.3-x86_64-linux-gnu", "1.19.3"),
    ("gem", "1.0.0", "1"),
    ("composer", "2.3.2", "2.3.2.0"),
    ("composer", "1.0-stable.2", "v1"),
    ("pep440", "3.0.0-beta0", "3.0.0b0"),
    ("pep440", "1.0", "1.0.0"),
    ("maven", "1.0.Final", "1"),
    ("maven", "1.1.alpha", "1.1-alpha"),
    ("maven", "5.0.0.M1", "5.0.0-M1"),
    ("go", "v1.2.3+incompatible", "1.2.3"),
    ("go", "go1.27rc2", "1.27.0-rc.2"),
    ("go", "1.21.0rc2", "go1.21rc2"),
    ("npm", "v1.2.3+build", "1.2.3"),
    ("rpm-evr", "0:1.0-1", "1.0-1"),
    ("jvm", "1.8.0_131-b11", "8.0.131"),
    ("jvm", "1.8.0_131-ea-b11", "8.0.131-ea"),
    ("jvm", "17.0.9+9-LTS", "17.0.9"),
    ("jvm", "11.0.4+11-post-Debian-1", "11.0.4"),
]

LESS = [
    ("maven", "9-Final.1", "9-x.1"),
    ("maven", "9-snapshot.1", "9-Final.1"),
    ("maven", "10-Final.rc.", "10-Final.rc"),
    ("maven", "10-Final.rc", "10"),
    ("composer", "2010-01-02", "2010.01.02"),
    ("composer", "1.0-RC2", "1.0-stable"),
    ("nuget", "1.0.0--2", "1.0.0-1"),
    ("nuget", "1.0.0-2147483647", "1.0.0-10000000000"),
    ("nuget", "1.0.0-10000000000", "1.0.0-2147483648"),
]
"""Pairs found by `make prove`, as the ecosystem's own implementation orders them."""

INVALID = [
    ("gentoo", "1.0-rc1"),
    ("alpm", "x:1.0-1"),
    ("pep440", "1.0.2zk"),
    ("pep440", "see-notes"),
    ("apk", "1.0_foo"),
    ("cargo", "1.0"),
    ("npm", "latest"),
    ("npm", "0021407031f5be11a464abee9a0776171c7989e1"),
    ("nuget", "x"),
    ("gem", "a"),
    ("maven", ""),
    ("maven", "UNKNOWN"),
    ("maven", "LATEST"),
    ("maven", "${revision}"),
    ("maven", "[1.0,2.0)"),
    ("jvm", "1.8.0_x"),
    ("jvm", "v17"),
    ("composer", "1.2.3.4.5"),
    ("composer", "1.0-dev2"),
    ("nuget", "v1.0"),
    ("nuget", "1.2.3.4.5"),
    ("nuget", "1.2147483648"),
]


@pytest.mark.parametrize(("scheme", "versions"), RISING.items())
def test_rising(scheme: str, versions: str) -> None:
    """Each version of a line sorts below the next."""
    assert [compare(scheme, one, other) for one, other in pairwise(versions.split())] == ["<"] * versions.count(" ")


@pytest.mark.parametrize(("scheme", "one", "other"), EQUAL)
def test_equal(scheme: str, one: str, other: str) -> None:
    """Two ways of writing one version."""
    assert compare(scheme, one, other) == "="


@pytest.mark.parametrize(("scheme", "one", "other"), LESS)
def test_less(scheme: str, one: str, other: str) -> None:
    """The odd corners of an order."""
    assert compare(scheme, one, other) == "<"


@pytest.mark.parametrize(("scheme", "text"), INVALID)
def test_invalid(scheme: str, text: str) -> None:
    """What the ecosystem does not read has no key, and sorts nowhere."""
    assert compare(scheme, text, text) == "invalid"


@pytest.mark.parametrize("name", sorted(set(SCHEMES)))
@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet=string.printable, max_size=20))
def test_any_text_has_a_key_or_is_invalid(name: str, text: str) -> None:
    """No text makes a scheme fail in another way, and no key is empty."""
    try:
        assert SCHEMES[name].key(text)
    except InvalidVersion:
        return


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.from_regex(
            r"(1!)?[0-9]{1,2}(\.[0-9]{1,2}){0,2}((a|b|rc)[0-9])?(\.post[0-9])?(\.dev[0-9])?(\+[a-z0-9]{1,3})?",
            fullmatch=True,
        ),
        min_size=2,
        max_size=2,
    )
)
def test_pep440_order_is_packagings(pair: list[str]) -> None:
    """For any two versions the keys are in the order of Python's own library."""
    try:
        first, second = (Version(text) for text in pair)
    except PackagingInvalid:
        return
    expected = "=" if first == second else "<" if first < second else ">"

    assert compare("pep440", *pair) == expected


@pytest.mark.parametrize("ecosystem", ["Debian:12", "Ubuntu:Pro:22.04:LTS", "Alpine:v3.20", "PyPI", "Red Hat:x:9::y"])
def test_an_ecosystem_has_its_scheme(ecosystem: str) -> None:
    """With and without a release."""
    assert scheme_for_ecosystem(ecosystem) is not None
