"""
Debian's packages whose security support ended before their release's, or is limited: debian-security-support.

Rule: the lists' own headers, and ``check-support-status`` of that package: a line's first word is the source package's
name, whole, as a pattern; support is over from the day it names on, whichever version is installed.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hullscan.errors import FeedError
from hullscan.feeds.feed import FeedItem
from hullscan.feeds.packed import document
from hullscan.model.advisory import PackageSupport
from hullscan.model.report import Problem

_PART: Final = re.compile(r"native/debian-security-support/security-support-(?:ended\.deb(\d+)|limited)")
_NAME: Final = re.compile(r"([a-z0-9][a-z0-9+.-]*?)(\.\*)?")


class DebianSupportFeed:
    """``security-support-ended.debN`` of each release, and ``security-support-limited``."""

    name = "debian-security-support"
    ecosystems = ("Debian",)
    license = "GPL-2.0-only"

    def __init__(self, parts: frozenset[str]) -> None:
        """Take the lists that are among *parts*."""
        self.parts = tuple(sorted(part for part in parts if _PART.fullmatch(part)))

    def parse(self, root: Path) -> Iterator[FeedItem]:
        """See `Feed.parse`."""
        for part in self.parts:
            release = _PART.fullmatch(part)
            assert release is not None
            found: dict[str, PackageSupport] = {}
            lines = [line for line in document(root, part).decode("utf-8", "replace").splitlines() if line.strip()]
            if not lines or not lines[0].startswith("#"):
                raise FeedError(f"{part} is no list of packages: it does not begin with a comment")
            for line in lines:
                if line.startswith("#"):
                    continue
                try:
                    one = _ended(line, release[1]) if release[1] else _limited(line)
                except ValueError as error:
                    yield Problem(code="broken-record", path=part, message=f"{line[:80]!r} could not be read: {error}")
                else:
                    found.setdefault(one.name, one)
            yield from found.values()


def _ended(line: str, release: str) -> PackageSupport:
    words = line.split(maxsplit=3)
    if len(words) < 3:
        raise ValueError("it has no date")
    ends = datetime.strptime(words[2], "%Y-%m-%d").replace(tzinfo=UTC)
    return PackageSupport(
        ecosystem=f"Debian:{release}", name=_name(words[0]), ends=ends, note=words[3].strip() if words[3:] else ""
    )


def _limited(line: str) -> PackageSupport:
    words = line.split(maxsplit=1)
    return PackageSupport(ecosystem="Debian", name=_name(words[0]), note=words[1].strip() if words[1:] else "")


def _name(pattern: str) -> str:
    """Of patterns only those that say how a name begins are used: a dot elsewhere is one."""
    found = _NAME.fullmatch(pattern)
    if found is None:
        raise ValueError("its name is a pattern of another kind")
    return found[1] + ("*" if found[2] else "")
