"""
Debian's security advisories as its security team writes them down: the lists of DSAs and DLAs.

Rule: the tracker's documentation (security-team.debian.org/security_tracker.html, "The DSA list"): a head with day, id
and title, the flaws in braces, and for each release the source package with the version that fixed it, or a word
in its place: ``<not-affected>``, ``<unfixed>``, ``<end-of-life>``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hullscan.errors import FeedError
from hullscan.feeds.feed import FeedItem
from hullscan.feeds.osv_names import cves_in, links_of
from hullscan.feeds.packed import document
from hullscan.model.advisory import Advisory, AffectedPackage, AffectedRange, Event
from hullscan.model.releases import DEBIAN_RELEASES
from hullscan.model.report import Problem

_PART: Final = re.compile(r"native/debian-tracker/(?:DSA|DLA)-list(?:\.(?:gz|bz2|xz|zst))?")
_HEAD: Final = re.compile(r"\[(\d{1,2} \w{3} \d{4})\] ((?:DSA|DLA)-\d+(?:-\d+)?)\s*(.*)")
_RELEASE: Final = re.compile(r"\[(\w+)\] - (\S+)\s+(\S+)(?:\s.*)?")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(slots=True)
class _Entry:
    """One advisory as it is read: its head's parts, and the lines below."""

    day: str
    id: str
    title: str
    lines: list[str] = field(default_factory=list)


class DebianListsFeed:
    """
    ``DSA-list`` and ``DLA-list``, of which osv.dev's Debian records of the same ids are made.

    They hold no word on flaws without an advisory, so they stand for no distribution (`matching.coverage`).
    """

    name = "debian-lists"
    ecosystems = ("Debian",)
    license = "LicenseRef-Debian-Security-Tracker"

    def __init__(self, parts: frozenset[str]) -> None:
        """Take the lists that are among *parts*."""
        self.parts = tuple(sorted(part for part in parts if _PART.fullmatch(part)))

    def parse(self, root: Path) -> Iterator[FeedItem]:
        """See `Feed.parse`."""
        for part in self.parts:
            entries = list(_entries(document(root, part).decode("utf-8", "replace")))
            if not entries:
                raise FeedError(f"{part} is no list of Debian's advisories")
            for entry in entries:
                try:
                    yield _advisory(entry)
                except ValueError as error:
                    yield Problem(code="broken-record", path=part, message=f"{entry.id} could not be read: {error}")


def _entries(text: str) -> Iterator[_Entry]:
    entry: _Entry | None = None
    for line in text.splitlines():
        head = _HEAD.fullmatch(line.rstrip())
        if head is not None:
            if entry is not None:
                yield entry
            entry = _Entry(day=head[1], id=head[2], title=head[3])
        elif entry is not None and line.strip():
            entry.lines.append(line.strip())
    if entry is not None:
        yield entry


def _advisory(entry: _Entry) -> Advisory:
    at = _date(entry.day)
    flaws: tuple[str, ...] = ()
    affected: list[AffectedPackage] = []
    for line in entry.lines:
        if line.startswith("{"):
            flaws = cves_in([line])
        elif line.startswith("["):
            release = _RELEASE.fullmatch(line)
            if release is None:
                raise ValueError(f"{line[:80]!r} says no package and version")
            if release[1] in DEBIAN_RELEASES:
                affected.append(_affected(f"Debian:{DEBIAN_RELEASES[release[1]]}", release[2], release[3]))
    return Advisory(
        feed=DebianListsFeed.name,
        id=entry.id,
        modified=at,
        published=at,
        flaws=flaws or (entry.id,),
        summary=entry.title,
        links=links_of(entry.id, []),
        affected=tuple(affected),
    )


def _affected(ecosystem: str, source: str, word: str) -> AffectedPackage:
    if word == "<not-affected>":
        return AffectedPackage(ecosystem=ecosystem, name=source, not_affected=True)
    events = [Event(kind="introduced", version="0")]
    if not word.startswith("<"):
        events.append(Event(kind="fixed", version=word))
    elif word not in ("<unfixed>", "<end-of-life>"):
        raise ValueError(f"the word {word[:40]!r} is not known")
    return AffectedPackage(
        ecosystem=ecosystem,
        name=source,
        ranges=(AffectedRange(events=tuple(events)),),
        urgency="end-of-life" if word == "<end-of-life>" else "",
    )


def _date(text: str) -> datetime:
    """The day, whatever language this machine speaks."""
    day, month, year = text.split()
    if month not in _MONTHS:
        raise ValueError(f"{text!r} is no day")
    return datetime(int(year), _MONTHS.index(month) + 1, int(day), tzinfo=UTC)
