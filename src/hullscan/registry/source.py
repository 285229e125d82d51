"""Where an image is read from: what all sources have in common."""

import hashlib
import os
from collections.abc import Callable
from typing import IO, Final, Protocol

from msgspec.structs import replace

from hullscan.errors import DigestMismatch, InvalidReference, NotFound, UnreadableInput
from hullscan.model.image import Descriptor, Digest, Image, Layer, Platform
from hullscan.registry.manifest import Manifest, is_attestation, parse_manifest

_ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}
"""`uname -m` → Go's names, which image indexes use."""

DEEPEST_INDEX: Final = 5
_LARGEST_MANIFEST: Final = 16 * 1024 * 1024


class ImageSource(Protocol):
    """
    An image that can be read, layer by layer.

    `checks_digests` says that its streams end in `DigestMismatch` by themselves where a blob is not what it is called;
    `is_local` that they may be opened in a forked process, as no connection is shared.
    """

    checks_digests: bool
    is_local: bool

    def image(self, platform: str) -> Image:
        """
        Return the image for *platform* (``os/architecture[/variant]``; "" is this machine's).

        Raises:
            NotFound: There is none for that platform; the text says what there is.
        """
        ...

    def open_layer(self, layer: Layer) -> IO[bytes]:
        """
        Return the layer's blob as a stream.

        Raises:
            NotFound: The blob is not there.
        """
        ...


def parse_platform(text: str) -> Platform | None:
    """Return ``os/architecture[/variant]`` as a platform, None for ""."""
    if not text:
        return None
    parts = text.split("/")
    if len(parts) not in (2, 3) or not all(parts):
        raise InvalidReference(f"{text!r} is not a platform: write os/architecture, such as linux/arm64")
    return Platform(os=parts[0], architecture=parts[1], variant=parts[2] if len(parts) == 3 else "")


def this_platform() -> Platform:
    """Return the platform of Linux images that this machine would run."""
    name = os.uname().machine.lower()
    return Platform(os="linux", architecture=_ARCHITECTURES.get(name, name))


def choose_image(root: Descriptor, platform: str, read: Callable[[Descriptor], bytes], *, depth: int = 0) -> Image:
    """
    Follow *root* (a manifest or index, nested ones too) to one image; *read* gives the bytes of small blobs.

    An index without this machine's platform gives its first image, if none was asked for.

    Rule: OCI `image-index.md`; attestations and children of unknown platforms are no images.
    """
    manifest = parse_manifest(read(root), root.media_type)
    if not manifest.is_index:
        return _image(root.digest, manifest, platform, read)
    if depth >= DEEPEST_INDEX:
        raise UnreadableInput("indexes are nested too deeply")
    children = [child for child in manifest.children if not is_attestation(child)]
    if not children:
        raise NotFound("the index names no image")
    wanted = parse_platform(platform)
    exact = [child for child in children if _runs(child.platform, wanted or this_platform())]
    if exact:
        return _within(root, choose_image(exact[0], "", read, depth=depth + 1))
    nested = [child for child in children if child.platform is None]
    for child in nested:
        try:
            return _within(root, choose_image(child, platform, read, depth=depth + 1))
        except NotFound:
            continue
    if wanted is None:
        return _within(root, choose_image(children[0], "", read, depth=depth + 1))
    there = ", ".join(sorted(str(child.platform) for child in children if child.platform))
    raise NotFound(f"there is no image for {platform}; there is: {there or 'nothing that names a platform'}")


def _within(index: Descriptor, image: Image) -> Image:
    return replace(image, indexes=(index.digest, *image.indexes))


class CheckedBlob:
    """
    A blob's stream that knows at its end whether the blob is what it is called.

    `difference` is None before the end was read, then how the blob differs from its digest and size; "" where it does not.

    Rule: OCI `descriptor.md`, "Verification".
    """

    def __init__(self, stream: IO[bytes], digest: Digest, size_bytes: int = -1) -> None:
        self._stream = stream
        self._digest = digest
        self._size_bytes = size_bytes
        self._algorithm, _, self._expected = digest.partition(":")
        self._running = hashlib.new(self._algorithm)
        self._received = 0
        self.difference: str | None = None

    def read(self, size: int) -> bytes:
        """Return up to *size* bytes, none at the end."""
        chunk = self._stream.read(size)
        self._running.update(chunk)
        self._received += len(chunk)
        if not chunk:
            self.difference = self._compare()
        return chunk

    def _compare(self) -> str:
        if 0 <= self._size_bytes != self._received:
            return f"the blob {self._digest} has {self._received} bytes and should have {self._size_bytes}"
        found = self._running.hexdigest()
        if found == self._expected:
            return ""
        return f"the blob {self._digest} has another content: its digest is {self._algorithm}:{found}"

    def __enter__(self) -> "CheckedBlob":
        return self

    def __exit__(self, *exc: object) -> None:
        self._stream.close()


def small_blob(stream: IO[bytes], descriptor: Descriptor) -> bytes:
    """Return a manifest or config whole, checked against its digest."""
    with stream:
        data = stream.read(_LARGEST_MANIFEST + 1)
    if len(data) > _LARGEST_MANIFEST:
        raise UnreadableInput(f"the manifest or config {descriptor.digest} is larger than {_LARGEST_MANIFEST} bytes")
    algorithm, _, expected = descriptor.digest.partition(":")
    if hashlib.new(algorithm, data).hexdigest() != expected:
        raise DigestMismatch(f"the blob {descriptor.digest} has another content than its digest says")
    return data


def _image(digest: Digest, manifest: Manifest, platform: str, read: Callable[[Descriptor], bytes]) -> Image:
    if not manifest.is_image:
        kind = manifest.artifact_type or manifest.config_media_type or "unknown"
        raise UnreadableInput(f"this is no image but an artifact of type {kind}: it has no file system to look into")
    assert manifest.config is not None
    image = manifest.image(digest, read(manifest.config))
    wanted = parse_platform(platform)
    if wanted is not None and image.platform.os and not _runs(image.platform, wanted):
        raise NotFound(f"there is no image for {platform}; there is: {image.platform}")
    return image


def _runs(found: Platform | None, wanted: Platform) -> bool:
    return (
        found is not None
        and (found.os, found.architecture) == (wanted.os, wanted.architecture)
        and (not wanted.variant or found.variant == wanted.variant)
    )
