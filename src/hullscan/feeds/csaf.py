"""
CSAF documents of Red Hat and SUSE: VEX files (one flaw each) and advisories.

Rule: CSAF 2.0 (docs.oasis-open.org/csaf), sections 3.2.2 "Product Tree" and 3.2.3 "Vulnerabilities": a status lists
products that are components of a platform; the relationships say which of which. Red Hat's platforms are told apart by
their CPE, as OSV's ecosystem ``Red Hat`` names them; SUSE's by their names. A component without a version is a source
package at Red Hat (purl with ``arch=src``) and a binary one at SUSE.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote

import msgspec

from hullscan.errors import NOT_JSON, FeedError
from hullscan.feeds.feed import FeedItem
from hullscan.feeds.osv_names import plain_cpe
from hullscan.feeds.osv_severity import score, word
from hullscan.feeds.packed import documents
from hullscan.model.advisory import Advisory, AffectedPackage, AffectedRange, Cvss, Event
from hullscan.model.names import module_stream, source_ecosystem
from hullscan.model.report import Problem

_PART: Final = re.compile(r"native/csaf/(redhat|suse)/(?:[^/]+\.(?:tar(?:\.\w+)?|tgz)|.*\.json)")

_VENDORS: Final = {"redhat": (("Red Hat",), "CC-BY-4.0"), "suse": (("SUSE", "openSUSE"), "LicenseRef-SUSE")}

_RED_HAT: Final = re.compile(r"cpe:/[oa]:redhat:(enterprise_linux:\d+(?:\.\d+)?(?:::[\w-]+)?)")
_SUSE: Final = re.compile(
    r"(?:SUSE (?P<sle>Linux (?:Enterprise|Micro) .+)|openSUSE (?P<open>Leap (?:Micro )?[\d.]+|Tumbleweed))"
)
_NVR: Final = re.compile(
    r"(?P<name>.+)-(?P<version>[^-]+-[^-]+?)(?:\.(?:src|noarch|x86_64|i[3-6]86|aarch64|ppc64(?:le)?|s390x?))?"
)

_FIXED: Final = ("fixed", "first_fixed", "recommended")
_OPEN: Final = ("known_affected", "first_affected", "last_affected")

_REASONS: Final = ("no_fix_planned", "none_available")
"""Remedies that are none; their details say why ("Will not fix", "Out of support scope", "Fix deferred")."""


class _Helper(msgspec.Struct, frozen=True):
    cpe: str = ""
    purl: str = ""


class _Product(msgspec.Struct, frozen=True):
    product_id: str
    name: str = ""
    product_identification_helper: _Helper = _Helper()


class _Branch(msgspec.Struct, frozen=True):
    branches: list["_Branch"] = []
    product: _Product | None = None


class _Relationship(msgspec.Struct, frozen=True):
    product_reference: str
    relates_to_product_reference: str
    full_product_name: _Product


class _Tree(msgspec.Struct, frozen=True):
    branches: list[_Branch] = []
    relationships: list[_Relationship] = []


class _Remediation(msgspec.Struct, frozen=True):
    category: str = ""
    details: str = ""
    product_ids: list[str] = []


class _Threat(msgspec.Struct, frozen=True):
    category: str = ""
    details: str = ""


class _Score(msgspec.Struct, frozen=True):
    cvss_v2: dict[str, Any] | None = None
    cvss_v3: dict[str, Any] | None = None
    cvss_v4: dict[str, Any] | None = None


class _Note(msgspec.Struct, frozen=True):
    category: str = ""
    text: str = ""


class _Reference(msgspec.Struct, frozen=True):
    url: str = ""


class _Cwe(msgspec.Struct, frozen=True):
    id: str = ""


class _Vulnerability(msgspec.Struct, frozen=True):
    cve: str = ""
    cwe: _Cwe = _Cwe()
    title: str = ""
    product_status: dict[str, list[str]] = {}
    remediations: list[_Remediation] = []
    threats: list[_Threat] = []
    scores: list[_Score] = []
    notes: list[_Note] = []
    references: list[_Reference] = []


class _Tracking(msgspec.Struct, frozen=True):
    id: str
    current_release_date: str = ""


class _Severity(msgspec.Struct, frozen=True):
    text: str = ""


class _Head(msgspec.Struct, frozen=True):
    tracking: _Tracking
    aggregate_severity: _Severity = _Severity()


class _Document(msgspec.Struct, frozen=True):
    document: _Head
    product_tree: _Tree = _Tree()
    vulnerabilities: list[_Vulnerability] = []


_decoder = msgspec.json.Decoder(_Document)


@dataclass(frozen=True, slots=True)
class _Component:
    """A package as a product: its version is "" where all versions are meant."""

    name: str
    version: str
    module: str
    source: bool


class CsafFeed:
    """One publisher's documents, as single files or as the archives it packs them in."""

    def __init__(self, vendor: str, parts: tuple[str, ...]) -> None:
        """Name the feed."""
        self.name = f"csaf-{vendor}"
        self.ecosystems, self.license = _VENDORS[vendor]
        self.parts = parts
        self._vendor = vendor

    def parse(self, root: Path) -> Iterator[FeedItem]:
        """See `Feed.parse`."""
        for part in self.parts:
            for name, data in documents(root, part, ".json"):
                try:
                    yield from self._document(_decoder.decode(data))
                except (*NOT_JSON, ValueError, OverflowError) as error:  # a time next to the first or last there is
                    if name == part and len(self.parts) == 1:
                        raise FeedError(f"{part} is no CSAF document: {error}") from error
                    yield Problem(code="broken-record", path=name, message=f"it could not be read: {error}")

    def _document(self, document: _Document) -> Iterator[Advisory]:
        products = _Products(document.product_tree, self._vendor)
        tracking = document.document.tracking
        for one in document.vulnerabilities:
            severity = word(next((threat.details for threat in one.threats if threat.category == "impact"), ""))
            severity = severity or word(document.document.aggregate_severity.text)
            own = one.cve or tracking.id
            yield Advisory(
                feed=self.name,
                id=own if own == tracking.id else f"{tracking.id} for {own}",
                modified=_time(tracking.current_release_date),
                flaws=(own,),
                summary=one.title,
                details=next((note.text for note in one.notes if note.category == "description"), ""),
                severity=severity,
                severity_source=self._vendor if severity is not None else "",
                cvss=tuple(_vectors(one.scores, self.name)),
                cwes=(one.cwe.id,) if one.cwe.id.startswith("CWE-") else (),
                links=tuple(dict.fromkeys(ref.url for ref in one.references if ref.url.startswith("http"))),
                affected=tuple(dict.fromkeys(products.affected(one))),
            )


