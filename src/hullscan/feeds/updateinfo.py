"""
``updateinfo.xml`` of RPM repositories: Amazon Linux, Fedora, EPEL, Rocky Linux, Oracle Linux, AlmaLinux, openSUSE.

Rule: the format of createrepo_c and dnf's updateinfo: an update of type ``security`` lists the packages that have it,
each with epoch, version and release; below those a package has the flaws that the update's references name.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from hullscan.feeds.feed import FeedItem
from hullscan.feeds.osv_names import cves_in, modules_of
from hullscan.feeds.osv_severity import word
from hullscan.feeds.packed import opened
from hullscan.feeds.xml_stream import events
from hullscan.model.advisory import Advisory, AffectedPackage, AffectedRange, Event
from hullscan.model.names import build_of, first_of_build
from hullscan.model.report import Problem

_PART: Final = re.compile(r"native/updateinfo/([a-z-]+)/([^/]+)/.*updateinfo.*\.xml(?:\.gz|\.bz2|\.xz|\.zst)?")

_VENDORS: Final = {
    "amazon": ("Amazon Linux", "MIT-0"),
    "fedora": ("Fedora", "LicenseRef-Fedora"),
    "epel": ("EPEL", "LicenseRef-Fedora"),
    "rocky": ("Rocky Linux", "BSD-3-Clause"),
    "oracle": ("Oracle Linux", "LicenseRef-Oracle"),
    "almalinux": ("AlmaLinux", "MIT"),
    "opensuse-leap": ("openSUSE", "LicenseRef-SUSE"),
}
"""Folder → ecosystem, and the licence of the data."""

_SERIES: Final = re.compile(r"[0-9]+(?:\.[0-9]+)*$")
"""The upstream version at the end of a topic of Amazon Linux' extras: ``kernel-5.15``."""


class UpdateinfoFeed:
    """One distribution's updates, of all its releases and repositories that a location has."""

    def __init__(self, vendor: str, files: tuple[tuple[str, str], ...]) -> None:
        """Name the feed; *files* are (path under the location's root, release)."""
        self.name = f"updateinfo-{vendor}"
        base, self.license = _VENDORS[vendor]
        self._base = base
        self.ecosystems = (base,)
        self.parts = tuple(path for path, _ in files)
        self._files = files
        self._vendor = vendor

    def parse(self, root: Path) -> Iterator[FeedItem]:
        """See `Feed.parse`."""
        for path, release in self._files:
            text = f"Leap {release}" if self._vendor == "opensuse-leap" else release
            yield from self._file(root, path, f"{self._base}:{text}")

    def _file(self, root: Path, path: str, ecosystem: str) -> Iterator[FeedItem]:
        with opened(root, path) as stream:
            for _, element in events(stream, path):
                if element.tag == "update":
                    yield from self._update(element, path, ecosystem)
                    element.clear()

    def _update(self, element: ET.Element, path: str, ecosystem: str) -> Iterator[FeedItem]:
        try:
            advisory = _advisory(element, self.name, self._vendor, ecosystem)
        except (ValueError, OverflowError) as error:  # a time next to the first or last there is
            name = (element.findtext("id") or "an update without id")[:80]
            yield Problem(code="broken-record", path=path, message=f"{name} could not be read: {error}")
        else:
            if advisory is not None:
                yield advisory


def updateinfo_feeds(parts: frozenset[str]) -> list[UpdateinfoFeed]:
    """Return the feeds whose files are at ``native/updateinfo/VENDOR/RELEASE/…updateinfo.xml…``."""
    found: dict[str, list[tuple[str, str]]] = {}
    for part in sorted(parts):
        match = _PART.fullmatch(part)
        if match is not None and match[1] in _VENDORS:
            found.setdefault(match[1], []).append((part, match[2]))
    return [UpdateinfoFeed(vendor, tuple(files)) for vendor, files in sorted(found.items())]


def _advisory(update: ET.Element, feed: str, vendor: str, ecosystem: str) -> Advisory | None:
    if update.get("type") != "security":
        return None
    name = (update.findtext("id") or "").strip()
    if not name:
        raise ValueError("it has no id")
    references = list(update.iter("reference"))
    named = [text for one in references for text in (one.get("id") or "", one.get("title") or "")]
    flaws = cves_in(named)
    title = (update.findtext("title") or "").strip()
    affected = {
        AffectedPackage(
            ecosystem=ecosystem,
            name=package.get("name") or "",
            ranges=(
                AffectedRange(events=(Event(kind="introduced", version=first), Event(kind="fixed", version=fixed))),
            ),
            module=build_of(ecosystem, fixed, module),
        ): None
        for package in update.iter("package")
        if package.get("name") and package.get("arch") != "src"
        for fixed in (_evr(package),)
        for first in (_first(update, package, ecosystem, fixed),)
        for module in modules_of(title, fixed)
    }
    severity = word(update.findtext("severity") or "")
    return Advisory(
        feed=feed,
        id=f"{name} in {ecosystem}",
        modified=_date(update, "updated") or _date(update, "issued"),
        published=_date(update, "issued"),
        flaws=flaws or (name,),
        summary=title,
        details=(update.findtext("description") or "").strip(),
        severity=severity,
        severity_source=vendor if severity is not None else "",
        links=tuple(dict.fromkeys(link for one in references if (link := one.get("href") or "").startswith("http"))),
        affected=tuple(affected),
    )


def _evr(package: ET.Element) -> str:
    epoch, version, release = package.get("epoch") or "0", package.get("version"), package.get("release")
    if not version or not release:
        raise ValueError(f"the package {package.get('name')} has no version or no release")
    return f"{epoch}:{version}-{release}"


def _first(update: ET.Element, package: ET.Element, ecosystem: str, fixed: str) -> str:
    """
    The first version that the update may be about: of Amazon Linux 2's extras that of their topic.

    Rule: aws.amazon.com, "Amazon Linux Extras": a topic, ``kernel-5.15`` or ``php8.0``, has packages of the core's names and
    of its own upstream version, which are fixed apart.
    """
    collection = next(update.iter("collection"), None)
    # "amazon-linux-2---kernel-5.15"
    _, dashes, topic = (collection.get("short") or "").rpartition("---") if collection is not None else ("", "", "")
    series = _SERIES.search(topic[-80:]) if dashes else None
    if series is None or not f"{package.get('version')}.".startswith(f"{series[0]}."):
        return first_of_build(ecosystem, fixed)
    return f"{package.get('epoch') or '0'}:{series[0]}"


def _date(update: ET.Element, tag: str) -> datetime | None:
    element = update.find(tag)
    text = element.get("date") if element is not None else None
    if not text:
        return None
    moment = datetime.fromisoformat(text.strip())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
