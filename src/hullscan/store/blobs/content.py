"""What the database says of the blob store's content."""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from hullscan.store.blobs.repository_blobs import KEPT_HERE
from hullscan.store.tables.content import artifact, blob, manifest_part, repository_blob, tag
from hullscan.store.tables.inventories import layer_inventory
from hullscan.store.tables.places import repository
from hullscan.store.tables.rules import rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A blob that must be in the store."""

    digest: str
    size_bytes: int
    manifest: bool = False


def expected_blobs(connection: sa.Connection) -> Iterator[Expected]:
    """Yield all blobs, and all manifests of artifacts."""
    for row in connection.execute(sa.select(blob.c.digest, blob.c.size_bytes)):
        yield Expected(digest=row.digest, size_bytes=row.size_bytes)
    for row in connection.execute(sa.select(artifact.c.digest, artifact.c.manifest_bytes).distinct()):
        yield Expected(digest=row.digest, size_bytes=row.manifest_bytes, manifest=True)


def manifest_rows(connection: sa.Connection, digest: str) -> list[tuple[str, str]]:
    """Return (kind, digest) of what a manifest names, in its order."""
    rows = connection.execute(
        sa.select(manifest_part.c.kind, manifest_part.c.digest)
        .where(manifest_part.c.manifest == digest)
        .order_by(manifest_part.c.position)
    )
    return [(row.kind, row.digest) for row in rows]


def missing_parts(connection: sa.Connection) -> list[tuple[str, str]]:
    """
    Return (manifest, blob) where an artifact names a config or layer that the store does not have.

    Namespaces that fetch from elsewhere have theirs come when they are asked for.
    """
    there = sa.select(sa.literal(1)).where(blob.c.digest == manifest_part.c.digest)
    proxies = sa.select(rule.c.namespace_id).where(rule.c.kind == "proxy", rule.c.namespace_id.is_not(None))
    rows = connection.execute(
        sa.select(manifest_part.c.manifest, manifest_part.c.digest)
        .join(artifact, artifact.c.digest == manifest_part.c.manifest)
        .join(repository, repository.c.id == artifact.c.repository_id)
        .where(*KEPT_HERE, ~there.exists(), repository.c.namespace_id.not_in(proxies))
        .distinct()
    )
    return [(row.manifest, row.digest) for row in rows]


def forget_blob(connection: sa.Connection, digest: str) -> None:
    """Drop a blob, or the artifacts whose manifest it is, so that a client can send it again."""
    ids = sa.select(artifact.c.id).where(artifact.c.digest == digest)
    connection.execute(sa.delete(tag).where(tag.c.artifact_id.in_(ids)))
    connection.execute(sa.delete(artifact).where(artifact.c.digest == digest))
    connection.execute(sa.delete(repository_blob).where(repository_blob.c.digest == digest))
    connection.execute(sa.delete(blob).where(blob.c.digest == digest))
    connection.execute(sa.delete(layer_inventory).where(layer_inventory.c.digest == digest))
