"""How an image was built, as its config tells (OCI image-spec `config.md`, "history")."""

from typing import Any

import msgspec

from hullscan.errors import NOT_JSON, NotFound, UnreadableInput
from hullscan.registry.manifest import parse_manifest
from hullscan.services.context import Context


def build_history(context: Context, digest: str) -> list[dict[str, Any]]:
    """
    Return the steps of an image with the layers they made, in SWR's fields.

    Raises:
        NotFound: Manifest or config are not in the store.
        UnreadableInput: It is no image, or its config is no JSON.
    """
    manifest = parse_manifest(b"".join(context.blobs.read(digest)))
    if manifest.config is None or not manifest.is_image:
        raise UnreadableInput("it is no image")
    if context.blobs.size(manifest.config.digest) is None:
        raise NotFound("its config is not in the store")
    try:
        config = msgspec.json.decode(b"".join(context.blobs.read(manifest.config.digest)))
    except NOT_JSON as error:
        raise UnreadableInput(f"its config is no JSON: {error}") from error
    told = config.get("history") if isinstance(config, dict) else None
    layers = list(manifest.layers)
    steps = []
    for one in told if isinstance(told, list) else []:
        if not isinstance(one, dict):
            continue
        empty = one.get("empty_layer") is True
        layer = layers.pop(0) if layers and not empty else None
        steps.append(
            {
                "created_at": str(one.get("created", "")),
                "created_by": str(one.get("created_by", "")),
                "empty_layer": empty,
                "mediaType": layer.media_type if layer else "",
                "size": layer.size_bytes if layer else 0,
                "digest": layer.digest if layer else "",
            }
        )
    return steps
