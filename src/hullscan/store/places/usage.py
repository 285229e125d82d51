"""How much a namespace holds."""

from dataclasses import dataclass

import sqlalchemy as sa

from hullscan.store.tables.content import artifact, blob, repository_blob
from hullscan.store.tables.places import namespace, repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What an instance holds; each blob counts once."""

    bytes: int
    namespaces: int
    artifacts: int


def usage(connection: sa.Connection, instance_id: str) -> Usage:
    """Return what an instance holds."""
    inside = repository.join(namespace, namespace.c.id == repository.c.namespace_id)
    here = namespace.c.instance_id == instance_id
    shown = (
        sa.select(repository_blob.c.digest)
        .select_from(repository_blob.join(inside, repository.c.id == repository_blob.c.repository_id))
        .where(here)
    )
    total = sa.select(sa.func.coalesce(sa.func.sum(blob.c.size_bytes), 0)).where(blob.c.digest.in_(shown))
    count = sa.select(sa.func.count())
    artifacts = count.select_from(artifact.join(inside, repository.c.id == artifact.c.repository_id)).where(here)
    return Usage(
        bytes=int(connection.execute(total).scalar_one()),
        namespaces=int(connection.execute(count.select_from(namespace).where(here)).scalar_one()),
        artifacts=int(connection.execute(artifacts).scalar_one()),
    )


def held_bytes(connection: sa.Connection, namespace_id: int) -> int:
    """Return the bytes of the blobs that a namespace's repositories show, each once."""
    shown = (
        sa.select(repository_blob.c.digest)
        .join(repository, repository.c.id == repository_blob.c.repository_id)
        .where(repository.c.namespace_id == namespace_id)
    )
    total = sa.select(sa.func.coalesce(sa.func.sum(blob.c.size_bytes), 0)).where(blob.c.digest.in_(shown))
    return int(connection.execute(total).scalar_one())


def holds_blob(connection: sa.Connection, namespace_id: int, digest: str) -> bool:
    """Say whether a repository of a namespace shows a blob, so that it counts already."""
    found = connection.execute(
        sa.select(sa.literal(1))
        .select_from(repository_blob.join(repository, repository.c.id == repository_blob.c.repository_id))
        .where(repository.c.namespace_id == namespace_id, repository_blob.c.digest == digest)
        .limit(1)
    ).first()
    return found is not None


def artifact_count(connection: sa.Connection, namespace_id: int, *, besides: tuple[int, str] = (0, "")) -> int:
    """Return how many artifacts a namespace holds, not counting the one of repository and digest *besides*."""
    repository_id, digest = besides
    return int(
        connection.execute(
            sa.select(sa.func.count())
            .select_from(artifact.join(repository, repository.c.id == artifact.c.repository_id))
            .where(
                repository.c.namespace_id == namespace_id,
                ~sa.and_(artifact.c.repository_id == repository_id, artifact.c.digest == digest),
            )
        ).scalar_one()
    )
