"""What nothing names any more: found and removed, in the caller's transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from hullscan.store.batches import batches
from hullscan.store.tables.content import artifact, blob, layer_chain, manifest_part, repository_blob, tag, upload
from hullscan.store.tables.inventories import artifact_package, image, layer_inventory
from hullscan.store.tables.reports import report, scan

_BATCH: Final = 500


def drop_untagged(connection: sa.Connection, before: datetime) -> list[str]:
    """
    Remove artifacts that were pushed and last pulled before *before*, have no tag, and hang on nothing that stays.

    What an index of the repository names stays with it, and so does what names a subject that is there (a signature). The tags by
    which cosign finds what hangs on an artifact (``sha256-….sig``) keep it no longer than that.
    """
    index, child = artifact.alias("index_artifact"), manifest_part.alias("child")
    named = (
        sa.select(sa.literal(1))
        .select_from(child.join(index, index.c.digest == child.c.manifest))
        .where(child.c.digest == artifact.c.digest, index.c.repository_id == artifact.c.repository_id)
    )
    subject = artifact.alias("subject_artifact")
    has_subject = sa.select(sa.literal(1)).where(
        subject.c.digest == artifact.c.accessory_of, subject.c.repository_id == artifact.c.repository_id
    )
    question = sa.select(artifact.c.id, artifact.c.digest).where(
        artifact.c.push_time < before,
        sa.or_(artifact.c.pull_time.is_(None), artifact.c.pull_time < before),
        ~_kept_by_tag().exists(),
        ~named.exists(),
        ~has_subject.exists(),
    )
    rows = connection.execute(question).all()
    for part in batches([row.id for row in rows], _BATCH):
        connection.execute(sa.delete(tag).where(tag.c.artifact_id.in_(part)))
        connection.execute(sa.delete(artifact).where(artifact.c.id.in_(part)))
    return [row.digest for row in rows]


def _kept_by_tag() -> sa.Select[Any]:
    by_digest = sa.func.replace(artifact.c.accessory_of, ":", "-") + ".%"
    hangs_there = sa.and_(artifact.c.accessory_of != "", tag.c.name.like(by_digest))
    return sa.select(sa.literal(1)).where(tag.c.artifact_id == artifact.c.id, ~hangs_there).correlate(artifact)


def drop_unnamed_links(connection: sa.Connection, before: datetime) -> int:
    """Hide blobs from repositories where no manifest names them and nobody asked for them since *before*."""
    named = (
        sa.select(sa.literal(1))
        .select_from(manifest_part.join(artifact, artifact.c.digest == manifest_part.c.manifest))
        .where(
            manifest_part.c.digest == repository_blob.c.digest,
            artifact.c.repository_id == repository_blob.c.repository_id,
        )
    )
    result = connection.execute(sa.delete(repository_blob).where(repository_blob.c.used_at < before, ~named.exists()))
    return int(result.rowcount)


def drop_unnamed_blobs(connection: sa.Connection, before: datetime) -> dict[str, int]:
    """Forget blobs that no repository shows, no manifest names, and that came before *before*; digest → bytes."""
    linked = sa.select(sa.literal(1)).where(repository_blob.c.digest == blob.c.digest)
    named = (
        sa.select(sa.literal(1))
        .select_from(manifest_part.join(artifact, artifact.c.digest == manifest_part.c.manifest))
        .where(manifest_part.c.digest == blob.c.digest)
    )
    rows = connection.execute(
        sa.select(blob.c.digest, blob.c.size_bytes).where(blob.c.created_at < before, ~linked.exists(), ~named.exists())
    ).all()
    for part in batches([row.digest for row in rows], _BATCH):
        connection.execute(sa.delete(blob).where(blob.c.digest.in_(part)))
    return {row.digest: row.size_bytes for row in rows}


def drop_parts_of_nothing(connection: sa.Connection) -> None:
    """Forget what manifests named that no repository has any more."""
    held = sa.select(sa.literal(1)).where(artifact.c.digest == manifest_part.c.manifest)
    connection.execute(sa.delete(manifest_part).where(~held.exists()))


def drop_knowledge(connection: sa.Connection, digests: Sequence[str]) -> None:
    """Forget what was found in layers and images that are gone."""
    for part in batches(digests, _BATCH):
        for column in (
            layer_inventory.c.digest,
            artifact_package.c.digest,
            image.c.digest,
            layer_chain.c.digest,
            report.c.digest,
            scan.c.artifact_digest,
        ):
            connection.execute(sa.delete(column.table).where(column.in_(part)))


def held(connection: sa.Connection, digests: Iterable[str]) -> set[str]:
    """Return those of *digests* that a row stands for: blobs, and manifests of artifacts."""
    found: set[str] = set()
    for part in batches(digests, _BATCH):
        for column in (blob.c.digest, artifact.c.digest):
            found.update(connection.execute(sa.select(column).where(column.in_(part))).scalars())
    return found


def stale_uploads(connection: sa.Connection, before: datetime) -> list[str]:
    """Return uploads that began before *before*; whether they still grow, their files tell."""
    return list(connection.execute(sa.select(upload.c.id).where(upload.c.started_at < before)).scalars())


def drop_upload(connection: sa.Connection, upload_id: str) -> None:
    """Forget an upload."""
    connection.execute(sa.delete(upload).where(upload.c.id == upload_id))
