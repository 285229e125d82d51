"""The bytes of one wanted file: in memory while small, in an unnamed temporary file when large."""

import io
import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import IO, Final, cast

_COPIED_BYTES: Final = 64 * 1024
"""Up to so much is read from a copy, which is the fastest stream there is; of a larger file most is never read."""

_BUFFER_BYTES: Final = 16 * 1024


class LeftOut(Exception):  # no error: a signal to keep all
    """Bytes are asked for that were not kept."""


class Scratch:
    """
    Room for a walk's files, one after another: up to *size_bytes* of one are kept as they came, in memory; of a larger one all are
    in a temporary file, which the next large one uses again.
    """

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        self._file: IO[bytes] | None = None

    def file(self) -> IO[bytes]:
        """Return the temporary file at its start, of any content; who had it before has been closed or detached."""
        if self._file is None:
            import tempfile  # takes 3 ms, and few layers hold anything as large

            self._file = cast(IO[bytes], tempfile.TemporaryFile())  # noqa: SIM115 (closed by `close`)
        self._file.seek(0)
        return self._file

    def give_away_file(self) -> None:
        """Leave the temporary file to who has it."""
        self._file = None

    def close(self) -> None:
        """Let the temporary file go."""
        if self._file is not None:
            self._file.close()
            self._file = None


class Content:
    """
    Written once from front to back, then read as often as wanted, then closed; what *scratch* cannot hold goes to its file.

    The bytes of `gap`, which is set before they come, are not kept: to read them raises `LeftOut`. The others are not copied:
    what was inflated stays for as long as a file needs it.
    """

    def __init__(self, scratch: Scratch) -> None:
        self.gap = range(0)
        self._scratch = scratch
        self._pieces: list[memoryview] = []
        self._file: IO[bytes] | None = None
        self._owns_file = False
        self._stream: IO[bytes] | None = None
        self._came = 0
        self._size = 0

    def write(self, data: memoryview) -> None:
        """Take the next bytes, which never change."""
        start, self._came = self._came, self._came + len(data)
        gap = self.gap
        if gap.start < self._came and start < gap.stop:
            self._keep(data[: max(0, gap.start - start)])
            data = data[gap.stop - start :]
        self._keep(data)

    def _keep(self, data: memoryview) -> None:
        if not data:
            return
        self._size += len(data)
        if self._file is not None:
            self._file.write(data)
            return
        self._pieces.append(data)
        if self._size > self._scratch.size_bytes:
            self._file = self._scratch.file()
            self._file.writelines(self._pieces)
            self._pieces = []

    def open(self) -> IO[bytes]:
        """Return the bytes as a stream at their start; closing it keeps them for the next reader."""
        if self._stream is None:
            self._stream = self._reader()
        self._stream.seek(0)
        return cast(IO[bytes], _Unclosed(self._stream))

    def detach(self) -> None:
        """Leave the scratch to the next file: this one is read again later, together with others."""
        if self._pieces and not self.gap:
            if self._stream is not None:
                self._stream.close()
            self._stream = self._copied()
        elif self._file is not None:
            self._scratch.give_away_file()
            self._owns_file = True

    def close(self) -> None:
        """Let the bytes go."""
        if self._stream is not None:
            self._stream.close()
        if self._file is not None and self._owns_file:
            self._file.close()
        self._file = None
        self._pieces = []

    def _reader(self) -> IO[bytes]:
        kept: _First
        if self._file is not None:
            self._file.flush()
            kept = _Part(self._file.fileno(), self._size)
        elif self._size <= _COPIED_BYTES and not self.gap:
            return self._copied()
        else:
            kept = _Pieces(self._pieces, self._size)
        return io.BufferedReader(_Around(kept, self.gap) if self.gap else kept, _BUFFER_BYTES)

    def _copied(self) -> IO[bytes]:
        """Take the bytes out of the pieces that they came in, each of which holds others, too."""
        data = b"".join(self._pieces)
        self._pieces = []
        return io.BytesIO(data)


class _First(io.RawIOBase):
    """The first *size* bytes of something larger as a stream."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """See `io.IOBase.seek`; a place behind the end reads as nothing."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if origin + offset < 0:
            raise ValueError("a negative place in a file")
        self._position = origin + offset
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """See `io.RawIOBase.readinto`."""
        size = max(0, min(len(buffer), self.size - self._position))
        read = self.copy(self._position, memoryview(buffer)[:size]) if size else 0
        self._position += read
        return read

    def copy(self, place: int, buffer: memoryview) -> int:
        """Fill *buffer*, which is not empty, with what is at *place*, before the end; return how many bytes that are."""
        raise NotImplementedError


class _Pieces(_First):
    """The first bytes of *pieces*, one behind the other."""

    def __init__(self, pieces: Sequence[memoryview], size: int) -> None:
        super().__init__(size)
        self._pieces = pieces
        self._starts = list(accumulate(map(len, pieces), initial=0))

    def copy(self, place: int, buffer: memoryview) -> int:
        """See `_First.copy`."""
        number = bisect_right(self._starts, place) - 1
        start = place - self._starts[number]
        part = self._pieces[number][start : start + len(buffer)]
        buffer[: len(part)] = part
        return len(part)


class _Part(_First):
    """The first bytes of the file of *descriptor*."""

    def __init__(self, descriptor: int, size: int) -> None:
        super().__init__(size)
        self._descriptor = descriptor

    def copy(self, place: int, buffer: memoryview) -> int:
        """See `_First.copy`."""
        return os.preadv(self._descriptor, [buffer], place)


class _Around(_First):
    """A file of which the bytes of *gap* are not in *kept*."""

    def __init__(self, kept: _First, gap: range) -> None:
        super().__init__(kept.size + len(gap))
        self._kept = kept
        self._gap = gap

    def close(self) -> None:
        self._kept.close()
        super().close()

    def copy(self, place: int, buffer: memoryview) -> int:
        """See `_First.copy`; what is read ahead ends before the gap."""
        gap = self._gap
        if place < gap.start:
            return self._kept.copy(place, buffer[: gap.start - place])
        if place < gap.stop:
            raise LeftOut
        return self._kept.copy(place - len(gap), buffer)


class _Unclosed:
    """A stream that several detectors read one after another."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        # The methods that parsers call most, without a look-up through `__getattr__` each time.
        self.read = stream.read
        self.seek = stream.seek
        self.readline = stream.readline

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def __enter__(self) -> "_Unclosed":
        return self

    def __exit__(self, *exc: object) -> None:
        return None

    def close(self) -> None:
        """Leave the bytes for the next reader."""
