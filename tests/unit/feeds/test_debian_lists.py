"""Debian's lists of DSAs and DLAs: what each line says, and that nothing is counted twice by them."""

import lzma
from pathlib import Path

import pytest

from builders import osv_record, write_feed
from feed_parts import read_part, said_of
from hullscan.errors import FeedError
from hullscan.feeds.location import available, open_location
from hullscan.feeds.osv import OsvFeed
from hullscan.model.advisory import Advisory, Status
from hullscan.services.context import Context
from hullscan.services.scans.scan_target import scan_target
from hullscan.services.upkeep.refresh import refresh_feeds
from shared_data import shared_path

_DSA = """[21 Aug 2026] DSA-9001-1 zlib - security update
\t{CVE-2099-0001 CVE-2099-0002}
\t[trixie] - zlib 1:1.3-2+deb13u1
\t[bookworm] - zlib 1:1.2-3 (bug #1; medium)
\t[bullseye] - zlib <not-affected> (Vulnerable code not present)
\t[jessie] - zlib <end-of-life>
\t[wheezy] - zlib  <unfixed>
\t[woody] - zlib 1
\tNOTE: a note
[09 Jun 2015] DSA-9002-1 curl
        [bookworm] - curl 7-2
[08 Jun 2015] DSA-9003-1 key change notice
[07 Jun 2015] DSA-9004-1 tar - regression
\t[bookworm] - tar <unheard-of>
[06 Foo 2015] DSA-9005-1 tar - security update
"""


@pytest.mark.parametrize(("name", "pack"), [("DSA-list", bytes), ("DLA-list.xz", lzma.compress)])
def test_lines(tmp_path: Path, name: str, pack: "type[bytes]") -> None:
    """Versions and words of each release; an advisory without CVE has its own name; what is not understood is told."""
    advisories, problems = read_part(tmp_path, f"debian-tracker/{name}", pack(_DSA.encode()))

    one, other = advisories["DSA-9001-1"], advisories["DSA-9002-1"]
    assert (one.flaws, one.summary) == (("CVE-2099-0001", "CVE-2099-0002"), "zlib - security update")
    assert one.links == ("https://security-tracker.debian.org/tracker/DSA-9001-1",)
    assert [(affected.ecosystem, *said_of(affected, "1:1.2-2")) for affected in one.affected] == [
        ("Debian:13", Status.AFFECTED, "1:1.3-2+deb13u1"),
        ("Debian:12", Status.AFFECTED, "1:1.2-3"),
        ("Debian:11", Status.NOT_AFFECTED, ""),
        ("Debian:8", Status.UNDETERMINED, ""),
        ("Debian:7", Status.AFFECTED, ""),
    ]
    assert said_of(one.affected[1], "1:1.2-3") == (None, "")
    assert (other.flaws, other.published and other.published.isoformat()) == (
        ("DSA-9002-1",),
        "2015-06-09T00:00:00+00:00",
    )
    assert sorted(advisories) == ["DSA-9001-1", "DSA-9002-1", "DSA-9003-1"]
    assert [problem.message.partition(" could")[0] for problem in problems] == ["DSA-9004-1", "DSA-9005-1"]


def test_what_is_no_list_is_refused(tmp_path: Path) -> None:
    """The snapshot in use stays."""
    with pytest.raises(FeedError, match="no list"):
        read_part(tmp_path, "debian-tracker/DSA-list", b"<html>moved</html>")


def test_nothing_is_counted_twice(context: Context, tmp_path: Path) -> None:
    """A record of the same id that names no flaw yields to the list's; one that names them is the same findings' witness."""
    records = [
        osv_record("DSA-9001-1", "zlib", "fixed=1:1.2-3"),
        osv_record("DSA-9002-1", "curl", "fixed=7-2", upstream=["CVE-2099-0003"]),
    ]
    write_feed(tmp_path / "feeds", records)
    path = tmp_path / "feeds/native/debian-tracker/DSA-list"
    path.parent.mkdir(parents=True)
    path.write_text(_DSA.partition("[08 Jun")[0])
    refresh_feeds(context, str(tmp_path / "feeds"))
    target = tmp_path / "packages"
    target.write_text(
        "pkg:deb/debian/zlib1g@1:1.2-2?distro=debian-12&upstream=zlib\npkg:deb/debian/curl@7-1?distro=debian-12\n"
    )

    report = scan_target(context.settings, f"purl:{target}", offline=True)

    found = [(one.id, one.package, [evidence.feed for evidence in one.evidence]) for one in report.findings]
    assert found == [
        ("CVE-2099-0001", "zlib1g", ["debian-lists"]),
        ("CVE-2099-0002", "zlib1g", ["debian-lists"]),
        ("CVE-2099-0003", "curl", ["osv-debian"]),
    ]


def test_lists_alone_prove_nothing(context: Context, tmp_path: Path) -> None:
    """They are silent on flaws that have no advisory: what they find stands, and the rest is not clean."""
    path = tmp_path / "feeds/native/debian-tracker/DSA-list"
    path.parent.mkdir(parents=True)
    path.write_text(_DSA.partition("[08 Jun")[0])
    refresh_feeds(context, str(tmp_path / "feeds"))
    target = tmp_path / "packages"
    target.write_text("pkg:deb/debian/curl@7-1?distro=debian-12\n")

    report = scan_target(context.settings, f"purl:{target}", offline=True)

    assert ([one.id for one in report.findings], [one.code for one in report.problems]) == (["DSA-9002-1"], ["no-feed"])


def test_real_lists_agree_with_the_records_made_of_them() -> None:
    """Packages and versions of every advisory that osv.dev's Debian has too, release by release."""
    root = shared_path("feeds")
    shared_path("feeds/native/debian-tracker/DSA-list.xz")
    (feed,) = (one for one in available(open_location(str(root))) if one.name == "debian-lists")
    listed = {item.id: item for item in feed.parse(root) if isinstance(item, Advisory)}
    exported = {item.id: item for item in OsvFeed("Debian").parse(root) if isinstance(item, Advisory)}

    def facts(advisory: Advisory) -> set[tuple[str, str, str]]:
        # Woody, sarge and etch are not read off the lists; squeeze is called 6.0 in the export.
        return {
            (one.ecosystem.removesuffix(".0"), one.name, event.version)
            for one in advisory.affected
            for affected in one.ranges
            for event in affected.events
            if event.kind == "fixed" and one.ecosystem.partition(":")[2] not in ("3.0", "3.1", "4.0")
        }

    assert len(listed) == 11_375
    both = listed.keys() & exported.keys()
    # Its line of wheezy has two spaces where others have one: who made the export passed over it.
    assert [one for one in both if facts(listed[one]) != facts(exported[one])] == ["DSA-2798-1"]
    assert len(both) > 11_000
