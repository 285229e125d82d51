"""A target scanned against feeds, on both databases; and what a refresh changes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from builders import DEBIAN_12, make_layer, osv_record, status, write_feed, write_layout
from hullscan.errors import FeedError
from hullscan.feeds.osv import OsvFeed
from hullscan.model.advisory import Advisory
from hullscan.model.report import Report, Verdict
from hullscan.services.context import Context
from hullscan.services.reports.report import full_report, render, stored_report
from hullscan.services.scans.scan_target import scan_target
from hullscan.services.upkeep import refresh
from hullscan.settings import Settings
from hullscan.store.database import reading, writing
from hullscan.store.feeds.advisory_rows import Record
from hullscan.store.feeds.feed_rows import feed_rows
from hullscan.store.feeds.snapshots import SnapshotBuilder
from hullscan.store.tables.feeds import advisory, feed
from hullscan.store.tables.reports import finding

_OPENSSL = osv_record("DEBIAN-CVE-2099-0001", "openssl", "fixed=3.0.11-1", upstream=["CVE-2099-0001"])


def _refresh(context: Context, folder: Path, *records: dict[str, object] | str) -> refresh.Refreshed:
    write_feed(folder, list(records))
    return refresh.refresh_feeds(context, str(folder))[0]


def _scan(context: Context, layout: Path, *layers: bytes) -> Report:
    if not layout.exists():
        write_layout(layout, layers or [_layer("libssl3 3.0.9-1 openssl")])
    return scan_target(context.settings, f"oci:{layout}", offline=True)


def _layer(*packages: str) -> bytes:
    return make_layer({"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status(*packages)})


def test_a_flaw_of_the_source_is_a_finding_of_the_binary(context: Context, tmp_path: Path) -> None:
    """Debian's feed names sources; the finding names the package that is installed, its layer and the fix."""
    _refresh(context, tmp_path / "feeds", _OPENSSL)

    (found,) = _scan(context, tmp_path / "image").findings

    assert (found.id, found.package, found.fix_version, found.layer[:7]) == (
        "CVE-2099-0001",
        "libssl3",
        "3.0.11-1",
        "sha256:",
    )


def test_clean_is_said_where_it_is_proven(context: Context, tmp_path: Path) -> None:
    """A fresh feed that follows the release, and nothing that could not be read."""
    _refresh(context, tmp_path / "feeds", _OPENSSL)

    assert _scan(context, tmp_path / "image", _layer("libssl3 3.0.11-1 openssl")).verdict is Verdict.CLEAN


def test_without_feeds_nothing_is_clean(context: Context, tmp_path: Path) -> None:
    """No advisories, no answer."""
    report = _scan(context, tmp_path / "image")

    assert (report.verdict, [problem.code for problem in report.problems]) == (Verdict.UNDETERMINED, ["no-feed"])


def test_an_old_feed_proves_nothing(context: Context, tmp_path: Path) -> None:
    """The newest record is from long ago: what was found since is not in it."""
    old = (datetime.now(UTC) - timedelta(days=40)).strftime("%Y-%m-%dT%H:%M:%SZ")
    _refresh(context, tmp_path / "feeds", {**_OPENSSL, "modified": old})

    report = _scan(context, tmp_path / "image", _layer("libssl3 3.0.11-1 openssl"))

    assert (report.verdict, [problem.code for problem in report.problems]) == (Verdict.UNDETERMINED, ["feed-old"])


def test_a_broken_record_is_told(context: Context, tmp_path: Path) -> None:
    """One record that cannot be read leaves the others, and the report says so."""
    _refresh(context, tmp_path / "feeds", _OPENSSL, "{broken")

    report = _scan(context, tmp_path / "image", _layer("libssl3 3.0.11-1 openssl"))

    assert (report.verdict, [problem.code for problem in report.problems]) == (
        Verdict.UNDETERMINED,
        ["feed-record-unreadable"],
    )


def test_an_update_that_names_six_flaws_gives_six_findings(context: Context, tmp_path: Path) -> None:
    """A DSA is a link of each of its CVEs, not a flaw."""
    cves = [f"CVE-2099-{number}" for number in range(1001, 1007)]
    _refresh(context, tmp_path / "feeds", osv_record("DSA-9-1", "openssl", "fixed=3.0.11-1", upstream=cves))

    found = _scan(context, tmp_path / "image").findings

    assert [one.id for one in found] == cves
    assert {one.links for one in found} == {("https://security-tracker.debian.org/tracker/DSA-9-1",)}


