"""
npm's ranges as sets of versions: ``^1.2.3 || 2.x``.

Rule: the README of npm's semver, "Ranges", with ``includePrerelease``: a pre-release counts where it sorts, since a
flaw is in it as in what follows it.
"""

import re
from typing import Final

from hullscan.errors import InvalidVersion
from hullscan.feeds.runs import END, EVERYTHING, START, Cut, Runs, intersection, run, union
from hullscan.versions import SCHEMES

_PART: Final = r"v?(?:\d+|[xX*])(?:\.(?:\d+|[xX*])(?:\.(?:\d+|[xX*])(?:-?[0-9A-Za-z.-]+)?)?)?(?:\+[0-9A-Za-z.-]+)?"
_COMPARATOR: Final = re.compile(rf"(\^|~>?|[<>]=?|=)?\s*({_PART})(?:\s+|$)", re.ASCII)
_HYPHEN: Final = re.compile(rf"\s*({_PART})\s+-\s+({_PART})\s*", re.ASCII)
_VERSION: Final = re.compile(r"v?(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(?:-?([0-9A-Za-z.-]+))?", re.ASCII)
_LONGEST: Final = 4_096


def npm_range(text: str) -> Runs:
    """
    Return the versions that satisfy *text*.

    Raises:
        ValueError: It is no range.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"a range of {len(text)} characters")
    try:
        return union(_all_of(one) for one in text.split("||"))
    except InvalidVersion as error:
        raise ValueError(f"{text[:80]!r} is no npm range: {error}") from error


class _Version:
    """A version of which parts may be left open; `numbers` are those before the first open one."""

    def __init__(self, text: str) -> None:
        found = _VERSION.fullmatch(text.partition("+")[0])
        if found is None:
            raise ValueError(f"{text[:80]!r} is no version")
        parts = found.groups()[:3]
        self.numbers = [
            int(part) for part in parts[: next((n for n, p in enumerate(parts) if not _given(p)), 3)] if part
        ]
        self.whole = len(self.numbers) == 3
        self.pre = found[4] or ""

    @property
    def low(self) -> Cut:
        """Before the first version that it may be."""
        if not self.numbers:
            return START
        return _before(self.numbers, self.pre if self.whole else "0")

    @property
    def high(self) -> Cut:
        """After the last version that it may be."""
        if self.whole:
            first = self.low
            return Cut(beyond=False, key=first.key, after=True, text=first.text)
        return self.next(len(self.numbers))

    def next(self, kept: int) -> Cut:
        """Before the first version in which one of the first *kept* numbers is greater."""
        if kept == 0:
            return END
        return _before([*self.numbers[: kept - 1], self.numbers[kept - 1] + 1], "0")


def _given(part: str | None) -> bool:
    return part is not None and part.isdigit()


def _before(numbers: list[int], pre: str) -> Cut:
    text = ".".join(str(number) for number in (*numbers, 0, 0)[:3]) + (f"-{pre}" if pre else "")
    return Cut(beyond=False, key=SCHEMES["npm"].key(text), after=False, text=text)


def _all_of(text: str) -> Runs:
    hyphen = _HYPHEN.fullmatch(text)
    if hyphen is not None:
        return run(_Version(hyphen[1]).low, _Version(hyphen[2]).high)
    found = EVERYTHING
    rest = text.strip()
    while rest:
        comparator = _COMPARATOR.match(rest)
        if comparator is None:
            raise ValueError(f"{text[:80]!r} is no npm range")
        found = intersection(found, _satisfying(comparator[1] or "=", _Version(comparator[2])))
        rest = rest[comparator.end() :]
    return found


def _satisfying(operator: str, version: _Version) -> Runs:
    if operator == "<":
        return run(START, version.low)
    if operator == "<=":
        return run(START, version.high)
    if operator == ">":
        return run(version.high, END)
    if operator == ">=":
        return run(version.low, END)
    if operator == "=":
        return run(version.low, version.high)
    given = len(version.numbers)
    if operator == "^":
        # Up to the first number that is not zero, or the last that is given.
        kept = next((place for place, number in enumerate(version.numbers, 1) if number), given)
    else:
        kept = min(given, 2)
    return run(version.low, version.next(kept))