def csaf_feeds(parts: frozenset[str]) -> list[CsafFeed]:
    """Return the feeds whose files are at ``native/csaf/VENDOR/…``: JSON documents, or tars of them."""
    found: dict[str, list[str]] = {}
    for part in sorted(parts):
        match = _PART.fullmatch(part)
        if match is not None:
            found.setdefault(match[1], []).append(part)
    return [CsafFeed(vendor, tuple(files)) for vendor, files in sorted(found.items())]


class _Products:
    """The tree of one document: which package and which platform a product id stands for."""

    def __init__(self, tree: _Tree, vendor: str) -> None:
        self._vendor = vendor
        self._leaves = {product.product_id: product for product in _leaves(tree.branches)}
        self._pairs = {
            one.full_product_name.product_id: (one.product_reference, one.relates_to_product_reference)
            for one in tree.relationships
        }

    def affected(self, flaw: _Vulnerability) -> Iterator[AffectedPackage]:
        """Yield what the flaw's statuses say of packages of known platforms."""
        reasons = {
            product: one.details for one in flaw.remediations if one.category in _REASONS for product in one.product_ids
        }
        for status, ids in flaw.product_status.items():
            for product_id in ids:
                found = self._component(product_id)
                if found is None:
                    continue
                ecosystem, component = found
                where = source_ecosystem(ecosystem) if component.source else ecosystem
                if status in _FIXED and component.version and not component.source:
                    yield _ranged(ecosystem, component, (Event(kind="fixed", version=component.version),), "")
                elif status in _OPEN or status == "under_investigation":
                    last = (Event(kind="last_affected", version=component.version),) if component.version else ()
                    yield _ranged(
                        where,
                        component,
                        last,
                        reasons.get(product_id, ""),
                        undetermined=status == "under_investigation",
                    )
                elif status == "known_not_affected" and not component.version:
                    yield AffectedPackage(
                        ecosystem=where,
                        name=component.name,
                        module=component.module,
                        not_affected=True,
                    )

    def _component(self, product_id: str) -> tuple[str, _Component] | None:
        pair = self._pairs.get(product_id)
        if pair is None:
            return None
        platform = self._leaves.get(pair[1])
        ecosystem = self._ecosystem(platform) if platform is not None else None
        if ecosystem is None:
            return None
        leaf = self._leaves.get(pair[0])
        component = _component(pair[0], leaf.product_identification_helper.purl if leaf else "")
        return (ecosystem, component) if component is not None else None

    def _ecosystem(self, platform: _Product) -> str | None:
        if self._vendor == "redhat":
            found = _RED_HAT.fullmatch(platform.product_identification_helper.cpe)
            return f"Red Hat:{plain_cpe(found[1])}" if found else None
        named = _SUSE.fullmatch(platform.name)
        if named is None:
            return None
        return f"SUSE:{named['sle']}" if named["sle"] else f"openSUSE:{named['open']}"


