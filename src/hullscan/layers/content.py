"""The bytes of one wanted file: in memory while small, in an unnamed temporary file when large."""

import io
import mmap
import os
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Final, cast

_COPIED_BYTES: Final = 64 * 1024
"""Up to so much is read from a copy, which is the fastest stream there is; of a larger file most is never read."""

_BUFFER_BYTES: Final = 16 * 1024


class LeftOut(Exception):  # no error: a signal to keep all
    """Bytes are asked for that were not kept."""


class Scratch:
    """
    Room for a walk's files, one after another: memory, and a temporary file for those that are larger.

    Pages that were touched once cost nothing to use again; new ones for each program of an image cost more than all that is
    done with it. Huge pages (madvise(2)) are touched for the first time in a quarter of the time.
    """

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        self._memory: mmap.mmap | None = None
        self._file: IO[bytes] | None = None

    def memory(self) -> mmap.mmap:
        """Return the memory, `size_bytes` of any content; who had it before has been closed or detached."""
        if self._memory is None:
            self._memory = mmap.mmap(-1, self.size_bytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            if hasattr(mmap, "MADV_HUGEPAGE"):
                with suppress(OSError):  # a kernel built without them
                    self._memory.madvise(mmap.MADV_HUGEPAGE)
        return self._memory

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

    The bytes of `gap`, which is set before they come, are not kept: to read them raises `LeftOut`. Copying is most of what
    large programs cost.
    """

    def __init__(self, scratch: Scratch) -> None:
        self.gap = range(0)
        self._scratch = scratch
        self._memory: mmap.mmap | None = None
        self._file: IO[bytes] | None = None
        self._owns_file = False
        self._stream: IO[bytes] | None = None
        self._came = 0
        self._size = 0

    def write(self, data: memoryview) -> None:
        """Take the next bytes."""
        start, self._came = self._came, self._came + len(data)
        gap = self.gap
        if gap.start < self._came and start < gap.stop:
            self._keep(data[: max(0, gap.start - start)])
            data = data[gap.stop - start :]
        self._keep(data)

    def _keep(self, data: memoryview) -> None:
        if not data:
            return
        start, self._size = self._size, self._size + len(data)
        if self._file is None and self._size > self._scratch.size_bytes:
            self._file = self._scratch.file()
            if self._memory is not None:
                with memoryview(self._memory) as view:
                    self._file.write(view[:start])
                self._memory = None
        if self._file is not None:
            self._file.write(data)
            return
        if self._memory is None:
            self._memory = self._scratch.memory()
        self._memory.seek(start)
        self._memory.write(data)

    def open(self) -> IO[bytes]:
        """Return the bytes as a stream at their start; closing it keeps them for the next reader."""
        if self._stream is None:
            self._stream = self._reader()
        self._stream.seek(0)
        return cast(IO[bytes], _Unclosed(self._stream))

    def detach(self) -> None:
        """Leave the scratch to the next file: this one is read again later, together with others."""
        if self._memory is not None:
            if self._stream is not None:
                self._stream.close()
            self._stream = self._copied(self._memory)
        elif self._file is not None:
            self._scratch.give_away_file()
            self._owns_file = True

    def close(self) -> None:
        """Let the bytes go."""
        if self._stream is not None:
            self._stream.close()
        if self._file is not None and self._owns_file:
            self._file.close()
        self._memory = self._file = None

    def _reader(self) -> IO[bytes]:
        kept: _First
        if self._file is not None:
            self._file.flush()
            kept = _Part(self._file.fileno(), self._size)
        elif self._memory is None:
            return io.BytesIO()
        elif self._size <= _COPIED_BYTES and not self.gap:
            return self._copied(self._memory)
        else:
            kept = _Memory(self._memory, self._size)
        return io.BufferedReader(_Around(kept, self.gap) if self.gap else kept, _BUFFER_BYTES)

    def _copied(self, memory: mmap.mmap) -> IO[bytes]:
        self._memory = None
        return io.BytesIO(memory[: self._size])


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
        read = self.copy(self._position, memoryview(buffer)[:size])
        self._position += read
        return read

    def copy(self, place: int, buffer: memoryview) -> int:
        """Fill *buffer* with what is at *place*; return how many bytes that are, none only at the end."""
        raise NotImplementedError


class _Memory(_First):
    """The first bytes of *memory*."""

    def __init__(self, memory: mmap.mmap, size: int) -> None:
        super().__init__(size)
        self._view = memoryview(memory)

    def close(self) -> None:
        self._view.release()
        super().close()

    def copy(self, place: int, buffer: memoryview) -> int:
        """See `_First.copy`."""
        buffer[:] = self._view[place : place + len(buffer)]
        return len(buffer)


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
        if not buffer:
            return 0
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
