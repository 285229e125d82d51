"""What hangs on an artifact: signatures, SBOMs, attestations; by ``subject`` or by cosign's tags."""

import re
from collections.abc import Sequence
from typing import Final

from hullscan.registry.manifest import Manifest

_COSIGN_TAG: Final = re.compile(r"(sha256|sha512)-([0-9a-f]{64,128})(?:\.(sig|att|sbom))?")
"""cosign's "tag-based discovery", and the tag fallback of the distribution specification's referrers."""

_BY_SUFFIX: Final = {"sig": "signature.cosign", "att": "attestation.cosign", "sbom": "sbom.cosign"}

_BY_TYPE: Final = (
    ("application/vnd.dev.cosign.simplesigning", "signature.cosign"),
    ("application/vnd.dev.sigstore.bundle", "signature.cosign"),
    ("application/vnd.cncf.notary.signature", "signature.notation"),
    ("application/vnd.in-toto", "attestation"),
    ("application/vnd.dsse.envelope", "attestation"),
    ("application/vnd.cyclonedx", "sbom.cyclonedx"),
    ("application/spdx", "sbom.spdx"),
    ("text/spdx", "sbom.spdx"),
    ("application/vnd.syft", "sbom.syft"),
)
"""How the artifact's type, config or first layer begins → what it is."""


def accessory_of(manifest: Manifest, tags: Sequence[str]) -> tuple[str, str]:
    """
    Return (type, digest of what it hangs on), ("", "") for what stands alone.

    The type is SWR's word for a cosign signature, else made alike.
    """
    if manifest.subject is not None:
        return _kind(manifest) or "subject", str(manifest.subject.digest)
    for name in tags:
        found = _COSIGN_TAG.fullmatch(name)
        if found is not None and found[3]:
            return _BY_SUFFIX[found[3]], f"{found[1]}:{found[2]}"
    return "", ""


def is_sbom(manifest: Manifest) -> bool:
    """Say whether an artifact is a bill of materials, by itself or hanging on an image."""
    return not manifest.is_index and bool(manifest.layers) and _kind(manifest).startswith("sbom.")


def hangs_on_images(manifest: Manifest) -> bool:
    """Say whether an artifact is about another one: a signature, an SBOM, an attestation."""
    return manifest.subject is not None or bool(_known_kind(manifest))


def _kind(manifest: Manifest) -> str:
    return _known_kind(manifest) or manifest.artifact_type


def _known_kind(manifest: Manifest) -> str:
    types = [manifest.artifact_type, *(layer.media_type for layer in manifest.layers[:1]), manifest.config_media_type]
    for text in types:
        for start, kind in _BY_TYPE:
            if text.startswith(start):
                return kind
    return ""
