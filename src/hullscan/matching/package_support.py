"""Packages that get less security support than their release: over, or limited."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from hullscan.model.advisory import PackageSupport
from hullscan.model.report import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """What is to be said of packages, and when time alone will add to it (None: never)."""

    problems: tuple[Problem, ...]
    valid_until: datetime | None


def end_of_package_support(
    sources: Iterable[tuple[str, str]], support: Iterable[PackageSupport], at: datetime
) -> Unsupported:
    """
    Say of which of *sources* (ecosystem with release, name) the support is over or limited by *support*.

    Over means that flaws found since may be in no advisory, so nothing can be called clean by them. Where it is limited
    the publisher follows the flaws as ever: that is told, and proves as much as before.
    """
    exact: dict[tuple[str, str], PackageSupport] = {}
    prefixes: list[PackageSupport] = []
    for one in support:
        if one.name.endswith("*"):
            prefixes.append(one)
        else:
            exact[one.ecosystem, one.name] = one
    problems: list[Problem] = []
    deadlines: list[datetime] = []
    for ecosystem, name in sorted(sources):
        for one in _about(ecosystem, name, exact, prefixes):
            if one.ends is not None and one.ends > at:
                deadlines.append(one.ends)
            else:
                problems.append(_problem(ecosystem, name, one))
    return Unsupported(problems=tuple(problems), valid_until=min(deadlines, default=None))


def _about(
    ecosystem: str, name: str, exact: dict[tuple[str, str], PackageSupport], prefixes: list[PackageSupport]
) -> Iterator[PackageSupport]:
    places = (ecosystem, ecosystem.partition(":")[0])
    for place in places:
        if (place, name) in exact:
            yield exact[place, name]
    for one in prefixes:
        if one.ecosystem in places and name.startswith(one.name[:-1]):
            yield one


def _problem(ecosystem: str, name: str, one: PackageSupport) -> Problem:
    why = f" ({one.note})" if one.note else ""
    if one.ends is None:
        return Problem(
            code="support-limited",
            message=f"{name} of {ecosystem} has limited security support only{why}",
            proven=True,
        )
    return Problem(
        code="support-ended",
        message=f"{name} of {ecosystem} gets no security updates since {one.ends:%Y-%m-%d}{why}: flaws found since may be "
        "in no advisory, so it cannot be called clean",
    )
