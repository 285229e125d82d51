"""Scans on the server: asked for, done by the worker or at once, and how far they are."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from hullscan.errors import HullscanError
from hullscan.model.report import Problem, Scanner
from hullscan.services.context import Context, now
from hullscan.services.indexing.index import index_artifact, is_indexed
from hullscan.services.reports.report import SCANNER, render, report_row, vulnerabilities
from hullscan.services.rules.events import Event, emit, listeners
from hullscan.store.artifacts.artifact_rows import find_artifact, tag_names
from hullscan.store.artifacts.late_parts import parts_here, waiting_for
from hullscan.store.database import Queue, reading, writing
from hullscan.store.places.repositories import find_repository_by_id
from hullscan.store.reports.report_rows import ReportRow
from hullscan.store.reports.scans import (
    ScanRow,
    add_scan,
    finish_scan,
    latest_scan,
    running_scans,
    take_scan,
)

MAX_RUNNING: Final = 10
"""Scans an instance runs at once; more wait as Pending (swr-api.md, 2.1)."""

_LEASE: Final = timedelta(minutes=10)
_MAX_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanOverview:
    """How the last scan of an artifact stands; severity and counts are those of the report in force, if any."""

    report_id: str
    scan_status: str
    severity: str
    duration_s: int
    total: int
    fixable: int
    by_severity: dict[str, int]
    start_time: datetime | None
    end_time: datetime | None
    percent: int
    scanner: Scanner
    problems: tuple[Problem, ...]


def request_scan(context: Context, *, instance_id: str, repository_id: int, digest: str) -> None:
    """
    Ask for a scan of the artifact *digest*; asking again while one is under way changes nothing.

    What is indexed already is answered at once; else the worker takes it.
    """
    indexed = is_indexed(context, digest)
    with writing(context.engine) as connection:
        added = add_scan(connection, str(uuid.uuid4()), instance_id, repository_id, digest, now())
        # Taken where it is added: else the worker may come between, and the push returns before its report is there.
        taken = take_scan(connection, now(), _LEASE, only=added) if added is not None and indexed else None
    if taken is not None:
        _run(context, taken)


def look_again(context: Context, digest: str) -> None:
    """
    Ask for scans of what was scanned in part while *digest*, a blob or manifest that has just come, was missing.

    What nobody scanned is left alone: it is indexed anew when somebody does.
    """
    with reading(context.engine) as connection:
        found = waiting_for(connection, digest)
    for one in found:
        if one.reported:
            request_scan(context, instance_id=one.instance_id, repository_id=one.repository_id, digest=one.digest)


def run_next(context: Context) -> bool:
    """Take one waiting (or abandoned) scan and do it; False if there is none, or ten are running."""
    with writing(context.engine) as connection:
        if running_scans(connection, now()) >= MAX_RUNNING:
            return False
        taken = take_scan(connection, now(), _LEASE)
    if taken is None:
        return False
    _run(context, taken)
    return True


def overview(context: Context, digest: str) -> ScanOverview | None:
    """Return how the last scan of *digest* stands, None if none was ever asked for."""
    with reading(context.engine) as connection:
        scan = latest_scan(connection, digest)
    if scan is None:
        return None
    row = report_row(context, digest)
    failed = (Problem(code="scan-failed", message=scan.error),) if scan.error else ()
    return ScanOverview(
        report_id=scan.id,
        scan_status=scan.status,
        severity=row.severity if row else "None",
        duration_s=int((scan.ended_at - scan.started_at).total_seconds()) if scan.ended_at and scan.started_at else 0,
        total=row.counts.total if row else 0,
        fixable=row.counts.fixable if row else 0,
        by_severity=row.counts.by_severity if row else {},
        start_time=scan.started_at,
        end_time=scan.ended_at,
        percent=scan.percent,
        scanner=SCANNER,
        problems=(*failed, *(row.problems if row else ())),
    )


def _run(context: Context, scan: ScanRow) -> None:
    """Do one scan under its lease; a failure is kept with the scan and tried again up to three times."""
    before = vulnerabilities(context, scan.digest)
    over = False
    while not over:
        here = _parts_here(context, scan.digest)
        try:
            index_artifact(context, scan.repository_id, scan.digest)
            row = render(context, scan.digest)
        except HullscanError as error:
            _fail(context, scan, error)
            return
        over = _finish(context, scan, row, before, here)


def _parts_here(context: Context, digest: str) -> frozenset[str] | None:
    """Return what is here of an artifact's parts, None for one that was indexed whole."""
    if is_indexed(context, digest):
        return None
    with reading(context.engine) as connection:
        return parts_here(connection, digest)


def _finish(
    context: Context, scan: ScanRow, row: ReportRow | None, before: set[str], here: frozenset[str] | None
) -> bool:
    """
    End a scan; False if parts that were missing came while it ran, which found it under way and asked for no other.

    In the queue in which manifests are accepted: those that come later find it over.
    """
    in_part = here is not None and not is_indexed(context, scan.digest)
    with writing(context.engine, Queue.BLOBS if in_part else None) as connection:
        if in_part and parts_here(connection, scan.digest) != here:
            return False
        finish_scan(connection, scan.id, "Success", "", now())
        if row is not None:
            _tell(connection, scan, "SCANNING_COMPLETED", lambda: _told(context, row, before))
    return True


def _fail(context: Context, scan: ScanRow, error: HullscanError) -> None:
    again = scan.attempts < _MAX_ATTEMPTS
    failed = {"scan_overview": {"error": str(error)}}
    with writing(context.engine) as connection:
        finish_scan(connection, scan.id, "Pending" if again else "Error", str(error), now())
        if not again:
            _tell(connection, scan, "SCANNING_FAILED", lambda: failed)


def _told(context: Context, row: ReportRow, before: set[str]) -> dict[str, Any]:
    """What a finished scan tells: the report in short, and what is listed now that was not *before*, and the reverse."""
    after = vulnerabilities(context, row.digest)
    summary = {"total": row.counts.total, "fixable": row.counts.fixable, "summary": row.counts.by_severity}
    told = {
        "severity": row.severity,
        "verdict": row.verdict,
        "summary": summary,
        "added": sorted(after - before),
        "fixed": sorted(before - after),
    }
    return {"scan_overview": told}


def _tell(connection: sa.Connection, scan: ScanRow, kind: str, what: Callable[[], dict[str, Any]]) -> None:
    """Write the event for the triggers of the artifact's namespace, if it is still there; *what* is asked if any listen."""
    repository = find_repository_by_id(connection, scan.repository_id)
    if repository is None:
        return
    artifact = find_artifact(connection, repository.id, scan.digest)
    tags = tag_names(connection, artifact.id) if artifact else ()
    if listeners(connection, repository, kind, tags):
        event = Event(type=kind, operator="scanner", digest=scan.digest, tags=tags, more=what())
        emit(connection, repository, event, now())
