"""
OVAL definitions of RPM distributions: Oracle Linux, SUSE, openSUSE, Red Hat, Photon OS, Azure Linux.

Rule: OVAL 5.11 (oval.mitre.org/language/version5.11): a definition holds where its tree of criteria does. Its leaves are
tests of packages: an ``rpminfo_test`` names an object (the package) and a state (``evr less than …``). What counts here
is which releases and architectures a branch is about, and which bounds it puts on which package; signatures are taken for
granted.
"""

import contextlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from hullscan.feeds.feed import FeedItem
from hullscan.feeds.osv_names import cves_in
from hullscan.feeds.osv_severity import word
from hullscan.feeds.packed import opened
from hullscan.feeds.xml_stream import events
from hullscan.model.advisory import Advisory, AffectedPackage, AffectedRange, Event
from hullscan.model.names import ARCHITECTURES, build_of, built_for, first_of_build, split_built_for
from hullscan.model.report import Problem

_PART: Final = re.compile(r"native/oval/([a-z-]+)/(?:([0-9.]+)/)?[^/]+\.xml(?:\.gz|\.bz2|\.xz|\.zst)?")

_VENDORS: Final = {
    "oracle": ("Oracle Linux", "LicenseRef-Oracle"),
    "suse": ("SUSE", "LicenseRef-SUSE"),
    "opensuse": ("openSUSE", "LicenseRef-SUSE"),
    "redhat": ("Red Hat", "CC-BY-4.0"),
    "photon": ("Photon OS", "LicenseRef-Broadcom"),
    "azure-linux": ("Azure Linux", "MIT"),
}
"""Folder → ecosystem, and the licence of the data."""

_PRODUCTS: Final = (
    (re.compile(r"Oracle Linux (\d+)"), "Oracle Linux:{}"),
    (re.compile(r"Photon OS (\d+)"), "Photon OS:{}.0"),
    (re.compile(r"SUSE (Linux (?:Enterprise|Micro) .+|Package Hub .+)"), "SUSE:{}"),
    (re.compile(r"openSUSE (Leap (?:Micro )?[\d.]+|Tumbleweed)"), "openSUSE:{}"),
    (re.compile(r"Red Hat Enterprise Linux (\d+)"), "Red Hat:enterprise_linux:{}"),
)
"""``PRODUCT is installed`` → ecosystem; what is no such product is not asked about here."""

_INSTALLED: Final = re.compile(r"(.+) (?:is|must be) installed")
_ARCHITECTURE: Final = re.compile(r"Oracle Linux arch is (\w+)")
_STREAM: Final = re.compile(r"Module ([a-z0-9][\w.+-]*:[\w.+-]+) is enabled")
_ID: Final = re.compile(r"\s*([A-Z][A-Za-z]*(?:-[A-Z]+)?-\d{4}[:-]\d+)")

_BOUNDS: Final = {
    "less than": "fixed",
    "less than or equal": "last_affected",
    "greater than": "introduced",
    "greater than or equal": "introduced",
}


@dataclass(frozen=True, slots=True)
class _Test:
    """What a test asks of a package: its name, and the bound on its version (None: that it is there)."""

    package: str
    bound: Event | None
    concerns_version: bool


class OvalFeed:
    """One publisher's OVAL files."""

    def __init__(self, vendor: str, files: tuple[tuple[str, str], ...]) -> None:
        """Name the feed; *files* are (path under the location's root, release: "" where the definitions say it)."""
        self.name = f"oval-{vendor}"
        base, self.license = _VENDORS[vendor]
        self._base = base
        self.ecosystems = (base,)
        self.parts = tuple(path for path, _ in files)
        self._files = files
        self._vendor = vendor

    def parse(self, root: Path) -> Iterator[FeedItem]:
        """See `Feed.parse`."""
        seen: set[str] = set()
        for path, release in self._files:
            ecosystem = f"{self._base}:{release.partition('.')[0]}" if release else ""
            tests, made_at = _tests(root, path)
            if made_at is not None:
                yield made_at
            for definition in _elements(root, path, "definition"):
                for item in self._definition(definition, tests, ecosystem, path):
                    if not isinstance(item, Advisory):
                        yield item
                        continue
                    # Photon OS counts its updates anew for each release, SUSE's files repeat each other.
                    again = item.id in seen
                    name = f"{item.id} ({definition.get('id', '')} in {Path(path).name})" if again else item.id
                    seen.add(name)
                    yield replace(item, id=name)

    def _definition(
        self, definition: ET.Element, tests: dict[str, _Test], ecosystem: str, path: str
    ) -> Iterator[FeedItem]:
        name = definition.get("id", "")
        criteria = _child(definition, "criteria")
        # Definitions of class inventory only say which release this is; "unaffected" ones what is not.
        if definition.get("class") not in ("patch", "vulnerability") or ".unaffected:" in name or criteria is None:
            return
        reader = _Criteria(tests)
        reader.read(criteria, (ecosystem,) if ecosystem else (), "")
        for missing in reader.missing:
            yield Problem(code="broken-record", path=path, message=f"{name}: the test {missing} is not in the file")
        try:
            yield _advisory(definition, name, self.name, self._vendor, _for_all(reader.found))
        except ValueError as error:
            yield Problem(code="broken-record", path=path, message=f"{name[:80]} could not be read: {error}")


