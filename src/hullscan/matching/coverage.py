"""What the feeds at hand cannot prove: no feed, an old one, a release nobody speaks of, or one past its end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hullscan.model.advisory import ReleaseSupport
from hullscan.model.package import Distro
from hullscan.model.report import FeedState, Problem

_SLOW: Final = frozenset(
    {"CRAN", "Hackage", "GHC", "opam", "Julia", "SwiftURL", "GitHub Actions", "Hex", "Pub", "Homebrew", "Bitnami"}
)
"""Ecosystems whose publishers may be silent for months (measured on `../shared/feeds`: newest records per feed)."""

_SLOW_DAYS: Final = 400

SUPPLEMENTS: Final = frozenset({"debian-lists", "debian-security-support", "nodejs-core", "rubysec-rubies", "retirejs"})
"""Feeds that say more of some packages of an ecosystem: they answer beside its own feed and never stand for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHealth:
    """A feed as it stands: the ecosystems it speaks for, its snapshot (None: never fetched), and what went wrong."""

    name: str
    ecosystems: tuple[str, ...]
    state: FeedState | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Problems, the feeds that answered, and when time alone will add a problem (None: never)."""

    problems: tuple[Problem, ...]
    feeds: tuple[FeedState, ...]
    valid_until: datetime | None


def base_of(ecosystem: str) -> str:
    """Return the ecosystem without its release: ``Debian`` of ``Debian:12``."""
    return ecosystem.partition(":")[0]


def coverage(
    asked: Iterable[tuple[str, ...]],
    feeds: Iterable[FeedHealth],
    present: frozenset[str],
    *,
    at: datetime,
    max_age_days: int,
) -> Coverage:
    """
    Say what the answers to *asked* (each the ecosystems one package is looked up in, any of which may know it) rest on.

    *present* are the ecosystems with release of which the feeds have any word.
    """
    by_base: dict[str, list[FeedHealth]] = {}
    for feed in feeds:
        for ecosystem in feed.ecosystems:
            by_base.setdefault(ecosystem, []).append(feed)
    problems: dict[Problem, None] = {}
    used: dict[str, FeedState] = {}
    deadlines: list[datetime] = []
    for ecosystems in sorted(set(asked)):
        base = base_of(ecosystems[0])
        answering = [feed for feed in by_base.get(base, []) if feed.state is not None]
        used.update((feed.name, feed.state) for feed in answering if feed.state)
        problems.update(dict.fromkeys(problem for feed in answering if (problem := _damaged(feed)) is not None))
        ready = [feed for feed in answering if feed.name not in SUPPLEMENTS]
        if not ready:
            problems[_no_feed(base)] = None
            continue
        days = max(_SLOW_DAYS, max_age_days) if base in _SLOW else max_age_days
        newest = max(
            (feed.state.upstream_time for feed in ready if feed.state and feed.state.upstream_time), default=None
        )
        if newest is None or at - newest > timedelta(days=days):
            problems[_old(base, newest, days)] = None
        else:
            deadlines.append(newest + timedelta(days=days))
        if ":" in ecosystems[0] and not present.intersection(ecosystems):
            problems[_silent(ecosystems[0])] = None
    return Coverage(
        problems=tuple(problems),
        feeds=tuple(used[name] for name in sorted(used)),
        valid_until=min(deadlines, default=None),
    )


def end_of_life(distro: Distro, support: Mapping[tuple[str, str], ReleaseSupport], at: datetime) -> Problem | None:
    """
    Return the problem that *distro*'s release gets no updates any more, None while it does or nobody knows.

    *support* by os-release ID and the release as endoflife.date counts it (``12`` or ``22.04``).
    """
    one = release_support(distro, support)
    if one is None:
        return None
    ends = max((end for end in (one.ends, one.extended_ends) if end is not None), default=None)
    if ends is None or at < ends + timedelta(days=1):
        return None
    return Problem(
        code="end-of-life",
        message=f"{distro.name or distro.id + ' ' + distro.version_id} had its last security updates on {ends:%Y-%m-%d}: "
        "flaws found since are in no advisory, so nothing can be called clean; move to a supported release",
    )


def release_support(distro: Distro, support: Mapping[tuple[str, str], ReleaseSupport]) -> ReleaseSupport | None:
    """Return what is known of how long *distro*'s release is supported; ``8.9`` falls back on ``8``."""
    version = distro.version_id
    while version:
        found = support.get((distro.id, version))
        if found is not None:
            return found
        version = version.rpartition(".")[0]
    return None


def _no_feed(base: str) -> Problem:
    return Problem(
        code="no-feed",
        message=f"no advisories for {base} are here (or only another release's), so its packages could not be judged; "
        "run: hullscan feeds refresh",
    )


def _old(base: str, newest: datetime | None, days: int) -> Problem:
    age = f"has no newer record than {newest:%Y-%m-%d}" if newest else "says no time"
    return Problem(
        code="feed-old",
        message=f"the feed for {base} {age} (more than {days} days ago): flaws found since are not in it; "
        "run: hullscan feeds refresh",
    )


def _silent(ecosystem: str) -> Problem:
    return Problem(
        code="no-advisories-for-release",
        message=f"the feeds have no word about {ecosystem}: a release they do not follow cannot be called clean",
    )


def _damaged(feed: FeedHealth) -> Problem | None:
    if not feed.problems:
        return None
    first = feed.problems[0]
    return Problem(
        code="feed-record-unreadable",
        message=f"{len(feed.problems)} record(s) of the feed {feed.name} could not be read, first {first.path}: {first.message}",
    )
