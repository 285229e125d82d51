"""
Random pairs of versions: our keys against each ecosystem's own implementation.

    python -m prove [PAIRS] [SCHEME …]

A million pairs a scheme by default. Of what differs ten pairs are printed; the exit code is 1 if any does that should not.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from hullscan.versions import compare
from prove.pairs import GENERATORS, pairs
from prove.references import answers, reference

_BATCH = 100_000
_NO_ORDER = {"maven": 0.005}
"""
Share of pairs that may differ because the reference itself has no order there.

Maven puts any word before any list of its own, but a list of a pre-release before nothing and an unknown word after it:
``1.m-x`` < ``1-alpha-x`` < ``1`` < ``1.m``. No key can follow that in a circle.
"""

_SIGNS = {"<": "-1", "=": "0", ">": "1", "invalid": "?"}


def main(count: int, schemes: list[str]) -> int:
    """Prove each scheme; return how many differ more than they may."""
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="hullscan-prove-") as folder:
        for scheme in schemes:
            wrong += _prove(scheme, count, Path(folder))
    return wrong


def _prove(scheme: str, count: int, folder: Path) -> bool:
    known = reference(scheme, folder)
    if known.command is None:
        print(f"{scheme:8} skipped: {known.what} is not installed here")
        return False
    began = time.perf_counter()
    both = differ = refused = 0
    examples: list[str] = []
    stream = pairs(scheme, count, seed=1)
    for batch in _batches(stream):
        for (first, second), theirs in zip(batch, answers(known.command, batch, folder), strict=True):
            ours = _SIGNS[compare(scheme, first, second)]
            if "?" in (ours, theirs):
                refused += ours != theirs
                continue
            both += 1
            if ours != theirs:
                differ += 1
                if len(examples) < 10:
                    examples.append(f"    {first!r} to {second!r}: we say {ours}, they {theirs}")
    took = time.perf_counter() - began
    print(
        f"{scheme:8} {both:,} pairs read by both, {differ:,} differ; {refused:,} read by one only; {known.what}, {took:.0f} s"
    )
    print("\n".join(examples), end="\n" if examples else "")
    return differ > _NO_ORDER.get(scheme, 0.0) * both


def _batches(stream: Iterator[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    while batch := list(islice(stream, _BATCH)):
        yield batch


if __name__ == "__main__":
    words = sys.argv[1:]
    number = int(words.pop(0)) if words and words[0].isdecimal() else 1_000_000
    sys.exit(1 if main(number, words or list(GENERATORS)) else 0)
