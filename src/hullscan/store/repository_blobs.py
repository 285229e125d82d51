"""Blobs as their repositories see them."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from hullscan.store.database import insert_new, upsert
from hullscan.store.tables.content import blob, repository_blob
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
    for start in range(0, len(digests), 500):
        rows = connection.execute(
            sa.select(blob.c.digest, blob.c.size_bytes)
            .join(repository_blob, repository_blob.c.digest == blob.c.digest)
            .where(
                repository_blob.c.repository_id == repository_id,
                repository_blob.c.digest.in_(digests[start : start + 500]),
            )
        )
        found.update({row.digest: row.size_bytes for row in rows})
    return found


def unlink_blob(connection: sa.Connection, repository_id: int, digest: str) -> bool:
    """Hide a blob from a repository; False if it could not be seen there."""
    result = connection.execute(
        sa.delete(repository_blob).where(
            repository_blob.c.repository_id == repository_id, repository_blob.c.digest == digest
        )
    )
    return bool(result.rowcount)
