"""RubyGems' requirements as sets of versions: ``~> 2.2.8, < 2.2.10``. Rule: Gem::Requirement and Gem::Version#bump."""

import re
from typing import Final

from hullscan.errors import InvalidVersion
from hullscan.feeds.runs import END, EVERYTHING, START, Cut, Runs, complement, intersection, run
from hullscan.versions import SCHEMES

_ONE: Final = re.compile(r"\s*(=|!=|>=|<=|~>|>|<)?\s*([0-9][0-9A-Za-z.-]*)\s*", re.ASCII)
_SEGMENT: Final = re.compile(r"[0-9]+|[a-zA-Z]+", re.ASCII)
_LONGEST: Final = 4_096


def requirement(text: str) -> Runs:
    """
    Return the versions that satisfy *text*, requirements with commas between them.

    Raises:
        ValueError: It is no requirement.
    """
    found = EVERYTHING
    for part in text[:_LONGEST].split(","):
        one = _ONE.fullmatch(part)
        if one is None or len(text) > _LONGEST:
            raise ValueError(f"{text[:80]!r} is no requirement")
        try:
            found = intersection(found, _satisfying(one[1] or "=", one[2]))
        except InvalidVersion as error:
            raise ValueError(f"{text[:80]!r} is no requirement: {error}") from error
    return found


def _satisfying(operator: str, version: str) -> Runs:
    before, after = _cut(version), _cut(version, after=True)
    if operator == "=":
        return run(before, after)
    if operator == "!=":
        return complement(run(before, after))
    if operator == ">":
        return run(after, END)
    if operator == ">=":
        return run(before, END)
    if operator == "<":
        return run(START, before)
    if operator == "<=":
        return run(START, after)
    return run(before, _cut(_bumped(version)))


def _bumped(version: str) -> str:
    """Where ``~>`` ends: the next release of the last number but one, and its pre-releases, are not meant."""
    segments = _SEGMENT.findall(version.replace("-", ".pre."))
    numbers = segments[: next((place for place, one in enumerate(segments) if not one.isdigit()), len(segments))]
    kept = numbers[:-1] or numbers
    return ".".join((*kept[:-1], str(int(kept[-1]) + 1), "a"))


def _cut(version: str, *, after: bool = False) -> Cut:
    return Cut(beyond=False, key=SCHEMES["gem"].key(version), after=after, text=version)
