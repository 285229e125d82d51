"""Real files made hostile: cut off, bits flipped, pieces doubled, filled with what parsers stumble over."""

import random
import traceback
from collections.abc import Iterator
from typing import Final

_NASTY: Final = (
    b"\x00", b"\xff" * 8, b"../../..", b"\n" * 50, b"[" * 2_000, b"{" * 2_000, b"9" * 400, b"-1", b"\xc3\x28", b"A" * 65_536,
    b"%s%n", b"\x7fELF", b"PK\x03\x04",
)  # fmt: skip


def mutations(data: bytes, count: int, seed: int) -> Iterator[bytes]:
    """Yield *count* variants of *data*: each of 50 cuts first, then random changes; the same for the same *seed*."""
    cuts = min(50, count, len(data))
    for number in range(cuts):
        yield data[: len(data) * number // cuts]
    chance = random.Random(seed)
    for _ in range(count - cuts):
        changed = bytearray(data)
        for _ in range(chance.choice((1, 1, 1, 3, 10))):
            _change(changed, chance)
        yield bytes(changed)


def _change(data: bytearray, chance: random.Random) -> None:
    place = chance.randrange(len(data) + 1)
    kind = chance.randrange(5)
    if kind == 0 and place < len(data):
        data[place] ^= 1 << chance.randrange(8)
    elif kind == 1 and place < len(data):
        data[place] = chance.randrange(256)
    elif kind == 2:
        data[place:place] = chance.choice(_NASTY)
    elif kind == 3:
        del data[place : place + chance.randrange(1, 64)]
    else:
        data[place:place] = data[place : place + chance.randrange(1, 256)]


def last_failure() -> tuple[str, str]:
    """Return the exception that is being handled, as its traceback's last line, and the place that raised it."""
    lines = traceback.format_exc().strip().splitlines()
    return lines[-1], next((line.strip() for line in reversed(lines) if line.strip().startswith("File")), "")
