"""One file of a layer, as detectors get it."""

from collections.abc import Callable
from typing import IO, Final, TypeVar, cast

_T = TypeVar("_T")

_FARTHEST: Final = 2**42
"""Behind the end of every file; from some 16 TiB on, file systems refuse the place itself."""


class LayerFile:
    """
    A regular file that a detector wanted.

    `path` is normalised (no leading slash, no ``..``), `size_bytes` that of its tar entry.
    The content is seekable and buffered (in memory when small, in an unnamed temporary file when large), and
    valid only until the detector returns.
    """

    __slots__ = ("_known", "_open", "_release", "_siblings", "path", "size_bytes")

    def __init__(
        self,
        path: str,
        size_bytes: int,
        open_content: Callable[[], IO[bytes]],
        siblings: Callable[[str], "LayerFile | None"] | None = None,
        release: Callable[[], None] | None = None,
    ) -> None:
        self.path = path
        self.size_bytes = size_bytes
        self._known: dict[Callable[[IO[bytes]], object], object] = {}
        self._open = open_content
        self._siblings = siblings
        self._release = release

    def open(self) -> IO[bytes]:
        """Return the content as a new seekable binary stream at its start; the caller closes it."""
        return self._open()

    def read(self) -> bytes:
        """Return the whole content; for files that a detector knows to be small."""
        with self._open() as stream:
            return stream.read()

    def known(self, reader: Callable[[IO[bytes]], _T]) -> _T:
        """Return what *reader* makes of the content; it is asked once, though several detectors want to know it."""
        if reader not in self._known:
            with self._open() as stream:
                self._known[reader] = reader(stream)
        return cast(_T, self._known[reader])

    def sibling(self, name: str) -> "LayerFile | None":
        """Return the file *name*, a path from the same folder of the same layer, if a detector wanted it too (rpmdb.sqlite-wal)."""
        return self._siblings(name) if self._siblings else None

    def release(self) -> None:
        """Let the content go; for the walk that made this, once all detectors have returned."""
        if self._release is not None:
            self._release()


def read_at(stream: IO[bytes], place: int, size: int) -> bytes:
    """Return up to *size* bytes at *place*, which a file says itself and which may be anywhere: behind the end is nothing."""
    if not 0 <= place < _FARTHEST:
        return b""
    stream.seek(place)
    return stream.read(min(size, _FARTHEST))
