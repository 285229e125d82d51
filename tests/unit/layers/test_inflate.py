"""Blobs made plain: every compression, in chunks of any size, bounded in what they give at once."""

import bz2
import gzip
import lzma
import random
from collections.abc import Callable

import pytest
import zstandard

from hullscan.errors import UnreadableInput
from hullscan.layers.inflate import Inflater

_MOST = 2 * 1024 * 1024
_SKIPPED = b"\x50\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"hello"


def _zstd(data: bytes, **options: bool) -> bytes:
    return zstandard.ZstdCompressor(**options).compress(data)  # type: ignore[arg-type]


def _inflate(packed: bytes, step: int) -> list[bytes]:
    inflater = Inflater()
    pieces: list[bytes] = []
    for start in range(0, len(packed), step):
        pieces += inflater.feed(packed[start : start + step])
    return [*pieces, *inflater.finish()]


@pytest.mark.parametrize("step", [1, 7, 4_096, 10_000_000])
@pytest.mark.parametrize(
    "pack",
    [
        gzip.compress,
        bz2.compress,
        lzma.compress,
        _zstd,
        lambda data: _zstd(data, write_checksum=True),
        lambda data: _zstd(data, write_content_size=False),
        lambda data: _zstd(data[:1000]) + _SKIPPED + _zstd(data[1000:]),
        lambda data: _SKIPPED + _zstd(data),
    ],
    ids=["gzip", "bzip2", "xz", "zstd", "zstd, checksum", "zstd, no size", "zstd, frames", "zstd, skippable first"],
)
def test_plain_bytes_come_back(pack: Callable[[bytes], bytes], step: int) -> None:
    """Whatever the chunks; and one byte less is said to be cut off."""
    chance = random.Random(1)
    data = chance.randbytes(20_000) + b"\0" * 300_000 + b"words " * 2_000
    packed = pack(data)

    assert b"".join(_inflate(packed, step)) == data
    with pytest.raises(UnreadableInput):
        _inflate(packed[:-1], step)


@pytest.mark.parametrize(
    "before", [b"", _SKIPPED, _zstd(b"x")], ids=["alone", "behind a skippable frame", "behind another"]
)
def test_a_bomb_of_zstd_becomes_plain_in_small_pieces(before: bytes) -> None:
    """Four bytes may be a block of 128 KiB: an upload of some kibibytes must not fill the memory before its budget is asked."""
    packing = zstandard.ZstdCompressor().compressobj()
    bomb = b"".join(packing.compress(bytes(1024 * 1024)) for _ in range(100)) + packing.flush()
    assert len(bomb) < 10_000

    sizes = [len(piece) for piece in Inflater().feed(before + bomb)]

    assert sum(sizes) >= 100 * 1024 * 1024
    assert max(sizes) <= _MOST
