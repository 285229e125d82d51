"""Blobs as their repositories see them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from hullscan.store.batches import batches
from hullscan.store.database import insert_new, upsert
from hullscan.store.tables.content import artifact, blob, manifest_part, repository_blob
from hullscan.store.tables.places import namespace, repository


def add_blob(connection: sa.Connection, repository_id: int, digest: str, size_bytes: int, at: datetime) -> None:
    """Note that a blob is in the store, and may be seen in a repository."""
    insert_new(connection, blob, [{"digest": digest, "size_bytes": size_bytes, "created_at": at}])
    link_blob(connection, repository_id, digest, at)


def link_blob(connection: sa.Connection, repository_id: int, digest: str, at: datetime) -> None:
    """Let a blob of the store be seen in a repository, and keep it from garbage collection for a while."""
    upsert(connection, repository_blob, {"repository_id": repository_id, "digest": digest, "used_at": at})


def blob_size(connection: sa.Connection, repository_id: int, digest: str) -> int | None:
    """Return the size of a blob that may be seen in a repository."""
    found = seen_blob(connection, repository_id, digest)
    return found[0] if found else None


def seen_blob(connection: sa.Connection, repository_id: int, digest: str) -> tuple[int, datetime] | None:
    """Return size and last use of a blob that may be seen in a repository."""
    row = connection.execute(
        sa.select(blob.c.size_bytes, repository_blob.c.used_at)
        .join(repository_blob, repository_blob.c.digest == blob.c.digest)
        .where(repository_blob.c.repository_id == repository_id, blob.c.digest == digest)
    ).first()
    return (row.size_bytes, row.used_at) if row else None


def repositories_with_blob(connection: sa.Connection, instance_id: str, digest: str) -> list[int]:
    """Return the repositories of an instance in which a blob may be seen."""
    rows = connection.execute(
        sa.select(repository_blob.c.repository_id)
        .join(repository, repository.c.id == repository_blob.c.repository_id)
        .join(namespace, namespace.c.id == repository.c.namespace_id)
        .where(namespace.c.instance_id == instance_id, repository_blob.c.digest == digest)
    )
    return [row.repository_id for row in rows]


def seen_blobs(connection: sa.Connection, repository_id: int, digests: Sequence[str]) -> dict[str, int]:
    """Return the sizes of those of *digests* that may be seen in a repository."""
    found: dict[str, int] = {}
    for some in batches(digests):
        rows = connection.execute(
            sa.select(blob.c.digest, blob.c.size_bytes)
            .join(repository_blob, repository_blob.c.digest == blob.c.digest)
            .where(
                repository_blob.c.repository_id == repository_id,
                repository_blob.c.digest.in_(some),
            )
        )
        found.update({row.digest: row.size_bytes for row in rows})
    return found


def unseen_parts(connection: sa.Connection, repository_id: int, digest: str) -> dict[str, int]:
    """Return, with their sizes, the blobs that the manifest *digest* names and that may not be seen in a repository."""
    rows = connection.execute(
        sa.select(manifest_part.c.digest, manifest_part.c.size_bytes)
        .where(manifest_part.c.manifest == digest, *KEPT_HERE, ~_seen(repository_id).exists())
        .order_by(manifest_part.c.position)
    )
    return {row.digest: row.size_bytes for row in rows}


def manifests_lacking(connection: sa.Connection, repository_id: int, digest: str) -> dict[str, int]:
    """Return those manifests of a repository that name a blob which may not be seen in it, with the size that each says."""
    rows = connection.execute(
        sa.select(artifact.c.digest, manifest_part.c.size_bytes)
        .join(manifest_part, manifest_part.c.manifest == artifact.c.digest)
        .where(
            artifact.c.repository_id == repository_id,
            manifest_part.c.digest == digest,
            *KEPT_HERE,
            ~_seen(repository_id).exists(),
        )
    )
    return {row.digest: row.size_bytes for row in rows}


KEPT_HERE: Final = (
    manifest_part.c.kind != "manifest",
    # Kept elsewhere, by their addresses (OCI `layer.md`, "Non-Distributable Layers").
    ~manifest_part.c.media_type.contains("nondistributable"),
    ~manifest_part.c.media_type.contains(".foreign."),
)
"""Which of the parts of manifests are blobs that a registry keeps."""


def _seen(repository_id: int) -> sa.Select[Any]:
    return (
        sa.select(sa.literal(1))
        .where(repository_blob.c.repository_id == repository_id, repository_blob.c.digest == manifest_part.c.digest)
        .correlate(manifest_part)
    )


def unlink_blob(connection: sa.Connection, repository_id: int, digest: str) -> bool:
    """Hide a blob from a repository; False if it could not be seen there."""
    result = connection.execute(
        sa.delete(repository_blob).where(
            repository_blob.c.repository_id == repository_id, repository_blob.c.digest == digest
        )
    )
    return bool(result.rowcount)
