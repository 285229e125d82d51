"""Sets of versions as runs: what a publisher's constraints hold, put together and taken from each other."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from hullscan.model.advisory import AffectedRange, Event


@dataclass(frozen=True, slots=True, order=True)
class Cut:
    """A place between versions: before the one whose key and text it has, or `after` it; `beyond` all of them."""

    beyond: bool
    key: bytes
    after: bool
    text: str = field(compare=False)


START: Final = Cut(beyond=False, key=b"", after=False, text="0")
END: Final = Cut(beyond=True, key=b"", after=False, text="")

Runs = tuple[tuple[Cut, Cut], ...]
"""From one cut to another, in order, none touching the next."""

EVERYTHING: Final[Runs] = ((START, END),)


def run(low: Cut, high: Cut) -> Runs:
    """Return what lies between two cuts; nothing if the second does not come after the first."""
    return ((low, high),) if low < high else ()


def union(sets: Iterable[Runs]) -> Runs:
    """Return what any of *sets* holds."""
    joined: list[tuple[Cut, Cut]] = []
    for low, high in sorted(one for runs in sets for one in runs):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    return tuple(joined)


def complement(runs: Runs) -> Runs:
    """Return what *runs* does not hold."""
    rest: list[tuple[Cut, Cut]] = []
    low = START
    for start, end in runs:
        rest += run(low, start)
        low = end
    return (*rest, *run(low, END))


def intersection(one: Runs, other: Runs) -> Runs:
    """Return what both hold."""
    return complement(union((complement(one), complement(other))))


def ranges_of(runs: Runs) -> tuple[AffectedRange, ...]:
    """
    Return *runs* as an advisory's ranges.

    Raises:
        ValueError: One begins just after a version: OSV's events cannot say that.
    """
    ranges = []
    for low, high in runs:
        if low.after:
            raise ValueError(f"a range that begins after {low.text[:80]} cannot be said")
        events = [Event(kind="introduced", version=low.text)]
        if not high.beyond:
            events.append(Event(kind="last_affected" if high.after else "fixed", version=high.text))
        ranges.append(AffectedRange(events=tuple(events)))
    return tuple(ranges)
