"""Many values, some at a time: so many as one question or one transaction takes."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Value = TypeVar("Value")


def batches(values: Iterable[Value], size: int) -> Iterator[list[Value]]:
    """Yield all of *values* in lists of *size*, the last one perhaps shorter."""
    rest = iter(values)
    while batch := list(islice(rest, size)):
        yield batch
