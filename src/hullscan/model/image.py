"""Images as the OCI image specification names their parts."""

import hashlib
from typing import Final, NewType

import msgspec

from hullscan.errors import InvalidReference
from hullscan.patterns import pattern

Digest = NewType("Digest", str)
"""`sha256:` or `sha512:` and the hexadecimal digits; made by `parse_digest` and `digest_of`."""

_DIGEST: Final = pattern(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")


def digest_of(data: bytes, algorithm: str = "sha256") -> Digest:
    """Return the digest of *data*."""
    return Digest(f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}")


def parse_digest(text: str) -> Digest:
    """
    Return *text* as a digest.

    Raises:
        InvalidReference: Another algorithm, or not its number of lower-case hexadecimal digits.

    Rule: OCI `descriptor.md`, "Digests" (the registered algorithms).
    """
    if not _DIGEST.fullmatch(text):
        raise InvalidReference(f"{text!r} is not a digest: expected sha256: and 64 hexadecimal digits")
    return Digest(text)


class Platform(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a manifest was built for, as in an image index."""

    os: str = ""
    architecture: str = ""
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


class Descriptor(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A blob or manifest by media type, digest and size."""

    media_type: str
    digest: Digest
    size_bytes: int
    annotations: tuple[tuple[str, str], ...] = ()
    platform: Platform | None = None
    artifact_type: str = ""
    urls: tuple[str, ...] = ()

    @property
    def is_foreign(self) -> bool:
        """Whether it is kept elsewhere, by its addresses (OCI `layer.md`, "Non-Distributable Layers")."""
        return "nondistributable" in self.media_type or ".foreign." in self.media_type


class Layer(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    One filesystem changeset of an image.

    `digest` names the blob as stored (compressed), `diff_id` the tar inside (empty if the config does not say).
    `position` counts from 0, the lowest layer.
    """

    digest: Digest
    media_type: str = ""
    size_bytes: int = -1
    diff_id: str = ""
    position: int = 0

    @property
    def is_encrypted(self) -> bool:
        """Whether its media type says that only the holder of a key can read it (ocicrypt, "Encrypted Container Images")."""
        return self.media_type.endswith("+encrypted")


class Lineage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    What one image says of where its layers come from.

    Attributes:
        digest: Of its manifest.
        layers: Digests of its layers' blobs, from the lowest up.
        chain: For each layer the chain ID of it and all below it; empty where the config does not say.
        by_history: How many layers, from the lowest up, its history ascribes to a base image; 0 if to none.
        base_name: The reference of its base image, as it says; "" if it does not.
        base_digest: The digest of its base image's manifest or index, as it says; "" if it does not.
        inherited: They stand in labels, which an image takes over from its base: so they may be the base's own.
    """

    digest: str
    layers: tuple[Digest, ...]
    chain: tuple[str, ...] = ()
    by_history: int = 0
    base_name: str = ""
    base_digest: str = ""
    inherited: bool = False


class Image(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    One platform's image: its manifest's digest, platform and layers from the lowest up, and what it says of them.

    `indexes` are the digests of those in which it was chosen, from the outermost in.
    """

    digest: Digest
    layers: tuple[Layer, ...]
    lineage: Lineage
    platform: Platform = Platform()
    media_type: str = ""
    artifact_type: str = ""
    config: Descriptor | None = None
    annotations: tuple[tuple[str, str], ...] = ()
    indexes: tuple[Digest, ...] = ()


class ArtifactRef(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where an artifact is: registry host, repository, and a tag or digest."""

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    def __str__(self) -> str:
        suffix = f"@{self.digest}" if self.digest else f":{self.tag}"
        return f"{self.registry}/{self.repository}{suffix}"
