"""What an image says of where its layers come from: its history, its base image's annotations, its chain IDs."""

import re
from collections.abc import Sequence
from typing import Final

from hullscan.errors import InvalidReference
from hullscan.model.image import Digest, Lineage, digest_of, parse_digest
from hullscan.registry.config import ImageConfig, Step

_NAME: Final = "org.opencontainers.image.base.name"
_DIGEST: Final = "org.opencontainers.image.base.digest"

_COMMAND: Final = re.compile(r"^(?:/bin/sh -c #\(nop\)\s+)?(?:CMD|ENTRYPOINT)\b")
"""A Dockerfile's step that sets the command, as the classic builder and BuildKit write it into the history."""

_LONGEST_NAME: Final = 1_000


def lineage_of(
    digest: str, layers: Sequence[Digest], config: ImageConfig, annotations: Sequence[tuple[str, str]] = ()
) -> Lineage:
    """
    Return the lineage of the image *digest*; what its manifest's *annotations* say goes before its config's labels.

    Rule: OCI `annotations.md`, "Pre-Defined Annotation Keys" (`image.base`); builders write labels of the same names.
    """
    own = _told(annotations)
    name, base = own or _told(config.labels) or ("", "")
    return Lineage(
        digest=digest,
        layers=tuple(layers),
        chain=chain_ids(config.diff_ids) if len(config.diff_ids) == len(layers) else (),
        by_history=_count_by_history(config.history, len(layers)),
        base_name=name,
        base_digest=base,
        inherited=own is None and bool(name or base),
    )


def chain_ids(diff_ids: Sequence[str]) -> tuple[str, ...]:
    """
    Return for each layer the chain ID of it and all below it; nothing if one of *diff_ids* is no digest.

    Rule: OCI `config.md`, "Layer ChainID".
    """
    chain: list[str] = []
    for diff_id in diff_ids:
        try:
            parse_digest(diff_id)
        except InvalidReference:
            return ()
        chain.append(digest_of(f"{chain[-1]} {diff_id}".encode()) if chain else diff_id)
    return tuple(chain)


def _told(pairs: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """Return the base image's (name, digest) as annotations or labels say, None if they say neither."""
    found = dict(pairs)
    name = found.get(_NAME, "")[:_LONGEST_NAME]
    try:
        digest = parse_digest(found.get(_DIGEST, ""))
    except InvalidReference:
        digest = Digest("")
    return (name, digest) if name or digest else None


def _count_by_history(steps: Sequence[Step], layers: int) -> int:
    """
    Return how many of *layers*, from the lowest up, the base image brought; 0 if the history does not tell.

    A base image ends where its own command was set: builders write that into the history as a step without a layer
    (OCI `config.md`, "history"), and what was built on it comes behind. The last command is the image's own.
    """
    if sum(step.makes_layer for step in steps) != layers:
        return 0
    last_layer = max((place for place, step in enumerate(steps) if step.makes_layer), default=-1)
    for place in range(last_layer - 1, -1, -1):
        step = steps[place]
        if not step.makes_layer and _COMMAND.search(step.created_by):
            return sum(before.makes_layer for before in steps[:place])
    return 0
