"""Scans as leases: a worker that dies lets its lease run out, and another takes the scan."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from hullscan.store.tables.reports import scan


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRow:
    """One scan of an artifact; `status` is Pending, Running, Success or Error; `percent` 0 to 100."""

    id: str
    digest: str
    repository_id: int
    status: str
    percent: int
    error: str
    attempts: int
    started_at: datetime | None
    ended_at: datetime | None


def add_scan(
    connection: sa.Connection, scan_id: str, instance_id: str, repository_id: int, digest: str, at: datetime
) -> str | None:
    """Add a waiting scan and return its id; None if one of this artifact is waiting or running already."""
    under_way = sa.select(scan.c.id).where(scan.c.artifact_digest == digest, scan.c.status.in_(("Pending", "Running")))
    if connection.execute(under_way.limit(1)).first() is not None:
        return None
    connection.execute(
        sa.insert(scan).values(
            id=scan_id,
            instance_id=instance_id,
            artifact_digest=digest,
            repository_id=repository_id,
            status="Pending",
            percent=0,
            error="",
            attempts=0,
            requested_at=at,
        )
    )
    return scan_id


def take_scan(connection: sa.Connection, at: datetime, lease: timedelta, *, only: str | None = None) -> ScanRow | None:
    """Take the oldest scan that waits or whose lease ran out (or *only* that one), and lease it until *at* + *lease*."""
    free = sa.or_(scan.c.status == "Pending", sa.and_(scan.c.status == "Running", scan.c.lease_until < at))
    question = sa.select(scan).where(free).order_by(scan.c.requested_at).limit(1)
    if only is not None:
        question = question.where(scan.c.id == only)
    if connection.dialect.name == "postgresql":
        question = question.with_for_update(skip_locked=True)
    row = connection.execute(question).first()
    if row is None:
        return None
    connection.execute(
        sa.update(scan)
        .where(scan.c.id == row.id)
        .values(
            status="Running",
            percent=1,
            attempts=row.attempts + 1,
            lease_until=at + lease,
            started_at=row.started_at or at,
            ended_at=None,
        )
    )
    return _row(row, status="Running", attempts=row.attempts + 1)


def finish_scan(connection: sa.Connection, scan_id: str, status: str, error: str, at: datetime) -> None:
    """End a scan, or (``Pending``) give it back to be tried again."""
    over = status != "Pending"
    connection.execute(
        sa.update(scan)
        .where(scan.c.id == scan_id)
        .values(
            status=status,
            error=error,
            percent=100 if status == "Success" else 0,
            lease_until=None,
            ended_at=at if over else None,
        )
    )


def running_scans(connection: sa.Connection, at: datetime) -> int:
    """Return how many scans are running under a lease that holds."""
    return connection.execute(
        sa.select(sa.func.count()).select_from(scan).where(scan.c.status == "Running", scan.c.lease_until >= at)
    ).scalar_one()


def latest_scan(connection: sa.Connection, digest: str) -> ScanRow | None:
    """Return the last scan asked for of the artifact *digest*."""
    row = connection.execute(
        sa.select(scan).where(scan.c.artifact_digest == digest).order_by(scan.c.requested_at.desc()).limit(1)
    ).first()
    return None if row is None else _row(row, status=row.status, attempts=row.attempts)


def _row(row: sa.Row[tuple[object, ...]], *, status: str, attempts: int) -> ScanRow:
    return ScanRow(
        id=row.id,
        digest=row.artifact_digest,
        repository_id=row.repository_id,
        status=status,
        percent=row.percent,
        error=row.error,
        attempts=attempts,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )
