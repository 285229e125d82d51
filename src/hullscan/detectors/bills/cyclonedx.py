"""CycloneDX, as its JSON has it. Rule: cyclonedx.org/docs/1.6."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Any, Final

from msgspec.structs import replace

from hullscan.detectors.bills.bill import Bill, is_package, listed_distro, no_purl, told_version, with_module
from hullscan.detectors.formats import mappings
from hullscan.model.package import Distro, Package, SourcePackage
from hullscan.model.purls import package_from_purl
from hullscan.model.report import Problem

_DEEPEST: Final = 100

_SOURCE_PROPERTIES: Final = (
    ("hullscan:source", "hullscan:source-version", "", ""),
    (
        "aquasecurity:trivy:SrcName",
        "aquasecurity:trivy:SrcVersion",
        "aquasecurity:trivy:SrcRelease",
        "aquasecurity:trivy:SrcEpoch",
    ),
    ("syft:metadata:source", "syft:metadata:sourceVersion", "", ""),
    ("syft:metadata:originPackage", "", "", ""),
)
"""Properties in which we and other tools name the source package: name, version, release, epoch."""


def cyclonedx_bill(document: dict[str, Any], path: str) -> Bill:
    """Return what *document* lists."""
    metadata = document.get("metadata")
    # What the document is about: a mapping, or nothing.
    about = mappings([metadata.get("component") if isinstance(metadata, dict) else None])
    components = list(_components([document, *about]))
    components += [one for one in about if is_package(str(one.get("purl") or ""))]
    wholes = {component.get("purl") for component in components if isinstance(component.get("purl"), str)}
    found = [
        one
        for component in components
        if not _is_part(component, wholes) and (one := _package(component, path)) is not None
    ]
    named = [*(("", one) for one in about), *((one.get("bom-ref"), one) for one in (*components, *about))]
    return Bill("cyclonedx", found, _distro([*components, *about]), _purls(named))


def _components(parents: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """All components of *parents*, and those in them (CycloneDX 1.6, "components")."""
    pending = [(parent.get("components"), 0) for parent in parents]
    while pending:
        value, depth = pending.pop()
        for component in mappings(value):
            yield component
            if depth < _DEEPEST:
                pending.append((component.get("components"), depth + 1))


def _is_part(component: dict[str, Any], wholes: AbstractSet[Any]) -> bool:
    """
    Whether it is a part of a package that is listed, too, as cargo's targets and the extensions of a Python distribution are.

    Rule: purl specification, "subpath". Of Go it is part of a module's name, and none of two modules is a part of the other.
    """
    whole, part, _ = str(component.get("purl") or "").partition("#")
    return bool(part) and whole in wholes and not whole.startswith("pkg:golang/")


def _package(component: dict[str, Any], path: str) -> Package | Problem | None:
    text = component.get("purl")
    if isinstance(text, str) and text:
        package = package_from_purl(
            text,
            path,
            source=_source(component),
            licenses=_licences(component),
            version=told_version(component.get("version")),
            called=str(component.get("name") or ""),
            vendor=_vendor(component),
        )
        if isinstance(package, Package) and component.get("scope") == "excluded":
            package = replace(package, dev=True)  # "scope": for tests and the like, not there at run time
        return with_module(package, _property(component, "aquasecurity:trivy:Modularitylabel"))
    kind, name = component.get("type"), component.get("name")
    told = kind == "application" and (component.get("version") or component.get("cpe"))
    if name and (kind in ("library", "framework") or told):
        return no_purl(str(name), path)
    return None


def _property(component: dict[str, Any], name: str) -> str:
    return next(
        (str(one.get("value") or "") for one in mappings(component.get("properties")) if one.get("name") == name), ""
    )


def _licences(component: dict[str, Any]) -> tuple[str, ...]:
    """CycloneDX 1.6, "licenses": licences by SPDX's id or by a name, or one expression."""
    found = []
    for one in mappings(component.get("licenses")):
        inner = one.get("license")
        fields = inner if isinstance(inner, dict) else {}
        found.append(one.get("expression") or fields.get("id") or fields.get("name"))
    return tuple(one for one in found if isinstance(one, str) and one)


def _source(component: dict[str, Any]) -> SourcePackage | None:
    properties = {one.get("name"): one.get("value") for one in mappings(component.get("properties"))}
    for name, version, release, epoch in _SOURCE_PROPERTIES:
        if isinstance(properties.get(name), str):
            text, end, start = (str(properties.get(key) or "") for key in (version, release, epoch))
            text = f"{text}-{end}" if end and text else text
            return SourcePackage(name=str(properties[name]), version=f"{start}:{text}" if start and text else text)
    return None


def _vendor(component: dict[str, Any]) -> str:
    """Of an rpm: Trivy's and our ``supplier``, Syft's ``publisher``."""
    supplier = component.get("supplier")
    told = (supplier.get("name") if isinstance(supplier, dict) else None) or component.get("publisher")
    return told if isinstance(told, str) else ""


def _distro(components: list[dict[str, Any]]) -> Distro | None:
    for component in components:
        if component.get("type") == "operating-system" and isinstance(component.get("name"), str):
            return listed_distro(component["name"], str(component.get("version") or ""))
    return None


def _purls(named: Iterable[tuple[Any, dict[str, Any]]]) -> dict[str, str]:
    return {name: part["purl"] for name, part in named if isinstance(name, str) and isinstance(part.get("purl"), str)}
