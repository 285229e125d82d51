"""One package's header as RPM's databases keep it. Rule: rpm.org, "RPM Package format", "Header" (an index and a store)."""

import struct
from typing import Final

import msgspec

from hullscan.errors import UnreadableInput

_MOST_ENTRIES: Final = 100_000
_LARGEST: Final = 256 * 1024 * 1024

_NAME, _VERSION, _RELEASE, _EPOCH = 1000, 1001, 1002, 1003
_VENDOR, _LICENSE, _ARCH, _SOURCERPM = 1011, 1014, 1022, 1044
_OLD_FILES, _DIR_INDEXES, _BASENAMES, _DIRNAMES, _MODULARITY = 1027, 1116, 1117, 1118, 5096

_INT32, _STRING, _STRING_ARRAY, _I18N = 4, 6, 8, 9


class RpmHeader(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a header says; `epoch` is None if it says none; `files` without a leading slash."""

    name: str
    version: str
    release: str
    epoch: int | None
    architecture: str
    source_rpm: str
    vendor: str
    license: str
    modularity: str
    files: tuple[str, ...]

    @property
    def evr(self) -> str:
        """``[epoch:]version-release``; epoch 0 is left out."""
        text = f"{self.version}-{self.release}" if self.release else self.version
        return f"{self.epoch}:{text}" if self.epoch else text


def read_header(blob: bytes) -> RpmHeader:
    """
    Read a header blob: number of entries, bytes of the store, the entries (tag, type, offset, count), the store.

    Raises:
        UnreadableInput: It is none, or names no package.
    """
    if len(blob) < 8:
        raise UnreadableInput("an rpm header is cut off")
    entries, size = struct.unpack_from(">II", blob)
    if entries > _MOST_ENTRIES or size > _LARGEST or len(blob) < 8 + 16 * entries + size:
        raise UnreadableInput("an rpm header is damaged")
    store = blob[8 + 16 * entries : 8 + 16 * entries + size]
    tags: dict[int, tuple[int, int, int]] = {}
    for position in range(entries):
        tag, kind, offset, count = struct.unpack_from(">IIiI", blob, 8 + 16 * position)
        if 0 <= offset <= size:
            tags[tag] = (kind, offset, count)
    name = _text(tags, store, _NAME)
    if not name:
        raise UnreadableInput("an rpm header names no package")
    epochs = _ints(tags, store, _EPOCH)
    return RpmHeader(
        name=name,
        version=_text(tags, store, _VERSION),
        release=_text(tags, store, _RELEASE),
        epoch=epochs[0] if epochs else None,
        architecture=_text(tags, store, _ARCH),
        source_rpm=_text(tags, store, _SOURCERPM),
        vendor=_text(tags, store, _VENDOR),
        license=_text(tags, store, _LICENSE),
        modularity=_text(tags, store, _MODULARITY),
        files=_files(tags, store),
    )


def _text(tags: dict[int, tuple[int, int, int]], store: bytes, tag: int) -> str:
    found = tags.get(tag)
    if found is None or found[0] not in (_STRING, _STRING_ARRAY, _I18N):
        return ""
    end = store.find(b"\0", found[1])
    return store[found[1] : end if end >= 0 else len(store)].decode("utf-8", "replace")


def _texts(tags: dict[int, tuple[int, int, int]], store: bytes, tag: int) -> list[str]:
    found = tags.get(tag)
    if found is None:
        return []
    parts = store[found[1] :].split(b"\0", found[2])[: found[2]]
    return [part.decode("utf-8", "surrogateescape") for part in parts]


def _ints(tags: dict[int, tuple[int, int, int]], store: bytes, tag: int) -> tuple[int, ...]:
    found = tags.get(tag)
    if found is None or found[0] != _INT32 or found[1] + 4 * found[2] > len(store):
        return ()
    return struct.unpack_from(f">{found[2]}I", store, found[1])


def _files(tags: dict[int, tuple[int, int, int]], store: bytes) -> tuple[str, ...]:
    folders, names = _texts(tags, store, _DIRNAMES), _texts(tags, store, _BASENAMES)
    indexes = _ints(tags, store, _DIR_INDEXES)
    if names and len(names) == len(indexes):
        return tuple(
            (folders[index] + name).lstrip("/")
            for name, index in zip(names, indexes, strict=True)
            if index < len(folders)
        )
    return tuple(name.lstrip("/") for name in _texts(tags, store, _OLD_FILES))