def oval_feeds(parts: frozenset[str]) -> list[OvalFeed]:
    """Return the feeds whose files are at ``native/oval/VENDOR/[RELEASE/]….xml…``."""
    found: dict[str, list[tuple[str, str]]] = {}
    for part in sorted(parts):
        match = _PART.fullmatch(part)
        if match is not None and match[1] in _VENDORS:
            found.setdefault(match[1], []).append((part, match[2] or ""))
    return [OvalFeed(vendor, tuple(files)) for vendor, files in sorted(found.items())]


class _Criteria:
    """Reads a tree of criteria: the packages it speaks of, under the releases and the module of their branch."""

    def __init__(self, tests: dict[str, _Test]) -> None:
        self._tests = tests
        self.found: list[AffectedPackage] = []
        self.missing: dict[str, None] = {}

    def read(self, node: ET.Element, ecosystems: tuple[str, ...], module: str) -> None:
        """Take in *node*; what its AND requires beside a package narrows down what that package stands for."""
        if node.get("operator", "AND") == "AND":
            required = [found for child in node if (found := self._products(child)) is not None]
            if required:
                ecosystems = tuple(dict.fromkeys(one for found in required for one in found))
            architectures = [match[1] for child in node if (match := _ARCHITECTURE.fullmatch(child.get("comment", "")))]
            if architectures:
                ecosystems = tuple(built_for(one, architectures[0]) for one in ecosystems)
            streams = [match[1] for child in node if (match := _STREAM.fullmatch(child.get("comment", "")))]
            module = streams[0] if streams else module
            self._take([child for child in node if _tag(child) == "criterion"], ecosystems, module)
        else:
            for child in node:
                if _tag(child) == "criterion" and self._products(child) is None:
                    self._take([child], ecosystems, module)
        for child in node:
            if _tag(child) == "criteria" and self._products(child) is None:
                self.read(child, ecosystems, module)

    def _take(self, leaves: list[ET.Element], ecosystems: tuple[str, ...], module: str) -> None:
        bounds: dict[str, list[Event]] = {}
        denied = {
            test.package
            for leaf in leaves
            if leaf.get("comment", "").endswith(" is not installed")
            and (test := self._tests.get(leaf.get("test_ref", ""))) is not None
        }
        for leaf in leaves:
            if self._products(leaf) is not None or _STREAM.fullmatch(leaf.get("comment", "")):
                continue
            test = self._tests.get(leaf.get("test_ref", ""))
            if test is None:
                if _INSTALLED.fullmatch(leaf.get("comment", "")) is None:
                    self.missing[leaf.get("test_ref", "")] = None
                continue
            if not test.package or not test.concerns_version or test.package in denied:
                continue
            events = bounds.setdefault(test.package, [])
            if test.bound is not None:
                events.append(test.bound)
        for package, events in bounds.items():
            started = any(event.kind == "introduced" for event in events)
            last = events[-1].version if events else "0"
            self.found += [
                AffectedPackage(
                    ecosystem=ecosystem,
                    name=package,
                    ranges=(AffectedRange(events=(*(() if started else _start(ecosystem, last)), *events)),),
                    module=build_of(ecosystem, last, module),
                )
                for ecosystem in ecosystems
            ]

    def _products(self, node: ET.Element) -> tuple[str, ...] | None:
        """Return the ecosystems that *node* requires, () for products of other kinds, None if it is about packages."""
        if _tag(node) == "criteria":
            found = [self._products(child) for child in node]
            if not found or any(one is None for one in found):
                return None
            return tuple(ecosystem for one in found if one for ecosystem in one)
        installed = _INSTALLED.fullmatch(node.get("comment", ""))
        if installed is None:
            return None
        for pattern, ecosystem in _PRODUCTS:
            match = pattern.fullmatch(installed[1])
            if match is not None:
                return (ecosystem.format(match[1]),)
        test = self._tests.get(node.get("test_ref", ""))
        about_release = test is None or not test.package or test.package.endswith("-release")
        return () if about_release else None


def _start(ecosystem: str, last: str) -> tuple[Event, ...]:
    return (Event(kind="introduced", version=first_of_build(ecosystem, last)),)


