"""A tar that ``docker save`` wrote (or skopeo's docker-archive), old form and new, read in place."""

import gzip
import tarfile
import zlib
from pathlib import Path
from typing import IO, Any, Final, cast

import msgspec

from hullscan.errors import NOT_JSON, InvalidReference, NotFound, UnreadableInput
from hullscan.layers.paths import normal_path
from hullscan.model.image import Digest, Image, Layer, digest_of
from hullscan.registry.config import read_config
from hullscan.registry.lineage import lineage_of
from hullscan.registry.source import parse_platform

_MOST_MEMBERS: Final = 100_000
_LARGEST_JSON: Final = 16 * 1024 * 1024


class DockerArchive:
    """
    ``docker-archive:FILE``; see `ImageSource`.

    A layer's digest is that of its tar, as the config's diff IDs say. A member that is a link to an earlier copy of
    its layer is that layer (docker save writes each once).
    """

    checks_digests = False
    is_local = True

    def __init__(self, path: Path, name: str = "") -> None:
        if not path.is_file():
            raise NotFound(f"{path} is not a file, so it is no docker archive")
        self._path = path
        self._name = name
        self._members: dict[str, tarfile.TarInfo] = {}
        self._layers: dict[str, str] = {}
        self._read_members()

    def image(self, platform: str) -> Image:
        """See `ImageSource`."""
        entry = self._entry()
        config_name = entry.get("Config")
        names = entry.get("Layers")
        if not isinstance(config_name, str) or not isinstance(names, list):
            raise UnreadableInput(f"{self._path}: manifest.json names no Config and Layers")
        config = self._small(config_name)
        told = read_config(config)
        found, diff_ids = told.platform, told.diff_ids
        wanted = parse_platform(platform)
        if wanted is not None and (found.os, found.architecture) != (wanted.os, wanted.architecture):
            raise NotFound(f"there is no image for {platform}; there is: {found}")
        if len(diff_ids) != len(names):
            raise UnreadableInput(f"{self._path}: the config names {len(diff_ids)} layers, manifest.json {len(names)}")
        layers = []
        for position, (name, diff_id) in enumerate(zip(names, diff_ids, strict=True)):
            self._layers[diff_id] = str(name)
            layers.append(Layer(digest=Digest(diff_id), diff_id=diff_id, position=position))
        digest = digest_of(config)
        lineage = lineage_of(digest, [layer.digest for layer in layers], told)
        return Image(digest=digest, layers=tuple(layers), platform=found, lineage=lineage)

    def open_layer(self, layer: Layer) -> IO[bytes]:
        """See `ImageSource`."""
        return self._open(self._layers[layer.digest])

    def _entry(self) -> dict[str, Any]:
        try:
            entries = msgspec.json.decode(self._small("manifest.json"))
        except NOT_JSON as error:
            raise UnreadableInput(f"{self._path}: manifest.json is no JSON: {error}") from error
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries) or not entries:
            raise UnreadableInput(f"{self._path}: manifest.json names no image")
        if not self._name:
            if len(entries) > 1:
                tags = ", ".join(str(tag) for entry in entries for tag in entry.get("RepoTags") or ())
                raise InvalidReference(
                    f"{self._path} holds several images, say which: docker-archive:{self._path}:NAME, with {tags}"
                )
            return cast(dict[str, Any], entries[0])
        for entry in entries:
            if self._name in (entry.get("RepoTags") or ()):
                return cast(dict[str, Any], entry)
        raise NotFound(f"{self._path} holds no image called {self._name}")

    def _read_members(self) -> None:
        try:
            with self._stream() as stream, tarfile.open(fileobj=stream, mode="r:") as archive:
                for member in archive:
                    name = normal_path(member.name)
                    if name:
                        self._members[name] = member
                    if len(self._members) > _MOST_MEMBERS:
                        raise UnreadableInput(f"{self._path} holds too many members for a docker archive")
        except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
            if "manifest.json" not in self._members:
                raise UnreadableInput(f"{self._path} is no docker archive, or is cut off: {error}") from error
        if "manifest.json" not in self._members:
            raise UnreadableInput(f"{self._path} is no docker archive: it holds no manifest.json")

    def _stream(self) -> IO[bytes]:
        stream = self._path.open("rb")
        if stream.read(2) == b"\x1f\x8b":
            stream.close()
            return cast(IO[bytes], gzip.open(self._path))
        stream.seek(0)
        return stream

    def _small(self, name: str) -> bytes:
        with self._open(name) as stream:
            data = stream.read(_LARGEST_JSON + 1)
        if len(data) > _LARGEST_JSON:
            raise UnreadableInput(f"{self._path}: {name} is too large")
        return data

    def _open(self, name: str) -> IO[bytes]:
        member = self._resolve(name)
        stream = self._stream()
        stream.seek(member.offset_data)
        return cast(IO[bytes], _Slice(stream, member.size, f"{self._path}: {name}"))

    def _resolve(self, name: str) -> tarfile.TarInfo:
        seen: set[str] = set()
        path = normal_path(name)
        while path and path not in seen:
            seen.add(path)
            member = self._members.get(path)
            if member is None:
                break
            if member.isreg():
                return member
            if member.issym():
                folder = path.rpartition("/")[0]
                path = normal_path(f"{folder}/{member.linkname}" if folder else member.linkname)
            elif member.islnk():
                path = normal_path(member.linkname)
            else:
                break
        raise NotFound(f"{self._path} does not hold {name}")


class _Slice:
    """A member's content as a stream of its own."""

    def __init__(self, stream: IO[bytes], size: int, name: str) -> None:
        self._stream = stream
        self._left = size
        self._name = name

    def read(self, size: int = -1) -> bytes:
        """Return up to *size* bytes, all of the rest for -1."""
        wanted = self._left if size < 0 else min(size, self._left)
        data = self._stream.read(wanted) if wanted else b""
        if wanted and not data:
            raise UnreadableInput(f"{self._name} is cut off")
        self._left -= len(data)
        return data

    def close(self) -> None:
        """Close the archive."""
        self._stream.close()

    def __enter__(self) -> "_Slice":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
