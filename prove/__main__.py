"""
Random pairs of versions: our keys against each ecosystem's own implementation.

    python -m prove [PAIRS] [SCHEME …]

A million pairs a scheme by default. A pair that differs is looked at again: where the reference goes round in a circle no
keys can follow. Of each kind some are printed; the exit code is 1 if any pair differs without a circle.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from hullscan.versions import compare
from prove.circles import Differing, circle
from prove.pairs import GENERATORS, pairs
from prove.references import answers, reference

_BATCH = 100_000
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
    command = known.command
    began = time.perf_counter()
    both = refused = 0
    differing: list[Differing] = []
    stream = pairs(scheme, count, seed=1)
    for batch in _batches(stream):
        for (first, second), theirs in zip(batch, answers(command, batch, folder), strict=True):
            ours = _SIGNS[compare(scheme, first, second)]
            if "?" in (ours, theirs):
                refused += ours != theirs
                continue
            both += 1
            if ours != theirs:
                differing.append(Differing(first, second, theirs))
    circles = circle(differing, lambda questions: answers(command, questions, folder))
    wrong = [pair for pair in differing if pair not in circles]
    print(
        f"{scheme:8} {both:,} pairs read by both, {len(differing):,} differ, {len(wrong):,} of them in no circle; "
        f"{refused:,} read by one only; {known.what}, {time.perf_counter() - began:.0f} s"
    )
    for pair in wrong[:10]:
        print(f"    {pair.first!r} to {pair.second!r}: they say {pair.theirs}, we another")
    for pair, closing in list(circles.items())[:3]:
        print(f"    circle: {pair.first!r} to {pair.second!r}: {pair.theirs}, and on by {closing!r} to the first")
    return bool(wrong)


def _batches(stream: Iterator[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    while batch := list(islice(stream, _BATCH)):
        yield batch


if __name__ == "__main__":
    words = sys.argv[1:]
    number = int(words.pop(0)) if words and words[0].isdecimal() else 1_000_000
    sys.exit(1 if main(number, words or list(GENERATORS)) else 0)
