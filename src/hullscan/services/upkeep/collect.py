"""
Garbage collection, beside pushes that go on.

A blob goes when no manifest names it, no repository shows it, and nobody pushed, mounted or asked for it within the
grace time. Rows go first, in one transaction of the blobs' queue; files follow in others, each of which looks again
whether a row has come back. A manifest is accepted in that same queue, with the look at its blobs: so either it comes
first and they stay, or it comes second and is refused, and the client sends them again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from hullscan.services.context import Context, now
from hullscan.services.progress import Progress, Silent
from hullscan.store.artifacts import garbage
from hullscan.store.batches import batches
from hullscan.store.blobs.blob_store import StoredBlob
from hullscan.store.database import Queue, reading, writing

DEFAULT_GRACE: Final = timedelta(hours=24)
"""Longer than any push takes from its first blob to its manifest."""

_BATCH: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What a run freed, or would free: counts, and bytes of the files."""

    artifacts: int = 0
    links: int = 0
    blobs: int = 0
    files: int = 0
    freed_bytes: int = 0
    uploads: int = 0
    dry_run: bool = False


def collect(
    context: Context,
    *,
    grace: timedelta = DEFAULT_GRACE,
    untagged: timedelta | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Collected:
    """
    Free what nothing names; safe beside pushes, deletes and other runs.

    Args:
        grace: What came, or was asked for, within this time stays.
        untagged: Remove artifacts without a tag that nobody pushed or pulled for this long; None keeps them.
        dry_run: Only say what would go.
    """
    progress = progress or Silent()
    at = now()
    artifacts: list[str] = []
    with writing(context.engine, Queue.BLOBS) as connection:
        whole = connection.begin_nested()
        if untagged is not None:
            artifacts = garbage.drop_untagged(connection, at - untagged)
        links = garbage.drop_unnamed_links(connection, at - grace)
        blobs = garbage.drop_unnamed_blobs(connection, at - grace)
        garbage.drop_parts_of_nothing(connection)
        garbage.drop_knowledge(connection, list(blobs))
        held_back = _held_back(connection, context, at - grace) if dry_run else {}
        if dry_run:
            whole.rollback()
    freed = held_back if dry_run else _sweep(context, at - grace, progress)
    uploads = _expire_uploads(context, grace, dry_run=dry_run)
    return Collected(
        artifacts=len(artifacts),
        links=links,
        blobs=len(blobs),
        files=len(freed),
        freed_bytes=sum(freed.values()),
        uploads=uploads,
        dry_run=dry_run,
    )


def _held_back(connection: sa.Connection, context: Context, before: datetime) -> dict[str, int]:
    """What `_sweep` would remove if the transaction of a dry run were kept."""
    freed: dict[str, int] = {}
    for batch in batches(_older(context, before), _BATCH):
        kept = garbage.held(connection, [one.digest for one in batch])
        freed.update({one.digest: one.size_bytes for one in batch if one.digest not in kept})
    return freed


def _sweep(context: Context, before: datetime, progress: Progress) -> dict[str, int]:
    """Remove files older than *before* for which no row stands: of this run, and of one that was killed."""
    freed: dict[str, int] = {}
    for batch in batches(_older(context, before), _BATCH):
        progress.advance("blobs looked at", len(batch))
        with reading(context.engine) as connection:
            kept = garbage.held(connection, [one.digest for one in batch])
        if len(kept) == len({one.digest for one in batch}):
            continue
        with writing(context.engine, Queue.BLOBS) as connection:
            kept = garbage.held(connection, [one.digest for one in batch])
            gone = [one for one in batch if one.digest not in kept]
            garbage.drop_knowledge(connection, [one.digest for one in gone])
            for one in gone:
                context.blobs.delete(one.digest)
                freed[one.digest] = one.size_bytes
    for path in context.blobs.leftovers(before):
        path.unlink(missing_ok=True)
    return freed


def _older(context: Context, before: datetime) -> Iterator[StoredBlob]:
    return (one for one in context.blobs.stored() if one.modified_at < before)


def _expire_uploads(context: Context, grace: timedelta, *, dry_run: bool) -> int:
    """Forget uploads to which nothing was sent within the grace time, and files whose upload is unknown."""
    before = now() - grace
    folder = context.settings.data_dir / "uploads"
    with reading(context.engine) as connection:
        stale = set(garbage.stale_uploads(connection, before))
    files = {path.name: path for path in folder.glob("*")} if folder.is_dir() else {}
    growing = {name for name, path in files.items() if path.exists() and path.stat().st_mtime >= before.timestamp()}
    # A file is older than its row by a moment, so only one that no row names and that is old is left over.
    gone = (stale | files.keys()) - growing
    with reading(context.engine) as connection:
        known = set(garbage.stale_uploads(connection, now()))
    gone = {name for name in gone if name in stale or name not in known}
    if dry_run:
        return len(gone)
    for name in gone:
        with writing(context.engine) as connection:
            garbage.drop_upload(connection, name)
        if name in files:
            files[name].unlink(missing_ok=True)
    return len(gone)
