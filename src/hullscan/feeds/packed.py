"""Publishers' files as they pack them: compressed in any of the usual ways, single or as a tar of many."""

import bz2
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import zstandard

from hullscan.errors import FeedError

_LARGEST_DOCUMENT: Final = 512 * 1024 * 1024
"""Plain bytes of one document that is read whole."""


def _open_zstd(path: Path) -> IO[bytes]:
    return zstandard.ZstdDecompressor().stream_reader(path.open("rb"), read_across_frames=True, closefd=True)


def _open_plain(path: Path) -> IO[bytes]:
    return path.open("rb")


_OPENERS: Final[dict[str, Callable[..., Any]]] = {
    ".gz": gzip.open,
    ".tgz": gzip.open,
    ".bz2": bz2.open,
    ".xz": lzma.open,
    ".zst": _open_zstd,
}

_DAMAGE: Final = (OSError, EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError, tarfile.TarError)


@contextmanager
def opened(root: Path, part: str) -> Iterator[IO[bytes]]:
    """
    Open one file as a stream of its plain bytes.

    Raises:
        FeedError: It cannot be read whole; raised where it is read, too.
    """
    path = root / part
    try:
        with _OPENERS.get(path.suffix, _open_plain)(path) as stream:
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


def documents(root: Path, part: str, suffix: str) -> Iterator[tuple[str, bytes]]:
    """
    Return what a file holds, as (name, plain bytes): itself, or those members of a tar whose names end with *suffix*.

    Raises:
        FeedError: As `document`.
    """
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
