"""A layer's blob made plain, by its first bytes and not by its media type: gzip, zstd, bzip2, xz, or a tar as it is."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Final, Protocol, cast

import zstandard
from isal import igzip_lib, isal_zlib

from hullscan.errors import UnreadableInput
from hullscan.layers.zstd_blocks import BlockSteps

_SNIFF_BYTES: Final = 6
_OUTPUT_BYTES: Final = 256 * 1024
"""At most so much at a time, so that a bomb is noticed before it fills the memory."""

_ZSTD_WINDOW_BYTES: Final = 128 * 1024 * 1024
"""As the zstd command allows without being asked (zstd(1), --memory)."""

_ZSTD_BLOCKS: Final = 8
"""Of at most 128 KiB each: so much becomes plain at a time."""


_DAMAGE: Final[tuple[type[Exception], ...]] = (
    zlib.error,
    cast(type[Exception], isal_zlib.error),
    zstandard.ZstdError,
    lzma.LZMAError,
    OSError,  # bz2's word for bytes that are no bzip2
    ValueError,
)


class _Member(Protocol):
    """One compressed member: the standard library's decompressor objects look like this."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def pieces(self, data: bytes) -> Iterator[bytes]: ...


class Inflater:
    """
    Inflates a blob that arrives in chunks of any size.

    `feed` yields plain bytes, at most a few hundred kibibytes at a time; `finish` raises `UnreadableInput` if the blob ended early.
    Members and frames that follow each other are one stream (gzip(1), zstd(1)); zero bytes after the last are padding.
    """

    def __init__(self) -> None:
        self._head = b""
        self._kind = ""
        self._member: _Member | None = None
        self._inside = False

    @property
    def kind(self) -> str:
        """gzip, zstd, bzip2, xz or plain; empty before enough bytes came."""
        return self._kind

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """
        Yield what *chunk* adds.

        Raises:
            UnreadableInput: The compressed data are damaged; all before the damage was yielded.
        """
        if not self._kind:
            self._head += chunk
            if len(self._head) < _SNIFF_BYTES:
                return
            chunk, self._head = self._head, b""
            self._kind = sniff(chunk)
        yield from self._inflate(chunk)

    def finish(self) -> Iterator[bytes]:
        """
        Yield what is left.

        Raises:
            UnreadableInput: The blob ends within its compressed data.
        """
        if not self._kind and self._head:
            self._kind = sniff(self._head)
            head, self._head = self._head, b""
            yield from self._inflate(head)
        if self._inside:
            raise UnreadableInput(f"the {self._kind} data end too early: the layer is cut off")

    def _inflate(self, chunk: bytes) -> Iterator[bytes]:
        if self._kind == "plain":
            if chunk:
                yield chunk
            return
        while chunk:
            if self._member is None:
                if not chunk.strip(b"\0"):
                    return
                self._member = _MEMBERS[self._kind]()
                self._inside = True
            try:
                yield from self._member.pieces(chunk)
            except _DAMAGE as error:
                self._inside = False
                raise UnreadableInput(f"the {self._kind} data are damaged: {error}") from error
            if not self._member.eof:
                return
            chunk = self._member.unused_data
            self._member = None
            self._inside = False
            if self._kind == "gzip" and chunk and chunk[:2] != b"\x1f\x8b"[: len(chunk)]:
                return  # gzip(1) ignores what follows the last member


def sniff(head: bytes) -> str:
    """Return how bytes that start with *head* are compressed (RFC 1952, RFC 8878, the bzip2 and xz formats)."""
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(b"\x28\xb5\x2f\xfd") or (head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F):
        return "zstd"
    if head.startswith(b"BZh"):
        return "bzip2"
    if head.startswith(b"\xfd7zXZ\x00"):
        return "xz"
    return "plain"


class _Zstd:
    def __init__(self) -> None:
        self._inflate = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES).decompressobj(
            read_across_frames=False
        )
        self._steps = BlockSteps(_ZSTD_BLOCKS)
        self._rest = b""

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def unused_data(self) -> bytes:
        return self._rest

    def pieces(self, data: bytes) -> Iterator[bytes]:
        start = 0
        while start < len(data):
            end = self._steps.next(data, start)
            piece = self._inflate.decompress(data[start:end])
            if piece:
                yield piece
            if self._inflate.eof:
                self._rest = self._inflate.unused_data + data[end:]
                return
            start = end


class _Bounded:
    """gzip, bzip2 and xz share the standard library's shape: a bound on the output, and `needs_input`."""

    def __init__(self, inflate: igzip_lib.IgzipDecompressor | bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._inflate = inflate

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    def pieces(self, data: bytes) -> Iterator[bytes]:
        while True:
            piece = self._inflate.decompress(data, _OUTPUT_BYTES)
            if piece:
                yield piece
            data = b""
            if self._inflate.eof or self._inflate.needs_input:
                return


_MEMBERS: Final[dict[str, Callable[[], _Member]]] = {
    "gzip": lambda: _Bounded(igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)),
    "zstd": _Zstd,
    "bzip2": lambda: _Bounded(bz2.BZ2Decompressor()),
    "xz": lambda: _Bounded(lzma.LZMADecompressor(memlimit=_ZSTD_WINDOW_BYTES)),
}
