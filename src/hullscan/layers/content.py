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
    """Written once from front to back, then read as often as wanted, then closed; what *scratch* cannot hold goes to its file."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._memory: mmap.mmap | None = None
        self._file: IO[bytes] | None = None
        self._owns_file = False
        self._stream: IO[bytes] | None = None
        self._size = 0

    def write(self, data: memoryview) -> None:
        """Take the next bytes."""
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
            self._stream = self._in_file(self._file) if self._file is not None else self._in_memory()
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

    def _in_memory(self) -> IO[bytes]:
        if self._memory is None:
            return io.BytesIO()
        if self._size > _COPIED_BYTES:
            return io.BufferedReader(_Memory(self._memory, self._size), _BUFFER_BYTES)
        return self._copied(self._memory)

    def _in_file(self, file: IO[bytes]) -> IO[bytes]:
        file.flush()
        return io.BufferedReader(_Part(file.fileno(), self._size), _BUFFER_BYTES)

    def _copied(self, memory: mmap.mmap) -> IO[bytes]:
        self._memory = None
        return io.BytesIO(memory[: self._size])


class _First(io.RawIOBase):
    """The first *size* bytes of something larger as a stream."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """See `io.IOBase.seek`; a place behind the end reads as nothing."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if origin + offset < 0:
            raise ValueError("a negative place in a file")
        self._position = origin + offset
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """See `io.RawIOBase.readinto`."""
        size = max(0, min(len(buffer), self._size - self._position))
        read = self._copy(self._position, memoryview(buffer)[:size])
        self._position += read
        return read

    def _copy(self, place: int, buffer: memoryview) -> int:
        """Fill *buffer* with what is at *place*; return how many bytes that are."""
        raise NotImplementedError


class _Memory(_First):
    """The first bytes of *memory*."""

    def __init__(self, memory: mmap.mmap, size: int) -> None:
        super().__init__(size)
        self._view = memoryview(memory)

    def close(self) -> None:
        self._view.release()
        super().close()

    def _copy(self, place: int, buffer: memoryview) -> int:
        buffer[:] = self._view[place : place + len(buffer)]
        return len(buffer)


class _Part(_First):
    """The first bytes of the file of *descriptor*."""

    def __init__(self, descriptor: int, size: int) -> None:
        super().__init__(size)
        self._descriptor = descriptor

    def _copy(self, place: int, buffer: memoryview) -> int:
        return os.preadv(self._descriptor, [buffer], place)


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
