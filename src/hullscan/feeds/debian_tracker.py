"""
Debian's security tracker: ``data/json``, its word on every flaw, source package and release.

Rule: security-team.debian.org/security_tracker.html and the export itself (security-tracker.debian.org/tracker/data/json):
``resolved`` names the version that fixed it, ``0`` where the package never had it; ``open`` has no fix yet, and
``nodsa_reason`` tells why none is made (ignored, postponed); ``undetermined`` is not looked into.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from hullscan.errors import NOT_JSON
from hullscan.feeds.feed import FeedItem
from hullscan.feeds.osv_severity import word
from hullscan.feeds.packed import json_document
from hullscan.model.advisory import Advisory, AffectedPackage, AffectedRange, Event
from hullscan.model.releases import DEBIAN_RELEASES
from hullscan.model.report import Problem

_PARTS: Final = ("native/debian-tracker/tracker.json", "native/debian-tracker/tracker.json.gz")


class _Release(msgspec.Struct, frozen=True):
    status: str
    fixed_version: str = ""
    urgency: str = ""
    nodsa: str = ""
    nodsa_reason: str = ""


class _Flaw(msgspec.Struct, frozen=True):
    description: str = ""
    releases: dict[str, _Release] = {}


_sources = msgspec.json.Decoder(dict[str, dict[str, msgspec.Raw]])
_flaw = msgspec.json.Decoder(_Flaw)


class DebianTrackerFeed:
    """The tracker's export; names that begin with TEMP- are flaws that have no CVE yet."""

    name = "debian-tracker"
    ecosystems = ("Debian",)
    license = "MIT"

    def __init__(self, parts: frozenset[str]) -> None:
        """Take the export if it is among *parts*."""
        self.parts = tuple(part for part in _PARTS if part in parts)[:1]

    def parse(self, root: Path) -> Iterator[FeedItem]:
        """See `Feed.parse`."""
        part = self.parts[0]
        sources = json_document(root, part, _sources, "export of the tracker")
        by_flaw: dict[str, list[tuple[str, _Flaw]]] = {}
        for source, flaws in sources.items():
            for flaw, raw in flaws.items():
                try:
                    said = _flaw.decode(raw)
                except NOT_JSON as error:
                    message = f"{flaw} in {source} could not be read: {error}"
                    yield Problem(code="broken-record", path=part, message=message)
                else:
                    by_flaw.setdefault(flaw, []).append((source, said))
        for flaw, found in by_flaw.items():
            affected: list[AffectedPackage] = []
            for source, said in found:
                for codename, release in said.releases.items():
                    if codename not in DEBIAN_RELEASES:
                        continue
                    if release.status not in ("open", "resolved", "undetermined"):
                        message = f"{flaw} in {source}, {codename}: the status {release.status!r:.60} is not known"
                        yield Problem(code="broken-record", path=part, message=message)
                        continue
                    affected.append(_affected(f"Debian:{DEBIAN_RELEASES[codename]}", source, release))
            yield Advisory(
                feed=self.name,
                id=flaw,
                flaws=(flaw,),
                details=next((said.description for _, said in found if said.description), ""),
                links=(f"https://security-tracker.debian.org/tracker/{flaw}",),
                affected=tuple(affected),
            )


def _affected(ecosystem: str, source: str, release: _Release) -> AffectedPackage:
    urgency = release.urgency.rstrip("*")
    if release.status == "resolved" and release.fixed_version == "0":
        return AffectedPackage(ecosystem=ecosystem, name=source, not_affected=True)
    events = [Event(kind="introduced", version="0")]
    if release.status == "resolved" and release.fixed_version:
        events.append(Event(kind="fixed", version=release.fixed_version))
    return AffectedPackage(
        ecosystem=ecosystem,
        name=source,
        ranges=(AffectedRange(events=tuple(events)),),
        severity=word(urgency) if urgency else None,
        urgency=urgency,
        undetermined=release.status == "undetermined",
        note=": ".join(
            text for text in (release.nodsa_reason or ("no-dsa" if release.nodsa else ""), release.nodsa) if text
        ),
    )