def _for_all(found: list[AffectedPackage]) -> tuple[AffectedPackage, ...]:
    """Return what was *found*, said once where it is the same for all architectures that there are images of."""
    places: dict[AffectedPackage, set[str]] = {}
    for one in found:
        release, architecture = split_built_for(one.ecosystem)
        places.setdefault(replace(one, ecosystem=release), set()).add(architecture)
    return tuple(
        place if not architecture else replace(place, ecosystem=built_for(place.ecosystem, architecture))
        for place, told in places.items()
        for architecture in ([""] if "" in told or told.issuperset(ARCHITECTURES) else sorted(told))
    )


def _advisory(
    definition: ET.Element, name: str, feed: str, vendor: str, affected: tuple[AffectedPackage, ...]
) -> Advisory:
    title = _text(definition, "title")
    named = [one.get("ref_id", "") for one in _all(definition, "reference")]
    named += [one.text or "" for one in _all(definition, "cve")]
    flaws = cves_in((*named, title))
    update = next((found[1] for text in (*named, title) if (found := _ID.match(text)) and "CVE" not in found[1]), "")
    severity = word(_text(definition, "severity"))
    links = [one.get("ref_url", "") for one in _all(definition, "reference")]
    return Advisory(
        feed=feed,
        id=update or name,
        modified=_date(definition),
        flaws=flaws or (update or name,),
        summary=title,
        details=_text(definition, "description"),
        severity=severity,
        severity_source=vendor if severity is not None else "",
        links=tuple(dict.fromkeys(link for link in links if link.startswith("http"))),
        affected=affected,
    )


def _tests(root: Path, path: str) -> tuple[dict[str, _Test], datetime | None]:
    """Return the tests of packages by id, those of other things without a package; and when the file was made."""
    at = None
    wanted: dict[str, tuple[str, str]] = {}
    objects: dict[str, str] = {}
    states: dict[str, tuple[bool, Event | None]] = {}
    for element in _elements(root, path, "_test", "_object", "_state", "timestamp"):
        number, tag = element.get("id", ""), _tag(element)
        if tag == "timestamp":
            # One that is none says nothing of what is in the file; how old that is, nobody knows then.
            with contextlib.suppress(ValueError):
                at = datetime.fromisoformat((element.text or "")[:19]).replace(tzinfo=UTC)
        elif tag.endswith("_test"):
            one, state = _child(element, "object"), _child(element, "state")
            wanted[number] = (
                one.get("object_ref", "") if one is not None and tag in ("rpminfo_test", "dpkginfo_test") else "",
                state.get("state_ref", "") if state is not None else "",
            )
        elif tag.endswith("_object"):
            objects[number] = _text(element, "name")
        else:
            states[number] = _bound(element)
    anything: tuple[bool, Event | None] = (True, None)
    tests = {}
    for number, (thing, condition) in wanted.items():
        concerns_version, bound = states.get(condition, anything)
        tests[number] = _Test(objects.get(thing, ""), bound, concerns_version)
    return tests, at


def _bound(state: ET.Element) -> tuple[bool, Event | None]:
    evr = _child(state, "evr")
    if evr is None or not evr.text:
        return False, None
    kind = _BOUNDS.get(evr.get("operation", ""))
    # "greater than 0:0-0" is how SUSE says: whatever version is there.
    if kind is None or (kind == "introduced" and evr.text.strip() in ("0:0-0", "0")):
        return kind is not None, None
    return True, Event(kind=kind, version=evr.text.strip())


def _elements(root: Path, path: str, *ends: str) -> Iterator[ET.Element]:
    """Yield whole elements whose tags end so, each forgotten before the next: files have hundreds of megabytes."""
    parents: list[ET.Element] = []
    with opened(root, path) as stream:
        for event, element in events(stream, path, ("start", "end")):
            if event == "start":
                parents.append(element)
                continue
            parents.pop()
            if _tag(element).endswith(ends):
                yield element
            # What stands directly in <definitions>, <tests>, <objects> and <states>, which stand in the root.
            if len(parents) == 2:
                parents[-1].remove(element)


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _child(element: ET.Element, tag: str) -> ET.Element | None:
    return next((one for one in element if _tag(one) == tag), None)


def _all(element: ET.Element, tag: str) -> Iterator[ET.Element]:
    return (one for one in element.iter() if _tag(one) == tag)


def _text(element: ET.Element, tag: str) -> str:
    found = next(_all(element, tag), None)
    return (found.text or "").strip() if found is not None else ""


def _date(definition: ET.Element) -> datetime | None:
    for tag in ("updated", "issued"):
        for one in _all(definition, tag):
            if one.get("date"):
                return datetime.fromisoformat(one.get("date", "")[:10]).replace(tzinfo=UTC)
    text = _text(definition, "advisory_date")
    found = datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found
