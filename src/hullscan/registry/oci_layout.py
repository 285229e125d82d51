"""An OCI image layout in a folder. Rule: OCI `image-layout.md`."""

from pathlib import Path
from typing import IO, Final

from hullscan.errors import InvalidReference, NotFound, UnreadableInput
from hullscan.model.image import Descriptor, Digest, Image, Layer, parse_digest
from hullscan.registry.manifest import OCI_INDEX, parse_manifest
from hullscan.registry.source import choose_image, small_blob

_REF_NAME: Final = "org.opencontainers.image.ref.name"


class OciLayout:
    """``oci:DIR[:tag]``; see `ImageSource`."""

    checks_digests = False
    is_local = True

    def __init__(self, root: Path, tag: str = "") -> None:
        if not root.is_dir():
            raise NotFound(f"{root} is not a folder, so it is no OCI layout")
        if not (root / "index.json").is_file():
            raise NotFound(f"{root} has no index.json, so it is no OCI layout")
        self._root = root
        self._tag = tag

    def image(self, platform: str) -> Image:
        """See `ImageSource`."""
        return choose_image(self._entry(), platform, self._read)

    def open_layer(self, layer: Layer) -> IO[bytes]:
        """See `ImageSource`."""
        return self._open(layer.digest)

    def _entry(self) -> Descriptor:
        data = (self._root / "index.json").read_bytes()
        index = parse_manifest(data, OCI_INDEX)
        entries = index.manifests
        if not entries:
            raise NotFound(f"{self._root} holds no image: its index.json names none")
        if not self._tag:
            return self._only(entries)
        named = [entry for entry in entries if dict(entry.annotations).get(_REF_NAME) == self._tag]
        if not named:
            named = [entry for entry in entries if entry.digest == self._tag]
        if not named:
            raise NotFound(f"{self._root} has no image tagged {self._tag}; there is: {_tags(entries)}")
        return named[0]

    def _only(self, entries: tuple[Descriptor, ...]) -> Descriptor:
        if len({entry.digest for entry in entries}) == 1:
            return entries[0]
        latest = [entry for entry in entries if dict(entry.annotations).get(_REF_NAME) == "latest"]
        if latest:
            return latest[0]
        if all(entry.platform is not None for entry in entries):
            # Some tools write the images of several platforms straight into index.json.
            data = (self._root / "index.json").read_bytes()
            return Descriptor(media_type=OCI_INDEX, digest=Digest(""), size_bytes=len(data))
        raise InvalidReference(
            f"{self._root} holds several images, say which: oci:{self._root}:TAG, with {_tags(entries)}"
        )

    def _read(self, descriptor: Descriptor) -> bytes:
        if not descriptor.digest:
            return (self._root / "index.json").read_bytes()
        return small_blob(self._open(descriptor.digest), descriptor)

    def _open(self, digest: Digest) -> IO[bytes]:
        algorithm, _, encoded = parse_digest(digest).partition(":")
        path = self._root / "blobs" / algorithm / encoded
        try:
            return path.open("rb")
        except FileNotFoundError as error:
            raise NotFound(f"the blob {digest} is not in the layout") from error
        except OSError as error:
            raise UnreadableInput(f"the blob {digest} cannot be read: {error}") from error


def _tags(entries: tuple[Descriptor, ...]) -> str:
    names = [dict(entry.annotations).get(_REF_NAME, "") for entry in entries]
    return ", ".join(sorted(name for name in names if name)) or "images without a tag"
