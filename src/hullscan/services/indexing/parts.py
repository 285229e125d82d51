"""What a manifest names, as the store keeps it."""

from hullscan.registry.manifest import Manifest, is_blob
from hullscan.store.artifacts.artifact_rows import Part


def parts_of(manifest: Manifest) -> list[Part]:
    """Return config, layers, and what an index lists, in this order."""
    parts = []
    if manifest.config is not None:
        one = manifest.config
        parts.append(Part(kind="config", digest=one.digest, media_type=one.media_type, size_bytes=one.size_bytes))
    parts += [
        Part(kind="layer", digest=one.digest, media_type=one.media_type, size_bytes=one.size_bytes)
        for one in manifest.layers
    ]
    parts += [
        Part(
            kind="blob" if is_blob(one) else "manifest",
            digest=one.digest,
            media_type=one.media_type,
            size_bytes=one.size_bytes,
            platform=str(one.platform) if one.platform else "",
        )
        for one in manifest.manifests
    ]
    return parts
