"""How much a namespace holds."""

import sqlalchemy as sa

from hullscan.store.schema import artifact, blob, repository, repository_blob


def held_bytes(connection: sa.Connection, namespace_id: int) -> int:
    """Return the bytes of the blobs that a namespace's repositories show, each once."""
    shown = (
        sa.select(repository_blob.c.digest)
        .join(repository, repository.c.id == repository_blob.c.repository_id)
        .where(repository.c.namespace_id == namespace_id)
    )
    total = sa.select(sa.func.coalesce(sa.func.sum(blob.c.size_bytes), 0)).where(blob.c.digest.in_(shown))
    return int(connection.execute(total).scalar_one())


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
