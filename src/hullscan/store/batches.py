"""Many values, some at a time: so many as one question or one transaction takes."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

Value = TypeVar("Value")

_MOST_ASKED: Final = 500
"""So many values one question takes."""


def batches(values: Iterable[Value], size: int = _MOST_ASKED) -> Iterator[list[Value]]:
    """Yield all of *values* in lists of *size*, the last one perhaps shorter."""
    rest = iter(values)
    while batch := list(islice(rest, size)):
        yield batch
