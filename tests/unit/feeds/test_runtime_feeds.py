"""Flaws of runtimes themselves, from their own publishers: Node.js and RubySec."""

import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest

from feed_parts import read_part
from hullscan.errors import FeedError
from hullscan.feeds.location import available, open_location
from hullscan.matching.ranges import holds, segments
from hullscan.model.advisory import Advisory, Severity
from hullscan.versions import scheme_for_ecosystem
from shared_data import shared_path


def _fix(advisory: Advisory, version: str) -> str | None:
    """The fix that an advisory names for a version; None if it is not affected."""
    (affected,) = advisory.affected
    scheme = scheme_for_ecosystem(affected.ecosystem)
    assert scheme is not None
    key = scheme.key(version)
    found = [segment for segment in segments(affected, scheme) if holds(segment, key)]
    return found[0].fix if found else None


_NODE = {
    "7": {
        "cve": ["CVE-2099-0001", "CVE-2099-0002"],
        "vulnerable": "4.x || 6.x || 7.x",
        "patched": "^4.8.2 || ^6.10.2 || 7.6.0",
        "ref": "https://example.org/7",
        "overview": "Text.",
        "severity": "high",
        "affectedEnvironments": ["all"],
    },
    "8": {"cve": [], "vulnerable": "<= 10", "patched": "^6.14.4 || >= 10.9.0", "severity": "unknown"},
    "9": {"cve": ["CVE-2099-0003"], "vulnerable": "8.x", "patched": "^8.1.0", "affectedEnvironments": ["win32"]},
    "10": {"cve": ["CVE-2099-0004"], "vulnerable": "every one", "patched": "^8.1.0"},
}


@pytest.mark.parametrize(("suffix", "pack"), [("", bytes), (".gz", gzip.compress)])
def test_node(tmp_path: Path, suffix: str, pack: "type[bytes]") -> None:
    """What is vulnerable and not patched, in each line; a bare patched version is its line's first; Windows' own are not."""
    advisories, problems = read_part(tmp_path, f"nodejs-core/index.json{suffix}", pack(json.dumps(_NODE).encode()))

    seventh, eighth = advisories["NSWG-COR-7"], advisories["NSWG-COR-8"]
    assert sorted(advisories) == ["NSWG-COR-7", "NSWG-COR-8"]
    assert (seventh.flaws, seventh.severity) == (("CVE-2099-0001", "CVE-2099-0002"), Severity.HIGH)
    assert (eighth.flaws, eighth.severity) == (("NSWG-COR-8",), None)
    (affected,) = seventh.affected
    assert (affected.ecosystem, affected.name) == ("Bitnami", "node")
    assert [_fix(seventh, version) for version in ("4.0.0", "4.8.2", "5.0.0", "6.10.1", "7.5.9", "7.6.0", "7.9.0")] == [
        "4.8.2", None, None, "6.10.2", "7.6.0", None, None,
    ]  # fmt: skip
    assert [_fix(eighth, version) for version in ("6.14.3", "6.17.0", "8.11.3", "10.8.0", "10.9.0", "11.0.0")] == [
        "6.14.4", None, "10.9.0", "10.9.0", None, None,
    ]  # fmt: skip
    assert ["flaw 10" in problem.message for problem in problems] == [True]


def test_node_of_the_publisher() -> None:
    """Each flaw of the real index is read; facts that Node.js's own announcements state."""
    root = shared_path("feeds")
    shared_path("feeds/native/nodejs-core/index.json.gz")
    (feed,) = (one for one in available(open_location(str(root))) if one.name == "nodejs-core")
    advisories = {one.flaws[0]: one for one in feed.parse(root) if isinstance(one, Advisory)}

    assert len(advisories) > 150
    # nodejs.org/en/blog/vulnerability/april-2024-releases: fixed in 18.20.1, 20.12.1 and 21.7.2.
    told = advisories["CVE-2024-27983"]
    assert [_fix(told, version) for version in ("18.20.0", "18.20.1", "20.12.0", "21.7.1", "22.0.0")] == [
        "18.20.1", None, "20.12.1", "21.7.2", None,
    ]  # fmt: skip


_RUBY = """---
engine: ruby
cve: 2099-0005
ghsa: aaaa-bbbb-cccc
url: https://example.org/5
title: Title
date: 2026-01-02
description: |
  Text.
cvss_v3: 8.8
patched_versions:
  - "~> 2.2.9"
  - "~> 2.3.6"
  - "> 2.5.0.preview.1"
unaffected_versions:
  - "< 2.1"
"""


def _archive(**files: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:xz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"ruby-advisory-db-master/{name.replace('__', '/')}.yml")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


def test_rubysec(tmp_path: Path) -> None:
    """A version is affected unless a list holds it; one that cannot be read is told, and gems are another feed's."""
    data = _archive(
        rubies__ruby__a=_RUBY,
        rubies__mruby__b=_RUBY.replace("engine: ruby", "engine: mruby"),
        rubies__ruby__c=_RUBY.replace("~> 2.2.9", "some"),
        rubies__ruby__d="a: [",
        gems__rack__e="gem: rack",
    )
    advisories, problems = read_part(tmp_path, "rubysec/ruby-advisory-db.tar.xz", data)

    one = advisories["a in ruby"]
    assert sorted(advisories) == ["a in ruby", "b in mruby"]
    assert (one.flaws, one.aliases, one.cvss[0].score) == (("CVE-2099-0005",), ("GHSA-aaaa-bbbb-cccc",), 8.8)
    assert [(affected.ecosystem, affected.name) for affected in one.affected] == [("Bitnami", "ruby")]
    versions = ("2.0.0", "2.1.5", "2.2.9", "2.3.5", "2.3.6", "2.4.1", "2.5.0-preview.1", "2.5.0", "3.0.0")
    assert [_fix(one, version) for version in versions] == [None, "2.2.9", None, "2.3.6", None, "", "", None, None]
    assert [problem.path.rpartition("/")[2] for problem in problems] == ["c.yml", "d.yml"]


def test_rubysec_of_the_publisher() -> None:
    """Each record of the real database is read; facts that Ruby's own announcements state."""
    root = shared_path("feeds")
    shared_path("feeds/native/rubysec/ruby-advisory-db.tar.xz")
    (feed,) = (one for one in available(open_location(str(root))) if one.name == "rubysec-rubies")
    advisories = {one.id: one for one in feed.parse(root) if isinstance(one, Advisory)}

    assert len(advisories) == 147
    # ruby-lang.org/en/news/2022/04/12/buffer-overrun-in-string-to-float-cve-2022-28739: fixed in 2.6.10, 2.7.6, 3.0.4, 3.1.2.
    told = advisories["CVE-2022-28739 in ruby"]
    assert [_fix(told, version) for version in ("2.6.9", "2.7.6", "3.0.3", "3.1.1", "3.2.0")] == [
        "2.6.10", None, "3.0.4", "3.1.2", None,
    ]  # fmt: skip


@pytest.mark.parametrize("part", ["nodejs-core/index.json", "rubysec/ruby-advisory-db.tar.gz"])
def test_what_is_no_such_file_is_refused_whole(tmp_path: Path, part: str) -> None:
    """Nothing of it is believed: the snapshot in use stays."""
    with pytest.raises(FeedError):
        read_part(tmp_path, part, b"<html>moved</html>")


def test_an_archive_without_them_is_refused(tmp_path: Path) -> None:
    """A database whose folders were renamed must not look like one without flaws."""
    with pytest.raises(FeedError, match="no records"):
        read_part(tmp_path, "rubysec/ruby-advisory-db.tar.xz", _archive(gems__rack__e="gem: rack"))
