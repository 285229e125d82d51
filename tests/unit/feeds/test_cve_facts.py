"""Scores and weaknesses in their publishers' own formats: NVD's pages and files, and CVE records."""

import gzip
import io
import json
import tarfile
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from builders import osv_record, write_feed
from hullscan.errors import FeedError
from hullscan.feeds.feed import FeedItem
from hullscan.feeds.location import Live, available, open_location
from hullscan.feeds.nvd import WINDOW
from hullscan.model.advisory import Cvss, FlawFacts
from hullscan.model.report import Problem
from hullscan.services.context import Context, open_context
from hullscan.services.upkeep.refresh import refresh_feeds
from hullscan.settings import Settings
from hullscan.store.database import reading
from hullscan.store.feeds.feed_rows import feed_rows
from hullscan.store.feeds.hits import facts_of

_VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


def _cve(number: int, score: float = 9.8, **fields: Any) -> dict[str, Any]:
    third = {"version": "3.1", "vectorString": _VECTOR, "baseScore": score, "baseSeverity": "HIGH"}
    second = {"version": "2.0", "vectorString": "AV:N/AC:L/Au:N/C:P/I:P/A:P", "baseScore": 7.5}
    weaknesses = [{"lang": "en", "value": value} for value in ("CWE-79", "NVD-CWE-noinfo")]
    return {
        "cve": {
            "id": f"CVE-2099-{number:04}",
            "vulnStatus": "Analyzed",
            "descriptions": [{"lang": "en", "value": 'It says {"cve": 1} and }, {"cve":{"id":"x"}} inside.'}],
            "metrics": {
                "cvssMetricV31": [
                    {"source": "nvd@nist.gov", "type": "Primary", "cvssData": third},
                    {"source": "psirt@example.org", "type": "Secondary", "cvssData": {**third, "baseScore": 7.5}},
                ],
                "cvssMetricV2": [{"source": "nvd@nist.gov", "cvssData": second}],
            },
            "weaknesses": [{"source": "nvd@nist.gov", "description": weaknesses}],
            **fields,
        }
    }


def _nvd(entries: list[Any], at: str = "2026-08-21T08:00:00.123") -> bytes:
    head = {"resultsPerPage": len(entries), "startIndex": 0, "format": "NVD_CVE", "version": "2.0", "timestamp": at}
    return json.dumps({**head, "vulnerabilities": entries}).encode()


def _items(root: Path, files: dict[str, bytes]) -> list[FeedItem]:
    for part, data in files.items():
        path = root / "native" / part
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (feed,) = available(open_location(str(root)))
    return list(feed.parse(root))


@pytest.mark.parametrize(("name", "pack"), [("page-0.json", bytes), ("nvdcve-2.0-2099.json.gz", gzip.compress)])
def test_nvd(tmp_path: Path, name: str, pack: "type[bytes]") -> None:
    """Each score with who gave it, weaknesses that have a number, the file's time; what is rejected, and what cannot be read."""
    rejected = _cve(2, vulnStatus="Rejected", metrics={}, weaknesses=[])
    broken = {"cve": {"id": 3, "x": "}"}}
    made, facts, problem, last = _items(tmp_path, {f"nvd/{name}": pack(_nvd([_cve(1), broken, rejected]))})

    assert made == datetime(2026, 8, 21, 8, 0, 0, 123000, tzinfo=UTC)
    assert facts == FlawFacts(
        id="CVE-2099-0001",
        cvss=(
            Cvss(version="3.1", vector=_VECTOR, score=9.8, source="nvd"),
            Cvss(version="3.1", vector=_VECTOR, score=7.5, source="cna:psirt@example.org"),
            Cvss(version="2.0", vector="AV:N/AC:L/Au:N/C:P/I:P/A:P", score=7.5, source="nvd"),
        ),
        cwes=("CWE-79",),
    )
    assert last == FlawFacts(id="CVE-2099-0002", rejected=True)
    assert isinstance(problem, Problem)


def test_nvd_across_chunks(tmp_path: Path) -> None:
    """Entries are the same wherever the file is cut into pieces; a score beyond ten is none."""
    entries = [_cve(number, descriptions=[{"lang": "en", "value": "x" * (number * 997)}]) for number in range(1, 60)]
    items = _items(tmp_path, {"nvd/a.json": _nvd([*entries, _cve(99, score=11.0), _cve(100)])})

    assert [item.id for item in items if isinstance(item, FlawFacts)] == [
        f"CVE-2099-{n:04}" for n in (*range(1, 60), 100)
    ]
    assert len([item for item in items if isinstance(item, Problem)]) == 1


def test_nvds_newer_file_counts(tmp_path: Path) -> None:
    """``modified`` sorts after the years: what it says is not said again by its year."""
    files = {
        "nvd/nvdcve-2.0-2099.json": _nvd([_cve(1, score=5.0), _cve(2)], at="2026-08-01T00:00:00"),
        "nvd/nvdcve-2.0-modified.json": _nvd([_cve(1)]),
    }
    facts = [(item.id, item.cvss[0].score) for item in _items(tmp_path, files) if isinstance(item, FlawFacts)]

    assert facts == [("CVE-2099-0001", 9.8), ("CVE-2099-0002", 9.8)]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>moved</html>",
        _nvd([_cve(1), _cve(2)])[:-200],
        _nvd([_cve(1), _cve(2)])[:-2],
        b'{"error": "rate limit"}',
    ],
)
def test_what_is_no_nvd_is_refused(tmp_path: Path, data: bytes) -> None:
    """A page of something else, or one that is cut off, be it behind a whole entry."""
    with pytest.raises(FeedError):
        _items(tmp_path, {"nvd/a.json": data})


def test_an_empty_page_is_one(tmp_path: Path) -> None:
    """A window in which nothing changed."""
    assert [item for item in _items(tmp_path, {"nvd/a.json": _nvd([])}) if not isinstance(item, datetime)] == []


def test_nvd_live_fetches_a_window(context: Context, tmp_path: Path) -> None:
    """After all years once, the last days' changes alone; nobody who scans something waits for either."""
    site = tmp_path / "site"
    (site / "osv").mkdir(parents=True)
    write_feed(site, [osv_record("CVE-2099-0001", "openssl", "fixed=2")])
    (site / "osv" / "ecosystems.txt").write_text("Debian\n")
    now = datetime.now(UTC)
    old, new = ((now - timedelta(days=days)).isoformat() for days in (1, 0))
    fetched: list[str] = []

    def write(name: str, entries: list[Any], at: str) -> None:
        (site / name).write_bytes(gzip.compress(_nvd(entries, at)))

    class Site(Live):
        """Reads the files of a folder, and remembers which."""

        def parts(self) -> frozenset[str]:
            return frozenset({"osv/Debian/all.zip", "native/nvd/nvdcve-2.0-2099.json.gz", WINDOW})

        def listing(self, ecosystem: str) -> None:
            return None

        def fetch(self, part: str, into: Path, advance: Any) -> str:
            fetched.append(part.rpartition("/")[2])
            target = into / part
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((site / part if part.startswith("osv") else site / fetched[-1]).read_bytes())
            return str(hash(target.read_bytes()))

    write("nvdcve-2.0-2099.json.gz", [_cve(1, score=5.0), _cve(2)], old)
    write("nvdcve-2.0-modified.json.gz", [_cve(1, score=6.0)], old)

    def refreshed(*ecosystems: str, keep: bool = False) -> dict[str, tuple[int, int, int]]:
        fetched.clear()
        done = refresh_feeds(context, Site(), ecosystems=ecosystems, keep_large=keep)
        assert [one.error for one in done if one.error] == []
        return {one.feed: (one.records, one.changed, one.removed) for one in done}

    assert list(refreshed("Debian", keep=True)) == ["osv-debian"]
    assert refreshed()["nvd"] == (2, 0, 0)
    assert sorted(fetched) == ["all.zip", "nvdcve-2.0-2099.json.gz", "nvdcve-2.0-modified.json.gz"]

    write("nvdcve-2.0-modified.json.gz", [_cve(2, score=7.0), _cve(3)], new)
    assert list(refreshed("Debian")) == ["osv-debian"]
    assert refreshed("Debian", keep=True)["nvd"] == (3, 1, 0)
    assert fetched == ["all.zip", "nvdcve-2.0-modified.json.gz"]
    with reading(context.engine) as connection:
        known = facts_of(connection, {"CVE-2099-0001", "CVE-2099-0002", "CVE-2099-0003"})
    assert {flaw: facts.cvss[0].score for flaw, facts in known.items()} == {
        "CVE-2099-0001": 6.0,
        "CVE-2099-0002": 7.0,
        "CVE-2099-0003": 9.8,
    }
    write("nvdcve-2.0-modified.json.gz", [_cve(3)], "some day")
    assert refreshed("Debian", keep=True)["nvd"] == (3, 0, 0)

    write("nvdcve-2.0-2099.json.gz", [_cve(1, score=6.0), _cve(2, score=7.0), _cve(3)], new)
    whole = tmp_path / "whole/native/nvd/nvdcve-2.0-2099.json.gz"
    whole.parent.mkdir(parents=True)
    whole.write_bytes((site / whole.name).read_bytes())
    other = open_context(Settings.from_environment({"HULLSCAN_DATA_DIR": str(tmp_path / "other")}))
    refresh_feeds(other, str(tmp_path / "whole"))
    assert _snapshot(other) == _snapshot(context)
    other.close()


