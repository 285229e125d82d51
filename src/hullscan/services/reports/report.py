"""Reports as the server gives them: rendered when something changed, else served as stored."""

import gzip
import hashlib
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
import sqlalchemy as sa
from isal import igzip
from msgspec.structs import replace

import hullscan
from hullscan.model.base_image import BaseImage
from hullscan.model.report import Report, Scanner
from hullscan.reports.swr import counts, overall_severity, swr_body, swr_items
from hullscan.services.context import Context, now
from hullscan.services.reports.compile import compile_report
from hullscan.store.artifacts.inventories import load_image
from hullscan.store.database import reading, writing
from hullscan.store.reports.report_rows import Counts, ReportRow, find_report, load_body, save_report
from hullscan.store.reports.staleness import swaps_made

SCANNER: Final = Scanner(name="hullscan", vendor="hullscan", version=hullscan.__version__)

_TURNS: Final = tuple(threading.Lock() for _ in range(64))
"""Locks of reports being rendered, by digest; two reports may share one and wait for each other."""

_NO_DATE: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for the date while two renderings are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReport:
    """A report ready to be sent: `body` is gzip of the JSON, `etag` quoted, sizes in bytes."""

    body: bytes
    etag: str
    generated_at: datetime
    plain_size: int


def stored_report(context: Context, digest: str) -> StoredReport | None:
    """
    Return the report of the artifact *digest*, rendered anew if a feed or time moved under it.

    None if no scan of it has finished.
    """
    row, body = _current(context, digest)
    if row is None or body is None:
        return None
    return StoredReport(
        body=body,
        etag=f'"{row.body_digest}"',
        generated_at=row.generated_at,
        plain_size=int.from_bytes(body[-4:], "little"),
    )


def report_tag(context: Context, digest: str) -> tuple[str, datetime] | None:
    """Return the ETag and date of the report in force, without its body; None if there is none."""
    with reading(context.engine) as connection:
        row = find_report(connection, digest)
    if row is None:
        return None
    if _is_due(row, now()):
        row = _rendered_once(context, digest)
    return (f'"{row.body_digest}"', row.generated_at) if row else None


def report_row(context: Context, digest: str) -> ReportRow | None:
    """Return what the report in force says in short, None if no scan has finished."""
    return _current(context, digest)[0]


def listed(context: Context, digest: str, *, as_stored: bool = False) -> list["Listed"]:
    """Return what the report in force lists; with *as_stored* the stored one, though a feed may have moved under it."""
    if as_stored:
        with reading(context.engine) as connection:
            row = find_report(connection, digest)
            body = load_body(connection, row.body_digest) if row else None
    else:
        body = _current(context, digest)[1]
    if body is None:
        return []
    reports = msgspec.json.decode(gzip.decompress(body), type=dict[str, _Report])
    return [one for report in reports.values() for one in report.vulnerabilities]


def vulnerabilities(context: Context, digest: str) -> set[str]:
    """Return what the stored report says, as ``ID package version``, whether it is still in force or not."""
    return {f"{one.id} {one.package} {one.version}" for one in listed(context, digest, as_stored=True)}


class Listed(msgspec.Struct):
    """One vulnerability of a stored report, as far as others read it."""

    id: str
    package: str
    version: str
    severity: str
    fix_version: str
    links: list[str]


class _Report(msgspec.Struct):
    """A stored report, as far as `listed` reads it."""

    vulnerabilities: list[Listed]


def render(context: Context, digest: str) -> ReportRow | None:
    """
    Render the report of an indexed image and keep it; the same content keeps its date and bytes.

    None if *digest* was never indexed.
    """
    at = now().replace(microsecond=0)
    with reading(context.engine) as connection:
        compiled = _compile(context, connection, digest, at)
        known = find_report(connection, digest)
        swaps = swaps_made(connection)
    if compiled is None:
        return None
    report, valid_until = compiled
    items = swr_items(report.findings, digest)
    content = hashlib.sha256(swr_body(_dated(report, _NO_DATE), items)).hexdigest()
    generated_at = known.generated_at if known is not None and known.content_digest == content else at
    plain = swr_body(_dated(report, generated_at), items)
    total, fixable, by_severity = counts(items)
    row = ReportRow(
        digest=digest,
        body_digest=hashlib.sha256(plain).hexdigest(),
        content_digest=content,
        generated_at=generated_at,
        verdict=report.verdict.value,
        severity=overall_severity(report),
        counts=Counts(total=total, fixable=fixable, by_severity=by_severity),
        problems=report.problems,
        valid_until=valid_until,
        swaps=swaps,
        stale=False,
    )
    if row != known:
        with writing(context.engine) as connection:
            save_report(connection, row, _compressed(plain))
    return row


def full_report(context: Context, digest: str, *, target: str, bases: tuple[BaseImage, ...] = ()) -> Report | None:
    """Return the report of an indexed image as a noun, what its *bases* brought marked; None if it was never indexed."""
    with reading(context.engine) as connection:
        image = load_image(connection, digest)
        if image is None:
            return None
        return compile_report(
            connection,
            image,
            target=target,
            scanner=SCANNER,
            at=now().replace(microsecond=0),
            max_age_days=context.settings.feed_max_age_days,
            bases=bases,
        ).report


def _current(context: Context, digest: str) -> tuple[ReportRow | None, bytes | None]:
    with reading(context.engine) as connection:
        row = find_report(connection, digest)
        if row is None:
            return None, None
        if not _is_due(row, now()):
            return row, load_body(connection, row.body_digest)
    row = _rendered_once(context, digest)
    if row is None:
        return None, None
    with reading(context.engine) as connection:
        return row, load_body(connection, row.body_digest)


def _rendered_once(context: Context, digest: str) -> ReportRow | None:
    """Render a report that is due; of all who ask at once one does it, and the others wait and find it done."""
    with _TURNS[hash(digest) % len(_TURNS)]:
        with reading(context.engine) as connection:
            row = find_report(connection, digest)
        return render(context, digest) if row is None or _is_due(row, now()) else row


def _is_due(row: ReportRow, at: datetime) -> bool:
    return row.stale or (row.valid_until is not None and at >= row.valid_until + timedelta(seconds=1))


def _compile(
    context: Context, connection: sa.Connection, digest: str, at: datetime
) -> tuple[Report, datetime | None] | None:
    image = load_image(connection, digest)
    if image is None:
        return None
    compiled = compile_report(
        connection,
        image,
        target=digest,
        scanner=SCANNER,
        at=at,
        max_age_days=context.settings.feed_max_age_days,
    )
    return compiled.report, compiled.valid_until


def _compressed(plain: bytes) -> bytes:
    """Return *plain* as gzip; at this library's highest level a tenth larger than zlib's, in a tenth of its time."""
    return igzip.compress(plain, compresslevel=3, mtime=0)


def _dated(report: Report, at: datetime) -> Report:
    return replace(report, generated_at=at)