def test_packages_of_one_source_share_runs_and_keep_their_versions(context: Context, tmp_path: Path) -> None:
    """A range may hold one package's version and only bear witness against another's; each finding names its own version."""
    endless = osv_record("TEMP-1", "openssl", aliases=["CVE-2099-0002"])
    ended = osv_record("TEMP-2", "openssl", "fixed=2.0-1", aliases=["CVE-2099-0002"])
    _refresh(context, tmp_path / "feeds", _OPENSSL, endless, ended)

    report = _scan(
        context, tmp_path / "image", _layer("libssl1 1.0-1 openssl", "libssl3 3.0.9-1 openssl", "openssl 3.0.9-1")
    )

    assert [
        (one.id, one.package, one.fix_version, [(e.advisory, e.version) for e in one.evidence])
        for one in report.findings
    ] == [
        ("CVE-2099-0001", "libssl1", "3.0.11-1", [("DEBIAN-CVE-2099-0001", "1.0-1")]),
        ("CVE-2099-0001", "libssl3", "3.0.11-1", [("DEBIAN-CVE-2099-0001", "3.0.9-1")]),
        ("CVE-2099-0001", "openssl", "3.0.11-1", [("DEBIAN-CVE-2099-0001", "3.0.9-1")]),
        ("CVE-2099-0002", "libssl1", "2.0-1", [("TEMP-1", "1.0-1"), ("TEMP-2", "1.0-1")]),
    ]


def test_a_withdrawn_record_never_matches(context: Context, tmp_path: Path) -> None:
    """What its publisher took back is no finding."""
    _refresh(context, tmp_path / "feeds", {**_OPENSSL, "withdrawn": "2026-01-01T00:00:00Z"}, _other())

    assert _scan(context, tmp_path / "image").findings == ()


def test_a_refresh_moves_findings_and_reports(context: Context, tmp_path: Path) -> None:
    """A record that appears, changes or goes changes the findings of the packages it names, and their reports."""
    feeds = tmp_path / "feeds"
    _refresh(context, feeds, _other())
    digest = _scan(context, tmp_path / "image").digest
    before = render(context, digest)
    _refresh(context, feeds, _other(), _OPENSSL)
    added = stored_report(context, digest)
    _refresh(context, feeds, _other())
    gone = stored_report(context, digest)

    assert before is not None and added is not None and gone is not None
    assert added.etag != before.body_digest and added.etag != gone.etag
    with reading(context.engine) as connection:
        assert connection.execute(sa.select(finding.c.package_id)).all() == []


def test_an_edited_description_moves_no_finding(context: Context, tmp_path: Path) -> None:
    """The text of the report is new, the finding's row is the old one."""
    feeds = tmp_path / "feeds"
    _refresh(context, feeds, _OPENSSL)
    digest = _scan(context, tmp_path / "image").digest
    with reading(context.engine) as connection:
        rows = connection.execute(sa.select(finding)).all()

    _refresh(context, feeds, {**_OPENSSL, "details": "now with words"})

    report = full_report(context, digest, target="x")
    assert report is not None and report.findings[0].description == "now with words"
    with reading(context.engine) as connection:
        assert connection.execute(sa.select(finding)).all() == rows


def test_the_same_inputs_give_the_same_bytes(context: Context, tmp_path: Path) -> None:
    """A report is content: rendering it again changes nothing, its date neither."""
    _refresh(context, tmp_path / "feeds", _OPENSSL)
    digest = _scan(context, tmp_path / "image").digest

    assert render(context, digest) == render(context, digest)


def test_a_cut_off_feed_changes_nothing(context: Context, tmp_path: Path) -> None:
    """An archive without its end is refused; the snapshot in use stays, and the feed's health says why."""
    feeds = tmp_path / "feeds"
    _refresh(context, feeds, _OPENSSL)
    path = feeds / "osv" / "Debian" / "all.zip"
    path.write_bytes(path.read_bytes()[:-40])

    result = refresh.refresh_feeds(context, str(feeds))[0]

    assert "cut off" in result.error
    assert [one.id for one in _scan(context, tmp_path / "image").findings] == ["CVE-2099-0001"]


@pytest.mark.parametrize(
    ("records", "reason"), [([], "it has no record"), (["{broken", "{}"], "none of its 2 record(s) can be read")]
)
def test_a_feed_without_a_record_clears_nobody(
    context: Context, tmp_path: Path, records: list[str], reason: str
) -> None:
    """Neither the first one, nor one that comes after a good one."""
    fixed = _layer("libssl3 3.0.11-1 openssl")

    assert reason in _refresh(context, tmp_path / "feeds", *records).error
    assert [one.code for one in _scan(context, tmp_path / "fixed", fixed).problems] == ["no-feed"]

    _refresh(context, tmp_path / "feeds", _OPENSSL)

    assert reason in _refresh(context, tmp_path / "feeds", *records).error
    assert [one.id for one in _scan(context, tmp_path / "image").findings] == ["CVE-2099-0001"]


