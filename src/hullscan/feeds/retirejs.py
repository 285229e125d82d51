"""
Flaws of JavaScript libraries that browsers run, from retire.js: ``jsrepository-v5.json``.

Rule: the README of RetireJS/retire.js and its ``resolve``: a version has a flaw if it is below ``below``, not below
``atOrAbove``, and not among ``excludes``. The library's package is ``npmname``, else its own name (its SBOM reports).
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from hullscan.errors import NOT_JSON
from hullscan.feeds.feed import FeedItem
from hullscan.feeds.osv_names import cves_in
from hullscan.feeds.osv_severity import word
from hullscan.feeds.packed import json_document
from hullscan.model.advisory import Advisory, AffectedPackage, AffectedRange, Event
from hullscan.model.report import Problem

_PARTS: Final = ("native/retirejs/jsrepository-v5.json", "native/retirejs/jsrepository-v5.json.gz")
_NPM_NAME: Final = re.compile(r"(?:@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*")
_WORD: Final = re.compile(r"(?<=\d)\.(?=[A-Za-z])")
_EXAMPLE: Final = "retire-example"
_UNMAINTAINED: Final = "CWE-1104"
"""Given to notices that a library is at its end: no flaw."""


_NO_END: Final = "999."
"""How a `below` begins that no version will reach: nothing fixed the flaw."""

_TICKETS: Final = ("osvdb", "issue", "bug", "PR", "gist", "tenable", "release", "blog")
"""What a flaw without CVE, GHSA or a number of retire.js's own is known by, within its library."""


class _Flaw(msgspec.Struct, frozen=True):
    below: str
    identifiers: dict[str, str | list[str]]
    at_or_above: str = msgspec.field(name="atOrAbove", default="0")
    severity: str = ""
    cwe: list[str] = []
    info: list[str] = []


class _Library(msgspec.Struct, frozen=True):
    npmname: str = ""
    vulnerabilities: list[msgspec.Raw] = []


_libraries = msgspec.json.Decoder(dict[str, _Library])
_flaw = msgspec.json.Decoder(_Flaw)


class RetireJsFeed:
    """The libraries that are npm packages; the others have no name by which a package could be asked for."""

    name = "retirejs"
    ecosystems = ("npm",)
    license = "Apache-2.0"

    def __init__(self, parts: frozenset[str]) -> None:
        """Take the repository if it is among *parts*."""
        self.parts = tuple(part for part in _PARTS if part in parts)[:1]

    def parse(self, root: Path) -> Iterator[FeedItem]:
        """See `Feed.parse`."""
        part = self.parts[0]
        libraries = json_document(root, part, _libraries, "repository of retire.js")
        for component, library in libraries.items():
            package = library.npmname or component
            if component == _EXAMPLE or not _NPM_NAME.fullmatch(package):
                continue
            for number, raw in enumerate(library.vulnerabilities):
                try:
                    flaw = _flaw.decode(raw)
                except NOT_JSON as error:
                    message = f"flaw {number} of {component:.80} could not be read: {error}"
                    yield Problem(code="broken-record", path=part, message=message)
                    continue
                if _UNMAINTAINED not in flaw.cwe:
                    yield _advisory(component, package, flaw)


def _advisory(component: str, package: str, flaw: _Flaw) -> Advisory:
    flaws, aliases = _names(component, flaw)
    severity = word(flaw.severity)
    return Advisory(
        feed=RetireJsFeed.name,
        id=f"{component} >={flaw.at_or_above} <{flaw.below} {flaws[0]}",
        flaws=flaws,
        aliases=aliases,
        summary=next(iter(_texts(flaw, "summary")), ""),
        severity=severity,
        severity_source="retire.js" if severity is not None else "",
        cwes=tuple(one for one in flaw.cwe if one.startswith("CWE-")),
        links=tuple(link for link in flaw.info if link.startswith(("https://", "http://"))),
        affected=(AffectedPackage(ecosystem="npm", name=package, ranges=(_range(flaw),)),),
    )


def _names(component: str, flaw: _Flaw) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The flaws that an entry speaks of, and the other names of its one flaw."""
    cves = cves_in(_texts(flaw, "CVE"))
    ghsa = tuple(_texts(flaw, "githubID")[:1])
    if ghsa and len(cves) != 1:
        # GitHub's advisories are of one flaw each: which of several CVEs it is, they say and retire.js does not.
        return ghsa, ()
    if cves:
        return cves, ghsa
    ticket = next((text for kind in _TICKETS for text in _texts(flaw, kind)), flaw.below)
    numbered = _texts(flaw, "retid")
    return (f"RETIREJS-{numbered[0]}" if numbered else f"RETIREJS-{component}-{ticket}"[:120].replace(" ", "-"),), ()


def _texts(flaw: _Flaw, kind: str) -> list[str]:
    found = flaw.identifiers.get(kind, [])
    return [found] if isinstance(found, str) else found


def _range(flaw: _Flaw) -> AffectedRange:
    """
    Where an entry holds, without what `excludes` names: those are builds that others made, and no npm packages.

    `below` may be a version that was never published (mootools 1.5.3): it is called a fix only where nobody else has a
    record of the flaw.
    """
    events = [Event(kind="introduced", version=_written(flaw.at_or_above))]
    if not flaw.below.startswith(_NO_END):
        kind = "limit" if _texts(flaw, "CVE") or _texts(flaw, "githubID") else "fixed"
        events.append(Event(kind=kind, version=_written(flaw.below)))
    return AffectedRange(events=tuple(events))


def _written(version: str) -> str:
    """The version as npm's scheme reads it: ``1.0.0.beta.3`` is ``1.0.0-beta.3`` there."""
    return _WORD.sub("-", version, count=1)
