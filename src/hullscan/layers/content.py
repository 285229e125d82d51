"""The bytes of one wanted file: in memory while small, in an unnamed temporary file when large."""

import io
import tempfile
from collections.abc import Iterator
from typing import IO, Final, cast

_IN_MEMORY_BYTES: Final = 4 * 1024 * 1024


class Content:
    """Written once from front to back, then read as often as wanted, then closed."""

    def __init__(self) -> None:
        self._buffer: IO[bytes] = io.BytesIO()
        self._size = 0

    def write(self, data: bytes | memoryview) -> None:
        """Take the next bytes."""
        self._size += len(data)
        if self._size > _IN_MEMORY_BYTES and isinstance(self._buffer, io.BytesIO):
            small = self._buffer
            self._buffer = cast(IO[bytes], tempfile.TemporaryFile())  # noqa: SIM115 (closed by `close`)
            self._buffer.write(small.getbuffer())
        self._buffer.write(data)

    def open(self) -> IO[bytes]:
        """Return the bytes as a stream at their start; closing it keeps them for the next reader."""
        self._buffer.seek(0)
        return cast(IO[bytes], _Unclosed(self._buffer))

    def close(self) -> None:
        """Let the bytes go."""
        self._buffer.close()


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
