"""Which artifacts have the same layers, by the chain IDs of their images; and which image is another's base."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from hullscan.store.database import insert_new
from hullscan.store.tables.content import artifact, layer_chain, manifest_part, tag
from hullscan.store.tables.places import namespace, repository


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainRow:
    """An image by its manifest's digest, the chain ID of all its layers, and their number."""

    digest: str
    chain: str
    layers: int


def put_chain(connection: sa.Connection, digest: str, chain: Sequence[str]) -> None:
    """Keep the *chain* of the image *digest*; an empty one says that its config does not tell."""
    row = {"digest": digest, "chain": chain[-1] if chain else "", "layers": len(chain)}
    insert_new(connection, layer_chain, [row])


def nearest_base(connection: sa.Connection, own: str, chain: Sequence[str]) -> ChainRow | None:
    """
    Return the artifact with most layers that are all and only the lowest of the image *own*'s, whose chain is *chain*.

    It has fewer than *own*, and no repository holds both. Of several with the same layers it is the one pushed first.
    """
    other, mine = artifact.alias("other"), artifact.alias("mine")
    neighbours = (
        sa.select(sa.literal(1))
        .select_from(other.join(mine, mine.c.repository_id == other.c.repository_id))
        .where(other.c.digest == layer_chain.c.digest, mine.c.digest == own)
        .correlate(layer_chain)
    )
    row = connection.execute(
        sa.select(layer_chain)
        .join(artifact, artifact.c.digest == layer_chain.c.digest)
        .where(layer_chain.c.chain.in_(list(chain[:-1])), ~neighbours.exists())
        .order_by(layer_chain.c.layers.desc(), artifact.c.id)
        .limit(1)
    ).first()
    return None if row is None else ChainRow(digest=row.digest, chain=row.chain, layers=row.layers)


def named_images(connection: sa.Connection, digest: str) -> tuple[ChainRow, ...]:
    """Return the images that *digest* names: itself, or the children of an index; none if that is no artifact here."""
    here = sa.select(sa.literal(1)).where(artifact.c.digest == digest)
    children = sa.select(manifest_part.c.digest).where(
        manifest_part.c.manifest == digest, manifest_part.c.kind == "manifest"
    )
    rows = connection.execute(
        sa.select(layer_chain)
        .where(
            layer_chain.c.chain != "",
            here.exists(),
            sa.or_(layer_chain.c.digest == digest, layer_chain.c.digest.in_(children)),
        )
        .order_by(layer_chain.c.digest)
    )
    return tuple(ChainRow(digest=row.digest, chain=row.chain, layers=row.layers) for row in rows)


def places_of(connection: sa.Connection, digest: str, limit: int) -> tuple[str, ...]:
    """Return where the image *digest* is, by its tags and those of indexes that name it; by its digest without any."""
    holder, index = artifact.alias("holder"), artifact.alias("index_artifact")
    inside = holder.join(repository, repository.c.id == holder.c.repository_id).join(
        namespace, namespace.c.id == repository.c.namespace_id
    )
    place = (namespace.c.name.label("space"), repository.c.name.label("repository"))
    naming = index.join(
        manifest_part,
        sa.and_(manifest_part.c.manifest == index.c.digest, manifest_part.c.kind == "manifest"),
    )
    indexes = sa.select(index.c.id).select_from(naming)
    indexes = indexes.where(manifest_part.c.digest == digest, index.c.repository_id == holder.c.repository_id)
    tags = sa.or_(tag.c.artifact_id == holder.c.id, tag.c.artifact_id.in_(indexes.correlate(holder)))
    rows = connection.execute(
        sa.select(*place, tag.c.name.label("tag"))
        .select_from(inside.outerjoin(tag, sa.and_(tag.c.repository_id == holder.c.repository_id, tags)))
        .where(holder.c.digest == digest)
        .order_by("space", "repository", "tag")
        .limit(limit)
    )
    return tuple(
        f"{row.space}/{row.repository}" + (f":{row.tag}" if row.tag is not None else f"@{digest}") for row in rows
    )


def images_without_chain(
    connection: sa.Connection, config_types: Sequence[str], *, after: int, limit: int
) -> list[tuple[int, str]]:
    """Return (id, digest) of artifacts whose config is an image's and whose chain is not known, by rising id."""
    known = sa.select(sa.literal(1)).where(layer_chain.c.digest == artifact.c.digest)
    rows = connection.execute(
        sa.select(artifact.c.id, artifact.c.digest)
        .where(artifact.c.id > after, artifact.c.config_media_type.in_(list(config_types)), ~known.exists())
        .order_by(artifact.c.id)
        .limit(limit)
    )
    return [(row.id, row.digest) for row in rows]