def _component(text: str, purl: str) -> _Component | None:
    """Read a component by its purl, else by its text: ``NAME-VERSION-RELEASE[.ARCH]``, ``MODULE:STREAM/NAME`` or ``NAME``."""
    if purl:
        return _by_purl(purl)
    module, slash, rest = text.rpartition("/")
    found = _NVR.fullmatch(rest)
    name, version = (
        (found["name"], found["version"]) if found and any(map(str.isdigit, found["version"])) else (rest, "")
    )
    return _Component(name=name, version=version, module=module if slash else "", source=text.endswith(".src"))


def _by_purl(purl: str) -> _Component | None:
    body, _, query = purl.partition("?")
    kind, _, path = body.removeprefix("pkg:").partition("/")
    if kind != "rpm":
        return None
    name, _, version = path.rpartition("/")[2].partition("@")
    qualifiers = {key: values[0] for key, values in parse_qs(query).items()}
    version = unquote(version)
    if version:
        version = f"{qualifiers.get('epoch', '0')}:{version}"
    return _Component(
        name=unquote(name),
        version=version,
        module=module_stream(qualifiers.get("rpmmod", "")),
        source=qualifiers.get("arch") == "src",
    )


def _ranged(
    ecosystem: str, component: _Component, ends: tuple[Event, ...], note: str, *, undetermined: bool = False
) -> AffectedPackage:
    return AffectedPackage(
        ecosystem=ecosystem,
        name=component.name,
        module=component.module,
        ranges=(AffectedRange(events=(Event(kind="introduced", version="0"), *ends)),),
        note=note,
        undetermined=undetermined,
    )


def _leaves(branches: Iterable[_Branch]) -> Iterator[_Product]:
    for branch in branches:
        if branch.product is not None:
            yield branch.product
        yield from _leaves(branch.branches)


def _vectors(scores: Iterable[_Score], source: str) -> Iterator[Cvss]:
    for one in scores:
        for version, fields in (("2.0", one.cvss_v2), ("3.1", one.cvss_v3), ("4.0", one.cvss_v4)):
            text = fields.get("vectorString") if fields else None
            found = score(text, version, source) if isinstance(text, str) else None
            if found is not None:
                yield found


def _time(text: str) -> datetime | None:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC) if text else None
