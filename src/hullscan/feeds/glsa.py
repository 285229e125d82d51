"""
Gentoo's security advisories (GLSA): one XML file an advisory.

Rule: wiki.gentoo.org, "GLSA file format", and glsa.dtd: ``vulnerable`` and ``unaffected`` each with a range (lt, le, gt, ge,
eq, and their r-forms, which compare revisions of one version only); a package has the flaw if the former holds it and the
latter does not.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from defusedxml.ElementTree import fromstring

from hullscan.errors import NOT_XML, FeedError, InvalidVersion
from hullscan.feeds.feed import FeedItem
from hullscan.feeds.osv_names import cves_in
from hullscan.feeds.osv_severity import word
from hullscan.feeds.packed import documents
from hullscan.feeds.runs import END, EVERYTHING, START, Cut, Runs, complement, intersection, ranges_of, run, union
from hullscan.model.advisory import Advisory, AffectedPackage, AffectedRange
from hullscan.model.report import Problem
from hullscan.versions import SCHEMES

_PART: Final = re.compile(r"native/glsa/(?:[^/]+\.tar(?:\.\w+)?|(?:.*/)?glsa-\d{6}-\d+\.xml)")
_ECOSYSTEM: Final = "Gentoo"
_NUMBERS: Final = re.compile(r"\d+(?:\.\d+)*", re.ASCII)
_LAST_REVISION: Final = 999_999_999
"""No ebuild is revised as often: ``rge 1.2-r3`` means it and all later revisions of 1.2."""


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
        modified=_date(revised),
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
    """What the advisory calls vulnerable without what it calls unaffected."""
    fixes = [_cut(_version(one)) for one in package.iterfind("unaffected") if one.get("range") in ("ge", "rge")]
    vulnerable = union(_run(one, fixes) for one in package.iterfind("vulnerable"))
    unaffected = union(_run(one, ()) for one in package.iterfind("unaffected"))
    return ranges_of(tuple((_before(low), high) for low, high in intersection(vulnerable, complement(unaffected))))


def _run(element: ET.Element, fixes: Iterable[Cut]) -> Runs:
    """
    The versions that an element means.

    "Up to 1.2" is said where 1.3 fixed it, one of *fixes*, and nothing of what is between. An element of a slot whose
    versions begin with its name (Python's 3.9) is about these alone.
    """
    version, kind = _version(element), element.get("range") or ""
    before, after = _cut(version), _cut(version, after=True)
    low, high = START, END
    if kind.startswith("r"):
        number = version.partition("-r")[0]
        low, high = _cut(number), _cut(f"{number}-r{_LAST_REVISION}", after=True)
    bounds = {
        "lt": (low, before),
        "le": (low, min((fix for fix in fixes if fix > before), default=after)),
        "eq": (before, after),
        "ge": (before, high),
        "gt": (after, high),
    }
    if kind.removeprefix("r") not in bounds:
        raise ValueError(f"the range {kind!r} of {version} is not known")
    return intersection(run(*bounds[kind.removeprefix("r")]), _slot(element.get("slot") or "", version))


def _slot(slot: str, version: str) -> Runs:
    if not _NUMBERS.fullmatch(slot) or not version.startswith(f"{slot}."):
        return EVERYTHING
    major, dot, minor = slot.rpartition(".")
    return run(_cut(slot), _cut(f"{major}{dot}{int(minor) + 1}"))


def _version(element: ET.Element) -> str:
    text = (element.text or "").strip()
    if not text:
        raise ValueError("a range has no version")
    return text


def _cut(version: str, *, after: bool = False) -> Cut:
    try:
        key = SCHEMES["gentoo"].key(version)
    except InvalidVersion as error:
        raise ValueError(f"a range of {error}") from error
    return Cut(beyond=False, key=key, after=after, text=version)


def _before(cut: Cut) -> Cut:
    """The same place as one before a version: after a version comes its next revision, and nothing between."""
    if not cut.after:
        return cut
    number, _, revision = cut.text.partition("-r")
    return _cut(f"{number}-r{int(revision or 0) + 1}")


def _date(text: str) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None
