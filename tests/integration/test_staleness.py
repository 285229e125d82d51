"""Which reports go stale when a feed's snapshot is swapped, on both databases."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from builders import osv_record, write_feed
from hullscan.model.package import Inventory, Package
from hullscan.services.context import Context
from hullscan.services.indexing.packages import keep_inventory
from hullscan.services.reports.report import render, stored_report
from hullscan.services.upkeep.refresh import refresh_feeds
from hullscan.store.database import reading, writing
from hullscan.store.reports.report_rows import ReportRow, find_report, load_body, save_report
from hullscan.store.reports.staleness import are_settled, settle
from hullscan.store.tables.reports import report

_DIGESTS = {name: f"sha256:{number:064x}" for number, name in enumerate(("lib", "zlib"))}


@pytest.fixture
def feeds(context: Context, tmp_path: Path) -> Path:
    """Two images, each with a package of its own, and a feed that speaks of both; their reports are rendered."""
    _refresh(context, tmp_path, _record("CVE-2099-0001", "lib"), _record("CVE-2099-0002", "zlib"))
    for name, digest in _DIGESTS.items():
        one = Package(
            type="deb", namespace="debian", name=name, version="1", qualifiers=(("distro", "debian-12"),), path=name
        )
        keep_inventory(context, digest, "", Inventory(packages=(one,), detectors="test"))
        assert render(context, digest) is not None
    return tmp_path


def _record(record: str, package: str, fix: str = "2", **fields: Any) -> dict[str, Any]:
    # One time for all: a record that is given again is then the same.
    times = dict.fromkeys(("modified", "published"), "2025-01-01T00:00:00Z")
    return osv_record(record, package, f"fixed={fix}", **fields) | times


def _refresh(context: Context, root: Path, *records: dict[str, Any]) -> None:
    write_feed(root, records)
    refresh_feeds(context, str(root))


def _row(context: Context, name: str) -> ReportRow:
    with reading(context.engine) as connection:
        row = find_report(connection, _DIGESTS[name])
    assert row is not None
    return row


def _stale(context: Context) -> list[str]:
    return [name for name in _DIGESTS if _row(context, name).stale]


@pytest.mark.parametrize(
    ("record", "stale"),
    [
        (_record("CVE-2099-0001", "lib"), []),
        (_record("CVE-2099-0001", "lib", fix="3"), ["lib"]),
        (_record("CVE-2099-0001", "lib", fix="1"), ["lib"]),
        (_record("CVE-2099-0001", "lib", details="told in other words"), ["lib"]),
        (_record("CVE-2099-0001", "other"), ["lib"]),
        (_record("CVE-2099-0001", "zlib"), ["lib", "zlib"]),
    ],
    ids=("unchanged", "fix", "no-longer", "text", "elsewhere", "moves"),
)
def test_reports_of_the_packages_that_a_swap_names(
    context: Context, feeds: Path, record: dict[str, Any], stale: list[str]
) -> None:
    """A record that changes concerns those that it names now or named before, and nobody else."""
    _refresh(context, feeds, record, _record("CVE-2099-0002", "zlib"))

    assert _stale(context) == stale


def test_a_record_that_goes(context: Context, feeds: Path) -> None:
    """Its packages' reports are stale, and say so no more once they are rendered."""
    _refresh(context, feeds, _record("CVE-2099-0002", "zlib"))
    assert _stale(context) == ["lib"]

    stored_report(context, _DIGESTS["lib"])

    assert _stale(context) == []


def test_a_slow_rendering_does_not_hide_a_swap(context: Context, feeds: Path) -> None:
    """A report rendered from the snapshot before, and kept after the swap, is stale."""
    slow = _row(context, "lib")
    with reading(context.engine) as connection:
        body = load_body(connection, slow.body_digest)
    _refresh(context, feeds, _record("CVE-2099-0001", "lib", fix="3"), _record("CVE-2099-0002", "zlib"))
    render(context, _DIGESTS["lib"])

    with writing(context.engine) as connection:
        save_report(connection, slow, body)

    assert _stale(context) == ["lib"]


def test_settling_marks_what_is_stale_and_nothing_else(context: Context, feeds: Path) -> None:
    """What readers find by asking the packages, the worker writes down, a few reports at a time."""
    _refresh(context, feeds, _record("CVE-2099-0001", "lib", fix="3"), _record("CVE-2099-0002", "zlib"))

    looked = 0
    while True:
        with writing(context.engine) as connection:
            done = settle(connection, 1)
        if not done:
            break
        looked += done

    with reading(context.engine) as connection:
        assert are_settled(connection)
        marked = connection.execute(sa.select(report.c.digest).where(report.c.stale)).scalars().all()
    assert (looked, marked) == (2, [_DIGESTS["lib"]])
    assert _stale(context) == ["lib"]


def test_a_report_that_did_not_move_keeps_its_bytes(context: Context, feeds: Path) -> None:
    """Only the count of swaps differs from before."""
    before = _row(context, "zlib")
    _refresh(context, feeds, _record("CVE-2099-0001", "lib", fix="3"), _record("CVE-2099-0002", "zlib"))

    render(context, _DIGESTS["zlib"])

    after = _row(context, "zlib")
    assert after.swaps == before.swaps + 1
    assert replace(after, swaps=before.swaps) == before
