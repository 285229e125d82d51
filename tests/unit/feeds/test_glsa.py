"""Gentoo's advisories: what an entry says of which versions and slots."""

from pathlib import Path

import pytest

from feed_parts import read_part, said_of
from hullscan.errors import FeedError
from hullscan.model.advisory import Severity, Status

_GLSA = """<?xml version="1.0"?><!DOCTYPE glsa SYSTEM "http://www.gentoo.org/dtd/glsa.dtd">
<glsa id="209901-01"><title>expat</title><synopsis>Several.</synopsis><announced>2026-01-02</announced>
 <revised count="2">2026-02-03</revised>
 <affected><package name="dev-libs/expat" auto="yes" arch="*">
  <unaffected range="ge">2.5.0-r1</unaffected><vulnerable range="lt">2.5.0-r1</vulnerable></package></affected>
 <impact type="high"/><references><uri link="https://example.org/CVE-2099-0007">CVE-2099-0007</uri></references></glsa>"""


def test_glsa(tmp_path: Path) -> None:
    """The revision counts; an entity that would be expanded is refused."""
    advisories, _ = read_part(tmp_path, "glsa/glsa-209901-01.xml", _GLSA.encode())

    (one,) = advisories.values()
    assert (one.id, one.flaws, one.severity) == ("GLSA-209901-01", ("CVE-2099-0007",), Severity.HIGH)
    assert said_of(one.affected[0], "2.5.0") == (Status.AFFECTED, "2.5.0-r1")
    assert said_of(one.affected[0], "2.5.0-r1") == (None, "")
    bomb = _GLSA.replace('glsa SYSTEM "http://www.gentoo.org/dtd/glsa.dtd"', 'glsa [<!ENTITY a "aaaa">]').replace(
        "Several", "&a;"
    )
    with pytest.raises(FeedError, match="GLSA"):
        read_part(tmp_path, "glsa/glsa-209901-01.xml", bomb.encode())


_REVISED = 'unaffected range="rge">1.8.5-r3; unaffected range="ge">2.0; vulnerable range="lt">2.0'
_SLOTS = (
    'unaffected range="ge" slot="3.9">3.9.9; vulnerable range="lt" slot="3.9">3.9.9; '
    'vulnerable range="lt" slot="3.10">3.10.2'
)


@pytest.mark.parametrize(
    ("package", "version", "expected"),
    [
        (_REVISED, "1.8.5-r2", "1.8.5-r3"),
        (_REVISED, "1.8.5-r7", None),
        (_REVISED, "1.8.6", "2.0"),
        (_SLOTS, "3.9.9", None),
        (_SLOTS, "3.9.8", "3.9.9"),
        (_SLOTS, "3.10.1", "3.10.2"),
        ('vulnerable range="lt" slot="0">2.0', "1.0", "2.0"),
        ('vulnerable range="le">1.2', "1.2", ""),
        ('vulnerable range="le">1.2', "1.2-r1", None),
        ('unaffected range="ge">1.3; vulnerable range="le">1.2', "1.2-r1", "1.3"),
        ('vulnerable range="gt">1.2', "1.2", None),
        ('vulnerable range="gt">1.2', "1.2-r1", ""),
        ('vulnerable range="rlt">1.2-r5', "1.1", None),
        ('vulnerable range="rlt">1.2-r5', "1.2", "1.2-r5"),
        ('unaffected range="eq">1.1; vulnerable range="lt">1.2', "1.1", None),
        ('unaffected range="eq">1.1; vulnerable range="lt">1.2', "1.1-r1", "1.2"),
    ],
)  # fmt: skip
def test_glsa_ranges(tmp_path: Path, package: str, version: str, expected: str | None) -> None:
    """What is vulnerable and not unaffected, as glsa-check has it; revisions, slots, and the fix."""
    said = "".join(f"<{one}</{one.split()[0]}>" for one in package.split("; "))
    start, end = _GLSA.index("<unaffected"), _GLSA.index("</package>")
    advisories, problems = read_part(tmp_path, "glsa/glsa-209901-01.xml", (_GLSA[:start] + said + _GLSA[end:]).encode())

    assert problems == []
    (one,) = advisories.values()
    assert said_of(one.affected[0], version) == ((None, "") if expected is None else (Status.AFFECTED, expected))


def test_a_glsa_with_a_version_that_is_none_is_said(tmp_path: Path) -> None:
    """It is left out with a problem; the others go on."""
    (tmp_path / "native/glsa").mkdir(parents=True)
    (tmp_path / "native/glsa/glsa-209901-02.xml").write_text(_GLSA)
    advisories, problems = read_part(tmp_path, "glsa/glsa-209901-01.xml", _GLSA.replace("2.5.0-r1<", "none<").encode())

    assert (len(advisories), [one.code for one in problems]) == (1, ["broken-record"])
