"""Publishers' files as they pack them: compressed in any of the usual ways, single or as a tar of many."""

import bz2
import gzip
import io
import lzma
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, TypeVar

import msgspec
import zstandard

from hullscan.errors import NOT_JSON, FeedError

_T = TypeVar("_T")

_LARGEST_DOCUMENT: Final = 512 * 1024 * 1024
"""Plain bytes of one document that is read whole."""

_PACKED_BYTES: Final = 128
"""Of zstd at a time: each four of them may be a block of 128 KiB (RFC 8878, 3.1.1.2), which are made plain at once."""

_LARGEST_ARCHIVE: Final = 4 * 1024 * 1024 * 1024
"""Bytes of an archive inside another, which is put on disk to be read."""


_OPENERS: Final[dict[bytes, Callable[..., Any]]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
    b"\x28\xb5\x2f\xfd": lambda path: io.BufferedReader(_ZstdFrames(path.open("rb"))),
}
"""First bytes → what reads it: a mirror may have packed a file anew and left its name."""


class _ZstdFrames(io.RawIOBase):
    """Frames one after another, plain. zstandard's own reader takes a file that was cut off for one that ends there."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = packed
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._left = b""
        self._plain = memoryview(b"")

    def readable(self) -> bool:
        """See `io.RawIOBase`."""
        return True

    def readinto(self, buffer: Any) -> int:
        """
        See `io.RawIOBase`.

        Raises:
            EOFError: The file ends within a frame.
        """
        while not self._plain:
            data = self._left or self._packed.read(_PACKED_BYTES)
            self._left = b""
            if not data:
                if self._frame is not None:
                    raise EOFError("the zstd data end too early")
                return 0
            if self._frame is None:
                self._frame = zstandard.ZstdDecompressor().decompressobj(read_across_frames=False)
            self._plain = memoryview(self._frame.decompress(data))
            if self._frame.eof:
                self._left = self._frame.unused_data
                self._frame = None
        piece = self._plain[: len(buffer)]
        buffer[: len(piece)] = piece
        self._plain = self._plain[len(piece) :]
        return len(piece)

    def close(self) -> None:
        """Close the file too."""
        self._packed.close()
        super().close()


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        head = file.read(6)
    opener = next((one for magic, one in _OPENERS.items() if head.startswith(magic)), None)
    stream: IO[bytes] = opener(path) if opener is not None else path.open("rb")
    return stream


_DAMAGE: Final = (
    OSError,
    EOFError,
    NotImplementedError,
    zlib.error,
    lzma.LZMAError,
    zstandard.ZstdError,
    tarfile.TarError,
    zipfile.BadZipFile,
)


@contextmanager
def opened(root: Path, part: str) -> Iterator[IO[bytes]]:
    """
    Open one file as a stream of its plain bytes.

    Raises:
        FeedError: It cannot be read whole; raised where it is read, too.
    """
    try:
        with _open(root / part) as stream:
            yield stream
    except _DAMAGE as error:
        raise FeedError(f"{part} is cut off or damaged: {error}") from error


def document(root: Path, part: str) -> bytes:
    """
    Return one file, plain.

    Raises:
        FeedError: It cannot be read whole, or is larger than any such file is.
    """
    with opened(root, part) as stream:
        data = stream.read(_LARGEST_DOCUMENT + 1)
    if len(data) > _LARGEST_DOCUMENT:
        raise FeedError(f"{part} holds more than {_LARGEST_DOCUMENT} bytes")
    return data


def json_document(root: Path, part: str, decoder: msgspec.json.Decoder[_T], what: str) -> _T:
    """
    Return what *decoder* makes of one file of JSON.

    Raises:
        FeedError: As `document`, or it is no *what*.
    """
    try:
        return decoder.decode(document(root, part))
    except NOT_JSON as error:
        raise FeedError(f"{part} is no {what}: {error}") from error


def documents(root: Path, part: str, suffix: str) -> Iterator[tuple[str, bytes]]:
    """
    Return what a file holds, as (name, plain bytes): itself, or those members of a tar or zip whose names end with *suffix*.

    A zip in a zip is looked into, too: so the CVE List is packed.

    Raises:
        FeedError: As `document`.
    """
    if part.endswith(".zip"):
        yield from _zipped(root / part, part, suffix, nested=True)
        return
    if ".tar" not in part and not part.endswith(".tgz"):
        yield part, document(root, part)
        return
    with opened(root, part) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            if not member.isfile() or not member.name.endswith(suffix):
                continue
            if member.size > _LARGEST_DOCUMENT:
                raise FeedError(f"{part}: {member.name[:200]} has {member.size} bytes")
            inside = archive.extractfile(member)
            assert inside is not None
            yield member.name, inside.read()


def _zipped(file: Path | IO[bytes], part: str, suffix: str, *, nested: bool) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                if member.flag_bits & 1:
                    raise FeedError(f"{part}: {member.filename[:200]} is encrypted")
                if member.filename.endswith(".zip") and nested:
                    with archive.open(member) as inner, tempfile.TemporaryFile() as copy:
                        _copy(inner, copy, part)
                        yield from _zipped(copy, part, suffix, nested=False)
                elif member.filename.endswith(suffix):
                    if member.file_size > _LARGEST_DOCUMENT:
                        raise FeedError(f"{part}: {member.filename[:200]} has {member.file_size} bytes")
                    yield member.filename, archive.read(member)
    except _DAMAGE as error:
        raise FeedError(f"{part} is cut off or damaged: {error}") from error


def _copy(inner: IO[bytes], copy: IO[bytes], part: str) -> None:
    while chunk := inner.read(1024 * 1024):
        copy.write(chunk)
        if copy.tell() > _LARGEST_ARCHIVE:
            raise FeedError(f"{part} holds an archive of more than {_LARGEST_ARCHIVE} bytes")
    copy.seek(0)
