"""Software bills of materials: CycloneDX in JSON and XML, SPDX in JSON and tag-value, Syft's JSON, in-toto statements of these."""

import base64
import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from xml.etree.ElementTree import Element

import msgspec

from hullscan.errors import NOT_JSON, NOT_XML, UnreadableInput
from hullscan.model.package import Distro, Package, SourcePackage
from hullscan.model.purls import package_from_purl
from hullscan.model.report import Problem

_DEEPEST: Final = 100

_SOURCE_PROPERTIES: Final = (
    ("aquasecurity:trivy:SrcName", "aquasecurity:trivy:SrcVersion", "aquasecurity:trivy:SrcRelease"),
    ("syft:metadata:source", "syft:metadata:sourceVersion", ""),
)
"""Properties in which other tools name the source package: name, version, release."""


class Bill(NamedTuple):
    """What an SBOM lists: packages, and problems where an entry names none; `kind` is its format."""

    kind: str
    found: list[Package | Problem]
    distro: Distro | None


def read_bill(data: bytes, path: str) -> Bill:
    """
    Read an SBOM.

    Raises:
        UnreadableInput: It is none that is known.
    """
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:200]
    if start.startswith(b"<"):
        return _read_xml(data, path)
    if b"SPDXVersion:" in data[:4_096]:
        return _spdx_bill(_tag_value(data.decode("utf-8-sig", "replace")), path)
    try:
        document = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except NOT_JSON as error:
        raise UnreadableInput(f"{path} is no SBOM that is known, neither JSON, XML nor tag-value: {error}") from error
    return _read_object(document, path, 0)


def _read_object(document: Any, path: str, depth: int) -> Bill:
    if not isinstance(document, dict) or depth > 3:
        raise UnreadableInput(f"{path} is no SBOM")
    if document.get("bomFormat") == "CycloneDX":
        return _cyclonedx_bill(document, path)
    if "spdxVersion" in document:
        return _spdx_bill(document, path)
    if isinstance(document.get("artifacts"), list) and "schema" in document:
        found = [package_from_purl(one["purl"], path) for one in _dicts(document["artifacts"]) if one.get("purl")]
        return Bill("syft", found, _syft_distro(document.get("distro")))
    if isinstance(document.get("payload"), str) and "payloadType" in document:
        # in-toto's envelope (DSSE): the statement is base64 in it.
        try:
            inner = json.loads(base64.b64decode(document["payload"]))
        except ValueError as error:
            raise UnreadableInput(f"{path} is an envelope whose payload cannot be read: {error}") from error
        return _read_object(inner, path, depth + 1)
    if "predicateType" in document:
        predicate = document.get("predicate")
        # cosign puts the SBOM into "Data" of its predicate.
        inner = predicate.get("Data", predicate) if isinstance(predicate, dict) else predicate
        return _read_object(json.loads(inner) if isinstance(inner, str) else inner, path, depth + 1)
    raise UnreadableInput(f"{path} is no SBOM that is known: neither CycloneDX, nor SPDX, nor Syft's JSON")


def _cyclonedx_bill(document: dict[str, Any], path: str) -> Bill:
    components = list(_components(document))
    found = [one for component in components if (one := _cyclonedx(component, path)) is not None]
    return Bill("cyclonedx", found, _cyclonedx_distro(components))


def _spdx_bill(document: dict[str, Any], path: str) -> Bill:
    packages = _dicts(document.get("packages"))
    return Bill("spdx", [one for package in packages for one in _spdx(package, path)], _spdx_distro(packages))


def _read_xml(data: bytes, path: str) -> Bill:
    """CycloneDX's XML has the JSON's names: an element for each field, lists as elements of one name."""
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(data)
    except NOT_XML as error:
        raise UnreadableInput(f"{path} is no XML: {error}") from error
    if _local(root) != "bom" or "cyclonedx" not in root.tag:
        raise UnreadableInput(f"{path} is XML, but no CycloneDX")
    metadata = next((one for one in root if _local(one) == "metadata"), None)
    about = next((one for one in metadata if _local(one) == "component"), None) if metadata is not None else None
    document = {
        "components": _xml_components(root, 0),
        "metadata": {"component": {"components": _xml_components(about, 0)}} if about is not None else {},
    }
    return _cyclonedx_bill(document, path)


def _xml_components(parent: Element, depth: int) -> list[dict[str, Any]]:
    if depth > _DEEPEST:
        return []
    found = []
    for listed in (one for one in parent if _local(one) == "components"):
        for one in (each for each in listed if _local(each) == "component"):
            fields: dict[str, Any] = {"type": one.get("type", ""), "components": _xml_components(one, depth + 1)}
            for child in one:
                name = _local(child)
                if name in ("name", "version", "purl", "group"):
                    fields[name] = (child.text or "").strip()
                elif name == "properties":
                    fields["properties"] = [{"name": each.get("name"), "value": each.text} for each in child]
            found.append(fields)
    return found


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _tag_value(text: str) -> dict[str, Any]:
    """SPDX's tag-value form (SPDX 2.3, annex): ``PackageName`` begins a package."""
    packages: list[dict[str, Any]] = []
    for line in text.splitlines():
        tag, colon, value = line.strip().partition(":")
        value = value.strip()
        if not colon:
            continue
        if tag == "PackageName":
            packages.append({"name": value, "externalRefs": []})
        elif not packages:
            continue
        elif tag == "PackageVersion":
            packages[-1]["versionInfo"] = value
        elif tag == "PrimaryPackagePurpose":
            packages[-1]["primaryPackagePurpose"] = value
        elif tag == "ExternalRef":
            parts = value.split(None, 2)
            if len(parts) == 3:
                keys = ("referenceCategory", "referenceType", "referenceLocator")
                packages[-1]["externalRefs"].append(dict(zip(keys, parts, strict=True)))
    return {"packages": packages}


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
