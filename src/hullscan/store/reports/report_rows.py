"""Stored reports: rendered once, kept compressed by the digest of what they say."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
import sqlalchemy as sa

from hullscan.model.report import Problem
from hullscan.store.database import insert_new, upsert
from hullscan.store.reports.staleness import STALE
from hullscan.store.tables.reports import report, report_body


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many findings count, how many of them have a fix, and how many there are of each severity (SWR's words)."""

    total: int
    fixable: int
    by_severity: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """A stored report without its body; `swaps` had been made when it was rendered, or looked at last."""

    digest: str
    body_digest: str
    content_digest: str
    generated_at: datetime
    verdict: str
    severity: str
    counts: Counts
    problems: tuple[Problem, ...]
    valid_until: datetime | None
    swaps: int
    stale: bool


_problems = msgspec.json.Decoder(tuple[Problem, ...])
_counts = msgspec.json.Decoder(Counts)


def find_report(connection: sa.Connection, digest: str) -> ReportRow | None:
    """Return the report of the artifact *digest*, stale or not; None if there is none."""
    columns = [column for column in report.c if column is not report.c.stale]
    row = connection.execute(sa.select(*columns, STALE.label("stale")).where(report.c.digest == digest)).first()
    if row is None:
        return None
    return ReportRow(
        digest=row.digest,
        body_digest=row.body_digest,
        content_digest=row.content_digest,
        generated_at=row.generated_at,
        verdict=row.verdict,
        severity=row.severity,
        counts=_counts.decode(row.counts),
        problems=_problems.decode(row.problems),
        valid_until=row.valid_until,
        swaps=row.swaps,
        stale=bool(row.stale),
    )


def load_body(connection: sa.Connection, body_digest: str) -> bytes:
    """Return a report's compressed body."""
    return bytes(
        connection.execute(sa.select(report_body.c.body).where(report_body.c.digest == body_digest)).scalar_one()
    )


def save_report(connection: sa.Connection, row: ReportRow, body: bytes) -> None:
    """Keep *row* with its *body*; a body that nobody names any more is dropped."""
    before = connection.execute(sa.select(report.c.body_digest).where(report.c.digest == row.digest)).scalar()
    insert_new(connection, report_body, [{"digest": row.body_digest, "body": body}])
    upsert(
        connection,
        report,
        {
            "digest": row.digest,
            "body_digest": row.body_digest,
            "content_digest": row.content_digest,
            "generated_at": row.generated_at,
            "verdict": row.verdict,
            "severity": row.severity,
            "counts": msgspec.json.encode(row.counts).decode(),
            "problems": msgspec.json.encode(row.problems),
            "valid_until": row.valid_until,
            "swaps": row.swaps,
            "stale": row.stale,
        },
    )
    if before is not None and before != row.body_digest:
        still = sa.select(report.c.digest).where(report.c.body_digest == before)
        connection.execute(sa.delete(report_body).where(report_body.c.digest == before, ~sa.exists(still)))
