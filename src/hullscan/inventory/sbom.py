"""Software bills of materials as input: CycloneDX and SPDX in JSON, and Syft's own JSON."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from hullscan.errors import UnreadableInput
from hullscan.inventory.purls import inventory_of_packages, package_from_purl
from hullscan.model.package import Distro, Inventory, Package, SourcePackage
from hullscan.model.report import Problem

_DEEPEST: Final = 100

_SOURCE_PROPERTIES: Final = (
    ("aquasecurity:trivy:SrcName", "aquasecurity:trivy:SrcVersion", "aquasecurity:trivy:SrcRelease"),
    ("syft:metadata:source", "syft:metadata:sourceVersion", ""),
)
"""Properties in which other tools name the source package: name, version, release."""


def read_sbom(data: bytes, path: str) -> Inventory:
    """
    Return what an SBOM lists.

    Raises:
        UnreadableInput: It is none that is known.
    """
    try:
        document = msgspec.json.decode(data)
    except msgspec.DecodeError as error:
        raise UnreadableInput(f"{path} is no JSON, so no SBOM that is known: {error}") from error
    if not isinstance(document, dict):
        raise UnreadableInput(f"{path} is no SBOM")
    if document.get("bomFormat") == "CycloneDX":
        components = list(_components(document))
        found = [one for component in components if (one := _cyclonedx(component, path)) is not None]
        return inventory_of_packages(found, _cyclonedx_distro(components), detectors="cyclonedx-1")
    if "spdxVersion" in document:
        packages = _dicts(document.get("packages"))
        found = [one for package in packages for one in _spdx(package, path)]
        return inventory_of_packages(found, _spdx_distro(packages), detectors="spdx-1")
    if isinstance(document.get("artifacts"), list) and "schema" in document:
        found = [package_from_purl(one["purl"], path) for one in _dicts(document["artifacts"]) if one.get("purl")]
        return inventory_of_packages(found, _syft_distro(document.get("distro")), detectors="syft-1")
    raise UnreadableInput(f"{path} is no SBOM that is known: neither CycloneDX, nor SPDX, nor Syft's JSON")


def _components(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All components, nested ones too, with the one that the document is about (CycloneDX 1.6, "components")."""
    metadata = document.get("metadata")
    pending: list[tuple[Any, int]] = [(document.get("components"), 0)]
    if isinstance(metadata, dict) and isinstance(metadata.get("component"), dict):
        # The root itself is what was scanned, not a package in it; what it nests is.
        pending.append((metadata["component"].get("components"), 0))
    while pending:
        value, depth = pending.pop()
        for component in _dicts(value):
            yield component
            if depth < _DEEPEST:
                pending.append((component.get("components"), depth + 1))


def _cyclonedx(component: dict[str, Any], path: str) -> Package | Problem | None:
    text = component.get("purl")
    if isinstance(text, str) and text:
        return package_from_purl(text, path, source=_source(component))
    if component.get("type") in ("library", "framework") and component.get("name"):
        return Problem(
            code="no-purl", path=path, message=f"component {component['name']} has no package URL, so it is not judged"
        )
    return None


def _source(component: dict[str, Any]) -> SourcePackage | None:
    properties = {one.get("name"): one.get("value") for one in _dicts(component.get("properties"))}
    for name, version, release in _SOURCE_PROPERTIES:
        if isinstance(properties.get(name), str):
            text = str(properties.get(version) or "")
            end = properties.get(release)
            return SourcePackage(name=str(properties[name]), version=f"{text}-{end}" if end and text else text)
    return None


def _cyclonedx_distro(components: list[dict[str, Any]]) -> Distro | None:
    for component in components:
        if component.get("type") == "operating-system" and isinstance(component.get("name"), str):
            return _distro(component["name"], str(component.get("version") or ""))
    return None


def _spdx(package: dict[str, Any], path: str) -> Iterator[Package | Problem]:
    """SPDX 2.3, 7.21: the purl is an external reference, its category written with a dash or an underscore."""
    for reference in _dicts(package.get("externalRefs")):
        category = str(reference.get("referenceCategory", "")).replace("_", "-").upper()
        if category == "PACKAGE-MANAGER" and reference.get("referenceType") == "purl":
            yield package_from_purl(str(reference.get("referenceLocator", "")), path)
            return


def _spdx_distro(packages: list[dict[str, Any]]) -> Distro | None:
    for package in packages:
        if package.get("primaryPackagePurpose") == "OPERATING-SYSTEM" and isinstance(package.get("name"), str):
            return _distro(package["name"], str(package.get("versionInfo") or ""))
    return None


def _syft_distro(value: Any) -> Distro | None:
    if not isinstance(value, dict) or not isinstance(value.get("id") or value.get("name"), str):
        return None
    return _distro(str(value.get("id") or value["name"]), str(value.get("versionID") or value.get("version") or ""))


def _distro(name: str, version: str) -> Distro:
    return Distro(id=name.lower().replace(" ", "-"), version_id=version)


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
