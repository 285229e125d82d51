"""Arch Linux's security tracker: ``all.json``, groups of flaws (AVG) that one package has or had."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from hullscan.feeds.feed import FeedItem
from hullscan.feeds.osv_severity import word
from hullscan.feeds.packed import json_document
from hullscan.model.advisory import Advisory, AffectedPackage, AffectedRange, Event

_PARTS: Final = ("native/arch/all.json", "native/arch/all.json.gz")
_ECOSYSTEM: Final = "Arch Linux"


class _Group(msgspec.Struct, frozen=True):
    name: str
    packages: list[str] = []
    status: str = ""
    severity: str = ""
    type: str = ""
    affected: str = ""
    fixed: str | None = None
    issues: list[str] = []
    advisories: list[str] = []


_decoder = msgspec.json.Decoder(list[_Group])


class ArchFeed:
    """
    One group is one set of flaws in packages of one version.

    Rule: security.archlinux.org: ``affected`` is the version in which the group was found, ``fixed`` the first without
    it; ``Not affected`` groups say that no version has it, ``Unknown`` ones that nobody knows.
    """

    name = "arch-tracker"
    ecosystems = (_ECOSYSTEM,)
    license = "MIT"

    def __init__(self, parts: frozenset[str]) -> None:
        """Take the tracker's file if it is among *parts*."""
        self.parts = tuple(part for part in _PARTS if part in parts)[:1]

    def parse(self, root: Path) -> Iterator[FeedItem]:
        """See `Feed.parse`."""
        part = self.parts[0]
        groups = json_document(root, part, _decoder, "list of Arch Linux's groups")
        for group in groups:
            severity = word(group.severity)
            yield Advisory(
                feed=self.name,
                id=group.name,
                flaws=tuple(dict.fromkeys(group.issues)) or (group.name,),
                summary=group.type,
                severity=severity,
                severity_source="arch" if severity is not None else "",
                links=(f"https://security.archlinux.org/{group.name}",),
                affected=tuple(_affected(name, group) for name in group.packages),
            )


def _affected(name: str, group: _Group) -> AffectedPackage:
    if group.status == "Not affected":
        return AffectedPackage(ecosystem=_ECOSYSTEM, name=name, not_affected=True)
    events = [Event(kind="introduced", version="0")]
    if group.fixed:
        events.append(Event(kind="fixed", version=group.fixed))
    return AffectedPackage(
        ecosystem=_ECOSYSTEM,
        name=name,
        ranges=(AffectedRange(events=tuple(events)),),
        undetermined=group.status == "Unknown",
    )