def _snapshot(context: Context) -> str:
    with reading(context.engine) as connection:
        (state,) = (row.state for row in feed_rows(connection) if row.name == "nvd")
    assert state is not None
    return state.snapshot


_RECORD = {
    "dataType": "CVE_RECORD",
    "cveMetadata": {"cveId": "CVE-2099-0001", "state": "PUBLISHED"},
    "containers": {
        "cna": {
            "providerMetadata": {"shortName": "example"},
            "metrics": [{"format": "CVSS", "cvssV3_1": {"version": "3.1", "vectorString": _VECTOR, "baseScore": 9.8}}],
            "problemTypes": [{"descriptions": [{"cweId": "CWE-79", "description": "XSS"}, {"description": "other"}]}],
        },
        "adp": [
            {
                "providerMetadata": {"shortName": "CISA-ADP"},
                "metrics": [
                    {"other": {"type": "ssvc", "content": {}}},
                    {"cvssV4_0": {"version": "4.0", "vectorString": "CVSS:4.0/AV:N", "baseScore": 8.0}},
                ],
                "problemTypes": [{"descriptions": [{"cweId": "CWE-80"}]}],
            }
        ],
    },
}
_FACTS = FlawFacts(
    id="CVE-2099-0001",
    cvss=(
        Cvss(version="3.1", vector=_VECTOR, score=9.8, source="cna:example"),
        Cvss(version="4.0", vector="CVSS:4.0/AV:N", score=8.0, source="adp:CISA-ADP"),
    ),
    cwes=("CWE-79", "CWE-80"),
)
_REJECTED = {"cveMetadata": {"cveId": "CVE-2099-0002", "state": "REJECTED"}, "containers": {"cna": {}}}


def _members() -> dict[str, bytes]:
    return {
        "cves/2099/0xxx/CVE-2099-0001.json": json.dumps(_RECORD).encode(),
        "cves/2099/0xxx/CVE-2099-0002.json": json.dumps(_REJECTED).encode(),
        "cves/2099/0xxx/CVE-2099-0003.json": b"{",
        "cves/delta.json": b"{}",
    }


def _tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, data in _members().items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def _zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("vulnrichment.tar.gz", _tar()),
        ("deltas.zip", _zip(_members())),
        ("2099-01-01_all_CVEs_at_midnight.zip.zip", _zip({"cves.zip": _zip(_members())})),
    ],
)
def test_cve_records(tmp_path: Path, name: str, data: bytes) -> None:
    """Scores and weaknesses of each container, packed as they are published; what is rejected; a broken one is told."""
    facts, rejected, problem = _items(tmp_path, {f"cve/{name}": data})

    assert (facts, rejected) == (_FACTS, FlawFacts(id="CVE-2099-0002", rejected=True))
    assert isinstance(problem, Problem)
    assert problem.path == "cves/2099/0xxx/CVE-2099-0003.json"


def test_cve_records_as_files(tmp_path: Path) -> None:
    """A folder of them, as the repository has it; an archive that is newer by its name says each first."""
    edited = {**_RECORD, "containers": {"cna": {}}}
    files = {
        "cve/cves/2099/CVE-2099-0001.json": json.dumps(edited).encode(),
        "cve/vulnrichment.zip": _zip({"CVE-2099-0001.json": json.dumps(_RECORD).encode()}),
    }
    assert _items(tmp_path, files) == [_FACTS]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.zip", _zip({"README.json": b"{}"})),
        ("a.zip", _zip(_members())[:-40]),
        ("a.tar.gz", _tar()[:-40]),
        ("a.zip.zip", _zip({"cves.zip": b"none"})),
    ],
)
def test_what_holds_no_records_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    """The snapshot in use stays."""
    with pytest.raises(FeedError):
        _items(tmp_path, {f"cve/{name}": data})
