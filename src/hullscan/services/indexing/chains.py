"""The chain IDs of the images in the store: kept when a manifest is accepted, and for those that were there before."""

from typing import Final

import structlog

from hullscan.errors import HullscanError, UnreadableInput
from hullscan.registry.manifest import IMAGE_CONFIGS, Manifest, parse_manifest
from hullscan.services.context import Context
from hullscan.services.indexing.base_images import lineages_of
from hullscan.services.indexing.index import read_small
from hullscan.store.artifacts.chains import images_without_chain, put_chain
from hullscan.store.database import reading, writing

_BATCH: Final = 200

_log = structlog.get_logger()


def chain_of(context: Context, digest: str, manifest: Manifest) -> tuple[str, ...] | None:
    """Return the chain of an image, empty if its config does not tell it; None for what is no image, or without config."""
    if manifest.is_index:
        return None
    try:
        lineages = lineages_of(context, digest, manifest)
    except UnreadableInput:
        return ()
    return lineages[0].chain if lineages else None


def note_missing_chains(context: Context) -> None:
    """Keep the chains of images that an earlier release accepted; those whose config is not here are left out."""
    after = 0
    while True:
        with reading(context.engine) as connection:
            page = images_without_chain(connection, sorted(IMAGE_CONFIGS), after=after, limit=_BATCH)
        if not page:
            return
        found = [(digest, _chain_in_store(context, digest)) for _, digest in page]
        with writing(context.engine) as connection:
            for digest, chain in found:
                if chain is not None:
                    put_chain(connection, digest, chain)
        after = page[-1][0]


def _chain_in_store(context: Context, digest: str) -> tuple[str, ...] | None:
    try:
        return chain_of(context, digest, parse_manifest(read_small(context, digest)))
    except HullscanError as error:
        _log.warning("chain not known", digest=digest, reason=str(error))
        return None
