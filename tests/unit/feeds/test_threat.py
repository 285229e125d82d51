"""KEV and EPSS: what is read, what is kept, and what a finding says of it."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from builders import DEBIAN_12, make_layer, osv_record, status, write_feed, write_layout
from hullscan.errors import FeedError
from hullscan.feeds.threat import EpssFeed, KevFeed
from hullscan.model.advisory import FlawFacts
from hullscan.model.report import Problem
from hullscan.services.context import open_context
from hullscan.services.scans.scan_target import scan_target
from hullscan.services.upkeep.refresh import refresh_feeds
from hullscan.services.upkeep.status import feed_status
from hullscan.settings import Settings

_KEV = "native/kev/known_exploited_vulnerabilities.json.gz"
_EPSS = "native/epss/epss_scores-2026-08-16.csv.gz"


def _write(root: Path, part: str, text: str) -> frozenset[str]:
    path = root / part
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    return frozenset({part})


def test_kev(tmp_path: Path) -> None:
    """The day of each CVE; an entry without one is a problem."""
    rows = [{"cveID": "CVE-2099-0001", "dateAdded": "2099-01-02"}, {"cveID": "CVE-2099-0002"}]
    fields = {"dateReleased": "2026-08-07T12:00:00.0000Z", "vulnerabilities": rows}
    parts = _write(tmp_path, _KEV, json.dumps(fields))

    made, facts, problem = KevFeed(parts).parse(tmp_path)

    assert made == datetime(2026, 8, 7, 12, tzinfo=UTC)
    assert facts == FlawFacts(id="CVE-2099-0001", exploited="2099-01-02")
    assert isinstance(problem, Problem)


@pytest.mark.parametrize("text", ["", "{}", "no json"])
def test_a_broken_list_is_not_believed(tmp_path: Path, text: str) -> None:
    """The snapshot in use stays."""
    parts = _write(tmp_path, _KEV, text)
    with pytest.raises(FeedError):
        list(KevFeed(parts).parse(tmp_path))


def test_epss_takes_the_newest_table(tmp_path: Path) -> None:
    """By its name's date, which is its time if the table says none; rows without a score are told."""
    parts = _write(tmp_path, _EPSS, "#model_version:x\ncve,epss,percentile\nCVE-2099-0001,0.5,0.9\nbroken\n")
    parts |= _write(tmp_path, "native/epss/epss_scores-2026-08-15.csv.gz", "nothing")

    made, facts, problem = EpssFeed(parts).parse(tmp_path)

    assert made == datetime(2026, 8, 16, tzinfo=UTC)
    assert facts == FlawFacts(id="CVE-2099-0001", epss=0.5)
    assert isinstance(problem, Problem)


def test_epss_says_its_own_date(tmp_path: Path) -> None:
    """A table without a date in its name has one in its first line; the status of feeds shows it."""
    write_feed(tmp_path, [osv_record("CVE-2099-0001", "openssl", "fixed=2")])
    text = (
        "#model_version:v2025.03.14,score_date:2026-08-31T00:00:00+0000\ncve,epss,percentile\nCVE-2099-0001,0.5,0.9\n"
    )
    _write(tmp_path, "native/epss/epss_scores-current.csv.gz", text)
    context = open_context(Settings.from_environment({"HULLSCAN_DATA_DIR": str(tmp_path / "data")}))
    refresh_feeds(context, str(tmp_path))

    (row,) = (row for row in feed_status(context) if row["name"] == "first-epss")
    assert row["upstream_time"] == "2026-08-31T00:00:00+00:00"
    context.close()


def test_findings_say_both(tmp_path: Path) -> None:
    """Together with scores from elsewhere; flaws of which no advisory speaks are not kept."""
    write_feed(tmp_path / "feeds", [osv_record("CVE-2099-0001", "openssl", "fixed=2")])
    rows = [{"cveID": "CVE-2099-0001", "dateAdded": "2099-01-02"}]
    _write(tmp_path / "feeds", _KEV, json.dumps({"vulnerabilities": rows}))
    _write(tmp_path / "feeds", _EPSS, "cve,epss,percentile\nCVE-2099-0001,0.25,0.9\nCVE-2099-0009,0.5,0.9\n")
    _write(
        tmp_path / "feeds",
        "native/cvss/cvss.csv.gz",
        "cve,source,cvss_version,vector,base_score,severity\nCVE-2099-0001,nvd,3.1,CVSS:3.1/AV:N,7.5,HIGH\n",
    )
    settings = Settings.from_environment({"HULLSCAN_DATA_DIR": str(tmp_path / "data")})
    done = {one.feed: one.records for one in refresh_feeds(open_context(settings), str(tmp_path / "feeds"))}
    layer = make_layer({"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("openssl 1")})
    write_layout(tmp_path / "image", [layer])

    finding = scan_target(settings, f"oci:{tmp_path / 'image'}", offline=True).findings[0]

    assert (finding.exploited, finding.epss, finding.cvss[0].score) == ("2099-01-02", 0.25, 7.5)
    assert done["first-epss"] == 1
