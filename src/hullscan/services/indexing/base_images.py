"""
Which layers of an image its base image brought: asked of the store each time, since a base may come or go at any time.

Nothing of the answer is kept, and SWR's stored reports do not tell it; so they need not be rendered anew.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

import sqlalchemy as sa

from hullscan.errors import NotFound
from hullscan.model.base_image import BaseImage, BaseRule
from hullscan.model.image import Digest, Lineage
from hullscan.registry.manifest import Manifest, is_attestation, parse_manifest
from hullscan.services.context import Context
from hullscan.services.indexing.index import config_of, read_small
from hullscan.store.artifacts.chains import named_images, nearest_base, places_of
from hullscan.store.database import reading
from hullscan.store.reports.fleet import repositories_of

_MOST_PLACES: Final = 100


def lineages_of(context: Context, digest: str, manifest: Manifest) -> tuple[Lineage, ...]:
    """Return the lineage of an image in the store, or those of an index's images; none where a config is not here."""
    if manifest.is_index:
        children = [child.digest for child in manifest.children if not is_attestation(child)]
        here = [child for child in children if context.blobs.size(child) is not None]
        return tuple(
            lineage
            for child in here
            if (found := parse_manifest(read_small(context, child))).is_image
            for lineage in lineages_of(context, child, found)
        )
    config = config_of(context, manifest) if manifest.is_image else None
    return (manifest.image(Digest(digest), config).lineage,) if config is not None else ()


def bases_of_artifact(context: Context, digest: str) -> tuple[BaseImage, ...]:
    """
    Return the base images of an artifact in the store: one for each image of an index.

    Raises:
        NotFound: No repository has it.
    """
    with reading(context.engine) as connection:
        if not repositories_of(connection, digest):
            raise NotFound(f"there is no artifact {digest} here")
    lineages = lineages_of(context, digest, parse_manifest(read_small(context, digest)))
    with reading(context.engine) as connection:
        return bases_of(connection, lineages)


def bases_of(connection: sa.Connection, lineages: Iterable[Lineage]) -> tuple[BaseImage, ...]:
    """Return what is known of the base images of images; those of which nothing is known are left out."""
    found = (_base_of(connection, lineage) for lineage in lineages)
    return tuple(base for base in found if base is not None)


class _Claim(NamedTuple):
    """That the lowest layers of an image are its base's, by a rule; `artifact` is the base's digest where it is here."""

    layers: int
    rule: BaseRule
    artifact: str = ""


def _base_of(connection: sa.Connection, lineage: Lineage) -> BaseImage | None:
    told, confirmed = _told(connection, lineage)
    claims = [told] if told is not None else []
    if told is None or lineage.inherited:
        # Labels are taken over from the base, which may have them from its own: so the longest claim counts.
        shared = nearest_base(connection, lineage.digest, lineage.chain)
        if shared is not None:
            claims.append(_Claim(shared.layers, BaseRule.SHARED_CHAIN, shared.digest))
        if lineage.by_history:
            claims.append(_Claim(lineage.by_history, BaseRule.HISTORY))
    best = max(claims, key=lambda claim: claim.layers, default=None)
    if best is None and not lineage.base_name and not lineage.base_digest:
        return None
    return BaseImage(
        rule=best.rule if best else None,
        layers=lineage.layers[: best.layers] if best else (),
        total=len(lineage.layers),
        artifact=best.artifact if best else "",
        places=places_of(connection, best.artifact, _MOST_PLACES) if best and best.artifact else (),
        told_name=lineage.base_name,
        told_digest=lineage.base_digest,
        confirmed=confirmed,
    )


def _told(connection: sa.Connection, lineage: Lineage) -> tuple[_Claim | None, bool | None]:
    """Return what follows from the base's digest that the image says, and whether it holds (see `BaseImage`)."""
    if not lineage.base_digest or not lineage.chain:
        return None, None
    named = named_images(connection, lineage.base_digest)
    places = {chain: place for place, chain in enumerate(lineage.chain, 1)}
    fitting = [one for one in named if places.get(one.chain) == one.layers]
    if not fitting:
        return None, False if named else None
    base = max(fitting, key=lambda one: one.layers)
    return _Claim(base.layers, BaseRule.ANNOTATION, base.digest), True