def test_a_feed_that_lost_much_is_not_believed(context: Context, tmp_path: Path) -> None:
    """The snapshot in use stays, with its findings, until somebody says that the loss is meant; a small one is taken."""
    records = [osv_record(f"CVE-2099-{number:04}", "openssl", "fixed=2") for number in range(100)]

    def refreshed(count: int, most: int = 50) -> tuple[int, str]:
        write_feed(tmp_path / "feeds", records[:count])
        lenient = replace(context, settings=replace(context.settings, feed_max_loss_percent=most))
        (done,) = refresh.refresh_feeds(lenient, str(tmp_path / "feeds"))
        return done.removed, done.error.partition(":")[0]

    assert refreshed(100) == (0, "")
    assert refreshed(49) == (0, "it has 49 records where the snapshot in use has 100")
    with reading(context.engine) as connection:
        (row,) = feed_rows(connection)
    assert (row.state and row.state.records, row.error[:14]) == (100, "it has 49 reco")
    assert refreshed(49, most=100) == (51, "")
    assert refreshed(10) == (39, "")


def test_an_unchanged_feed_is_not_read_again(context: Context, tmp_path: Path) -> None:
    """The same bytes make no new snapshot."""
    _refresh(context, tmp_path / "feeds", _OPENSSL)

    assert refresh.refresh_feeds(context, str(tmp_path / "feeds"))[0].unchanged


def test_a_build_that_died_leaves_nothing(context: Context, tmp_path: Path) -> None:
    """Rows of a snapshot that was never swapped in are seen by nobody, and cleared by the next refresh."""
    feeds = tmp_path / "feeds"
    _refresh(context, feeds, _OPENSSL)
    builder = SnapshotBuilder(context.engine, "osv-debian", ("Debian",))
    write_feed(feeds, [_other()])
    for item in OsvFeed("Debian").parse(feeds):
        assert isinstance(item, Advisory)
        builder.add(Record(advisory=item, affected=()))
    builder.flush()

    assert [one.id for one in _scan(context, tmp_path / "image").findings] == ["CVE-2099-0001"]
    _refresh(context, feeds, _OPENSSL, _other())
    with reading(context.engine) as connection:
        records = connection.execute(sa.select(advisory.c.record).order_by(advisory.c.record)).scalars().all()
    assert list(records) == ["DEBIAN-CVE-2099-0001", "DEBIAN-CVE-2099-0002"]


def test_a_place_without_feeds_is_refused(context: Context, tmp_path: Path) -> None:
    """A folder that holds none says what should be there."""
    with pytest.raises(FeedError, match="osv/ECOSYSTEM"):
        refresh.refresh_feeds(context, str(tmp_path))


def test_status_of_feeds(context: Context, tmp_path: Path) -> None:
    """The store knows which snapshot of a feed is in use."""
    _refresh(context, tmp_path / "feeds", _OPENSSL)
    with reading(context.engine) as connection:
        (row,) = feed_rows(connection)

    assert row.state is not None and (row.name, row.state.records) == ("osv-debian", 1)


def test_one_store_serves_two_bases(context: Context, tmp_path: Path) -> None:
    """One layer under two parents gives each its own answer."""
    _refresh(context, tmp_path / "feeds", _OPENSSL, _other())
    app = make_layer({"var/lib/dpkg/status": status("libssl3 3.0.9-1 openssl")})
    bases = [make_layer({"etc/os-release": DEBIAN_12}), make_layer({"etc/os-release": DEBIAN_12.replace(b"12", b"11")})]

    reports = [_scan(context, tmp_path / f"image{number}", base, app) for number, base in enumerate(bases)]

    assert [len(report.findings) for report in reports] == [1, 0]
    assert reports[1].verdict is Verdict.UNDETERMINED


def _other() -> dict[str, object]:
    return osv_record("DEBIAN-CVE-2099-0002", "zlib", "fixed=1:1.2-1", upstream=["CVE-2099-0002"])


def test_settings_name_the_database(context: Context) -> None:
    """Both databases were really used."""
    assert isinstance(context.settings, Settings)
    assert context.engine.dialect.name in context.settings.database_url


def test_a_feed_keyed_by_another_release_judges_nothing(context: Context, tmp_path: Path) -> None:
    """Keys of two releases cannot be compared: the report says so until the feed is refreshed, which keys it anew."""
    _refresh(context, tmp_path / "feeds", _OPENSSL)
    with writing(context.engine) as connection:
        connection.execute(sa.update(feed).values(fingerprint="keys-0:" + "a" * 32))

    before = _scan(context, tmp_path / "image", _layer("libssl3 3.0.11-1 openssl"))
    again = refresh.refresh_feeds(context, str(tmp_path / "feeds"))[0]

    assert [problem.code for problem in before.problems] == ["no-feed"]
    assert again.unchanged and again.error == ""
    assert _scan(context, tmp_path / "image").verdict is Verdict.CLEAN
