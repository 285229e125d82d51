"""
Gentoo's security advisories (GLSA): one XML file an advisory.

Rule: GLEP 63 and glsa.dtd: ``vulnerable`` and ``unaffected`` each with a range (lt, le, gt, ge, eq, and their r-forms,
which compare revisions of one version only).
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from defusedxml.ElementTree import fromstring

from hullscan.errors import NOT_XML, FeedError
from hullscan.feeds.feed import FeedItem
from hullscan.feeds.osv_names import cves_in
from hullscan.feeds.osv_severity import word
from hullscan.feeds.packed import documents
from hullscan.model.advisory import Advisory, AffectedPackage, AffectedRange, Event
from hullscan.model.report import Problem

_PART: Final = re.compile(r"native/glsa/(?:[^/]+\.tar(?:\.\w+)?|(?:.*/)?glsa-\d{6}-\d+\.xml)")
_ECOSYSTEM: Final = "Gentoo"


class GlsaFeed:
    """The advisories, as single files or a tar of them."""

    name = "gentoo-glsa"
    ecosystems = (_ECOSYSTEM,)
    license = "CC-BY-SA-4.0"

    def __init__(self, parts: frozenset[str]) -> None:
        """Take what is under ``native/glsa``."""
        self.parts = tuple(sorted(part for part in parts if _PART.fullmatch(part)))

    def parse(self, root: Path) -> Iterator[FeedItem]:
        """See `Feed.parse`."""
        for part in self.parts:
            for name, data in documents(root, part, ".xml"):
                try:
                    # The DTD is named, not needed; entities are refused.
                    yield _advisory(fromstring(data, forbid_dtd=False))
                except NOT_XML as error:
                    if name == part and len(self.parts) == 1:
                        raise FeedError(f"{part} is no GLSA: {error}") from error
                    yield Problem(code="broken-record", path=name, message=f"it could not be read: {error}")


def _advisory(glsa: ET.Element) -> Advisory:
    number = glsa.get("id")
    if glsa.tag != "glsa" or not number:
        raise ValueError("it is no <glsa> with an id")
    revised = (glsa.findtext("revised") or glsa.findtext("announced") or "").partition(":")[0].strip()
    impact = glsa.find("impact")
    severity = word(impact.get("type") or "" if impact is not None else "")
    links = [one.get("link") or "" for one in glsa.iter("uri")]
    flaws = cves_in(f"{one.get('link')} {one.text}" for one in glsa.iter("uri"))
    return Advisory(
        feed="gentoo-glsa",
        id=f"GLSA-{number}",
        modified=_date(revised) or datetime(1, 1, 1, tzinfo=UTC),
        published=_date((glsa.findtext("announced") or "").strip()),
        flaws=flaws or (f"GLSA-{number}",),
        summary=(glsa.findtext("title") or "").strip(),
        details=(glsa.findtext("synopsis") or "").strip(),
        severity=severity,
        severity_source="gentoo" if severity is not None else "",
        links=(f"https://security.gentoo.org/glsa/{number}", *dict.fromkeys(link for link in links if link)),
        affected=tuple(
            AffectedPackage(ecosystem=_ECOSYSTEM, name=one.get("name") or "", ranges=_ranges(one))
            for one in glsa.iterfind("affected/package")
            if one.get("name")
        ),
    )


def _ranges(package: ET.Element) -> tuple[AffectedRange, ...]:
    """Runs from what the advisory calls vulnerable, each ended early by what it calls unaffected."""
    ranges: list[tuple[Event, ...]] = []
    fixes = [(one.text or "").strip() for one in package.iterfind("unaffected") if one.get("range") in ("ge", "rge")]
    for one in package.iterfind("vulnerable"):
        version, kind = (one.text or "").strip(), one.get("range") or ""
        if not version:
            raise ValueError(f"{package.get('name')} has a range without a version")
        if kind in ("lt", "rlt"):
            ranges.append((Event(kind="introduced", version="0"), Event(kind="fixed", version=version)))
        elif kind in ("le", "rle"):
            # "up to" without a word on what fixed it, unless an unaffected version follows.
            end = [Event(kind="fixed", version=fix) for fix in fixes[:1]]
            ranges.append(
                (Event(kind="introduced", version="0"), *(end or [Event(kind="last_affected", version=version)]))
            )
        elif kind == "eq":
            ranges.append((Event(kind="introduced", version=version), Event(kind="last_affected", version=version)))
        elif kind in ("ge", "gt", "rge", "rgt"):
            ranges.append((Event(kind="introduced", version=version),))
        else:
            raise ValueError(f"{package.get('name')}: the range {kind!r} is not known")
    return tuple(AffectedRange(events=events) for events in ranges)


def _date(text: str) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
