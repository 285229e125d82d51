"""SPDX 2, as its JSON has it. Rule: spdx.github.io/spdx-spec/v2.3; Trivy's documents from before 2.3 are known, too."""

from collections.abc import Iterator
from typing import Any, Final

from hullscan.detectors.bills.bill import Bill, is_package, listed_distro, no_purl, told_version
from hullscan.detectors.bills.spdx_references import purls_of, references_of
from hullscan.detectors.formats import mappings
from hullscan.model.package import Distro, Package, SourcePackage
from hullscan.model.purls import package_from_purl
from hullscan.model.report import Problem
from hullscan.patterns import pattern

_SOURCE_INFO: Final = pattern(r"\b(?:built package from:|source package) (?P<name>\S+)(?: (?P<version>\S+))?")
"""What Trivy and we write into SPDX's ``sourceInfo``."""

_SUPPLIER: Final = pattern(r"Organization: *(.+?)(?: *\([^()\s]*@[^()\s]*\))?$")
"""SPDX 2.3, 7.5: an organization may have an address behind its name; persons build no distribution's rpms."""

_LONGEST_SUPPLIER: Final = 400

_NO_WORD: Final = frozenset({"", "NOASSERTION", "NONE"})

_LICENCE_KEYS: Final = ("licenseDeclared", "licenseConcluded")

_SOFTWARE: Final = frozenset({"", "LIBRARY", "FRAMEWORK", "APPLICATION", "INSTALL"})
"""Purposes of SPDX packages (2.3, 7.24) that are software; the others are what holds it, or its sources."""


def spdx_bill(document: dict[str, Any], path: str) -> Bill:
    """Return what *document* lists."""
    packages = mappings(document.get("packages"))
    root = _root(document)
    found = [
        one
        for package in packages
        if package.get("SPDXID") != root or any(is_package(text) for text in purls_of(package))
        for one in _listed(package, path)
    ]
    return Bill("spdx", found, _distro(packages))


def _root(document: dict[str, Any]) -> str:
    """The package that was scanned, if the document describes one: it is no part of itself."""
    described = document.get("documentDescribes")
    found = [one for one in described if isinstance(one, str)] if isinstance(described, list) else []
    found += [
        str(one.get("relatedSpdxElement"))
        for one in mappings(document.get("relationships"))
        if one.get("relationshipType") == "DESCRIBES" and one.get("spdxElementId") == "SPDXRef-DOCUMENT"
    ]
    return found[0] if len(set(found)) == 1 else ""


def _listed(package: dict[str, Any], path: str) -> Iterator[Package | Problem]:
    """SPDX 2.3, 7.21: the purl is an external reference, whatever category its writer thought right; there may be several."""
    licence = next((one for key in _LICENCE_KEYS if str(one := package.get(key) or "") not in _NO_WORD), None)
    purls = purls_of(package)
    for text in purls:
        yield package_from_purl(
            text,
            path,
            source=_source_info(str(package.get("sourceInfo") or "")),
            licenses=(str(licence),) if licence else (),
            version=told_version(package.get("versionInfo")),
            called=str(package.get("name") or ""),
            vendor=_supplier(str(package.get("supplier") or "")),
        )
    if purls:
        return
    told = str(package.get("versionInfo") or "") not in _NO_WORD or any(
        kind.startswith("cpe") for kind, _ in references_of(package)
    )
    purpose = str(package.get("primaryPackagePurpose") or "")
    if told and purpose in _SOFTWARE and not _is_system(package) and isinstance(package.get("name"), str):
        yield no_purl(package["name"], path)


def _supplier(text: str) -> str:
    found = _SUPPLIER.match(text[:_LONGEST_SUPPLIER])
    return found[1] if found is not None else ""


def _source_info(text: str) -> SourcePackage | None:
    found = _SOURCE_INFO.search(text)
    return SourcePackage(name=found["name"], version=found["version"] or "") if found is not None else None


def _distro(packages: list[dict[str, Any]]) -> Distro | None:
    for package in packages:
        if _is_system(package) and isinstance(package.get("name"), str):
            return listed_distro(package["name"], str(package.get("versionInfo") or ""))
    return None


def _is_system(package: dict[str, Any]) -> bool:
    """By its purpose; before SPDX 2.3 had that, Trivy wrote it into the id."""
    system = str(package.get("SPDXID", "")).startswith("SPDXRef-OperatingSystem")
    # SPDX 2.3 spells it with a dash, its schema of JSON with an underscore.
    return system or str(package.get("primaryPackagePurpose")).replace("_", "-") == "OPERATING-SYSTEM"
