"""The bytes of one wanted file: in memory while small, in an unnamed temporary file when large."""

import io
import tempfile
from bisect import bisect_right
from collections.abc import Iterator
from typing import IO, Final, cast

_JOINED_BYTES: Final = 1024 * 1024
"""Up to so much is read as one run of bytes; of more, the pieces stay as they came, since most of it nobody reads."""

_OWN_COPY_BYTES: Final = 64 * 1024
"""A smaller piece is copied: kept as a view, it would hold the whole buffer that it came in."""

_BUFFER_BYTES: Final = 16 * 1024


class Content:
    """Written once from front to back, then read as often as wanted, then closed; *memory_bytes* at most are kept in memory."""

    def __init__(self, memory_bytes: int) -> None:
        self._memory_bytes = memory_bytes
        self._pieces: list[bytes | memoryview] = []
        self._size = 0
        self._file: IO[bytes] | None = None
        self._stream: IO[bytes] | None = None

    def write(self, data: memoryview) -> None:
        """Take the next bytes; a large piece of bytes that cannot change is kept as it is."""
        self._size += len(data)
        if self._file is None and self._size > self._memory_bytes:
            self._file = cast(IO[bytes], tempfile.TemporaryFile())  # noqa: SIM115 (closed by `close`)
            self._file.writelines(self._pieces)
            self._pieces = []
        if self._file is not None:
            self._file.write(data)
        elif len(data) < _OWN_COPY_BYTES or not isinstance(data.obj, bytes):
            self._pieces.append(bytes(data))
        else:
            self._pieces.append(data)

    def open(self) -> IO[bytes]:
        """Return the bytes as a stream at their start; closing it keeps them for the next reader."""
        if self._stream is None:
            self._stream = self._file or self._in_memory()
        self._stream.seek(0)
        return cast(IO[bytes], _Unclosed(self._stream))

    def close(self) -> None:
        """Let the bytes go."""
        for stream in (self._stream, self._file):
            if stream is not None:
                stream.close()
        self._pieces = []

    def _in_memory(self) -> IO[bytes]:
        if self._size > _JOINED_BYTES:
            return io.BufferedReader(_Pieces(self._pieces), _BUFFER_BYTES)
        joined = b"".join(self._pieces)
        self._pieces = []
        return io.BytesIO(joined)


class _Pieces(io.RawIOBase):
    """Pieces read as one stream, none of them copied before somebody reads it."""

    def __init__(self, pieces: list[bytes | memoryview]) -> None:
        self._pieces = pieces
        self._starts = [0]
        for piece in pieces:
            self._starts.append(self._starts[-1] + len(piece))
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """See `io.IOBase.seek`; a place behind the end reads as nothing."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._starts[-1]}[whence]
        if origin + offset < 0:
            raise ValueError("a negative place in a file")
        self._position = origin + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """See `io.RawIOBase.readinto`; fills *buffer* as far as the pieces go."""
        room = memoryview(buffer).cast("B")
        done = 0
        number = bisect_right(self._starts, self._position) - 1
        while done < len(room) and number < len(self._pieces):
            start = self._position - self._starts[number]
            part = self._pieces[number][start : start + len(room) - done]
            room[done : done + len(part)] = part
            done += len(part)
            self._position += len(part)
            number += 1
        return done


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
