"""Debian's packages whose support ended or is limited: the lists, and what reports say by them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from builders import osv_record, write_feed
from hullscan.errors import FeedError
from hullscan.feeds.debian_support import DebianSupportFeed
from hullscan.matching.package_support import end_of_package_support
from hullscan.model.advisory import PackageSupport
from hullscan.model.report import Problem, Verdict
from hullscan.services.context import Context
from hullscan.services.scans.scan_target import scan_target
from hullscan.services.upkeep.refresh import refresh_feeds
from shared_data import shared_path

_ENDED = """
# List of packages whose security support ends before the distribution EOL

wpewebkit\t2.38.6-1\t\t2023-05-09\thttps://example.org/1; no longer
php-horde.*     0               2025-03-22
a[bc]           1               2025-03-22      why
nodate          1
"""
_LIMITED = (
    "# List of packages where security support is limited\n\nbinutils   Only for trusted content\ngolang.*  See notes\n"
)
_PREFIX = "native/debian-security-support/security-support-"


def _write(root: Path, name: str, text: str) -> str:
    path = root / (_PREFIX + name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return _PREFIX + name


def test_lists(tmp_path: Path) -> None:
    """Name, day and reason; what begins so; a line that is something else is told."""
    parts = frozenset({_write(tmp_path, "ended.deb12", _ENDED), _write(tmp_path, "limited", _LIMITED)})
    items = list(DebianSupportFeed(parts).parse(tmp_path))

    assert [item for item in items if isinstance(item, PackageSupport)] == [
        PackageSupport(
            ecosystem="Debian:12",
            name="wpewebkit",
            ends=datetime(2023, 5, 9, tzinfo=UTC),
            note="https://example.org/1; no longer",
        ),
        PackageSupport(ecosystem="Debian:12", name="php-horde*", ends=datetime(2025, 3, 22, tzinfo=UTC)),
        PackageSupport(ecosystem="Debian", name="binutils", note="Only for trusted content"),
        PackageSupport(ecosystem="Debian", name="golang*", note="See notes"),
    ]
    assert [item.message.partition(" could")[0] for item in items if isinstance(item, Problem)] == [
        "'a[bc]           1               2025-03-22      why'",
        "'nodate          1'",
    ]


@pytest.mark.parametrize("text", ["", "<html>moved</html>", "binutils some\n"])
def test_what_is_no_list_is_refused(tmp_path: Path, text: str) -> None:
    """The snapshot in use stays."""
    part = _write(tmp_path, "limited", text)
    with pytest.raises(FeedError, match="no list"):
        list(DebianSupportFeed(frozenset({part})).parse(tmp_path))


def test_the_day_decides() -> None:
    """Before its day an end is no problem, but the report must be made anew then; another release is not meant."""
    ends = datetime(2026, 6, 12, tzinfo=UTC)
    support = (PackageSupport(ecosystem="Debian:12", name="lxd", ends=ends),)
    sources = {("Debian:12", "lxd"), ("Debian:11", "lxd"), ("Debian:12", "lxdx")}

    before = end_of_package_support(sources, support, datetime(2026, 6, 11, tzinfo=UTC))
    after = end_of_package_support(sources, support, ends)

    assert (before.problems, before.valid_until) == ((), ends)
    assert ([problem.code for problem in after.problems], after.valid_until) == (["support-ended"], None)


def test_real_lists() -> None:
    """Every line of the publisher's lists is read."""
    root = shared_path("feeds")
    shared_path("feeds/native/debian-security-support")
    parts = frozenset(path.relative_to(root).as_posix() for path in root.glob("native/debian-security-support/*"))
    items = list(DebianSupportFeed(parts).parse(root))

    assert all(isinstance(item, PackageSupport) for item in items)
    assert len(items) > 50


def test_reports_say_so(context: Context, tmp_path: Path) -> None:
    """A package without support keeps a report from being clean, by its source's name; a limited one does not."""
    write_feed(tmp_path / "feeds", [osv_record("CVE-2099-0001", "wpewebkit", "fixed=1")])
    _write(tmp_path / "feeds", "ended.deb12", _ENDED.partition("a[bc]")[0])
    _write(tmp_path / "feeds", "limited", _LIMITED)
    refresh_feeds(context, str(tmp_path / "feeds"))

    def scanned(purl: str) -> tuple[Verdict, list[str]]:
        (tmp_path / "packages").write_text(purl + "\n")
        report = scan_target(context.settings, f"purl:{tmp_path / 'packages'}", offline=True)
        return report.verdict, [problem.code for problem in report.problems]

    ended = "pkg:deb/debian/libwpewebkit-1.0-3@2.38.6-1?distro=debian-{}&upstream=wpewebkit"
    assert scanned(ended.format(12)) == (Verdict.UNDETERMINED, ["support-ended"])
    assert scanned(ended.format(11))[1] == ["no-advisories-for-release"]
    assert scanned("pkg:deb/debian/golang-go@1?distro=debian-12&upstream=golang-1.19") == (
        Verdict.CLEAN,
        ["support-limited"],
    )
    assert [one.unchanged for one in refresh_feeds(context, str(tmp_path / "feeds"))] == [True, True]
