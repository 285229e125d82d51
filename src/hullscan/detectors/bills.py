"""Software bills of materials: CycloneDX in JSON and XML, SPDX 2 and 3, Syft's JSON, what GitHub exports, in-toto statements."""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from xml.etree.ElementTree import Element

import msgspec
from msgspec.structs import replace

from hullscan.detectors.formats import decoded
from hullscan.detectors.spdx_3 import spdx_2_of
from hullscan.detectors.spdx_tags import spdx_of_tags
from hullscan.errors import NOT_JSON, NOT_XML, UnreadableInput
from hullscan.model.package import Distro, Package, SourcePackage
from hullscan.model.purls import distro_id, package_from_purl, source_of_rpm
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

_SOURCE_INFO: Final = re.compile(r"\b(?:built package from:|source package) (?P<name>\S+)(?: (?P<version>\S+))?")
"""What Trivy and we write into SPDX's ``sourceInfo``."""

_SUPPLIER: Final = re.compile(r"Organization: *(.+?)(?: *\([^()\s]*@[^()\s]*\))?$")
"""SPDX 2.3, 7.5: an organization may have an address behind its name; persons build no distribution's rpms."""

_LONGEST_SUPPLIER: Final = 400

_NO_WORD: Final = frozenset({"", "NOASSERTION", "NONE"})

_HOLDERS: Final = ("", "oci", "docker", "generic", "github", "gitlab", "bitbucket", "swid")
"""Types of package URLs by which a document names an image or a repository that it is about, rather than a package."""

_EXACT: Final = re.compile(r"v?\d[\w.:~+-]*")
_XML_ENCODING: Final = re.compile(r"\A(\ufeff?<\?xml[^>]*?)\s+encoding=(?:\"[^\"]*\"|'[^']*')")
"""What was UTF-16 is none any more, whatever its declaration says."""

_DECLARATION: Final = 200
"""Longer ones than this are not looked for: what is searched for spaces again and again must be short."""

_SOFTWARE: Final = frozenset({"", "LIBRARY", "FRAMEWORK", "APPLICATION", "INSTALL"})
"""Purposes of SPDX packages (2.3, 7.24) that are software; the others are what holds it, or its sources."""


class Bill(NamedTuple):
    """
    What an SBOM lists: packages, and problems where an entry names none; `kind` is its format.

    `references` are package URLs by the ids that it gives its components, that of what it is about under "".
    """

    kind: str
    found: list[Package | Problem]
    distro: Distro | None
    references: Mapping[str, str] = MappingProxyType({})


def read_bill(data: bytes, path: str) -> Bill:
    """
    Read an SBOM, in UTF-8 or UTF-16.

    Raises:
        UnreadableInput: It is none that is known.
    """
    if b"\0" in data[:4]:
        text = decoded(data)
        data = (_XML_ENCODING.sub(r"\1", text[:_DECLARATION]) + text[_DECLARATION:]).encode()
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:200]
    if start.startswith(b"<"):
        return _read_xml(data, path)
    if b"SPDXVersion:" in data[:4_096]:
        return _spdx_bill(spdx_of_tags(data.decode("utf-8-sig", "replace")), path)
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
    if isinstance(document.get("@graph"), list) and "spdx" in str(document.get("@context")):
        return _spdx_bill(spdx_2_of(document["@graph"]), path)
    if isinstance(document.get("sbom"), dict):
        # GitHub's export of a repository's dependency graph.
        return _read_object(document["sbom"], path, depth + 1)
    if isinstance(document.get("artifacts"), list) and "schema" in document:
        found = [_syft(one, path) for one in _dicts(document["artifacts"])]
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
    metadata = document.get("metadata")
    about = metadata.get("component") if isinstance(metadata, dict) else None
    if isinstance(about, dict) and _is_package(str(about.get("purl") or "")):
        components.append(about)
    found = [one for component in components if (one := _cyclonedx(component, path)) is not None]
    metadata = document.get("metadata")
    about = metadata.get("component") if isinstance(metadata, dict) else None
    named = [("", about), *((part.get("bom-ref"), part) for part in (*components, *_dicts([about])))]
    return Bill("cyclonedx", found, _cyclonedx_distro(components), _purls(named))


def _purls(named: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    return {
        name: part["purl"]
        for name, part in named
        if isinstance(name, str) and isinstance(part, dict) and isinstance(part.get("purl"), str)
    }


def _spdx_bill(document: dict[str, Any], path: str) -> Bill:
    packages = _dicts(document.get("packages"))
    root = _spdx_root(document)
    found = [
        one
        for package in packages
        if package.get("SPDXID") != root or _is_package(_references(package).get("purl", ""))
        for one in _spdx(package, path)
    ]
    return Bill("spdx", found, _spdx_distro(packages))


def _is_package(purl: str) -> bool:
    """Whether what a document is about is itself a package of a version, not what holds those that it lists."""
    return purl.removeprefix("pkg:").partition("/")[0] not in _HOLDERS and "@" in purl.partition("?")[0]


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
        "metadata": {"component": _xml_component(about, 0)} if about is not None else {},
    }
    return _cyclonedx_bill(document, path)


def _xml_components(parent: Element, depth: int) -> list[dict[str, Any]]:
    if depth > _DEEPEST:
        return []
    found = []
    for listed in (one for one in parent if _local(one) == "components"):
        found += [_xml_component(one, depth) for one in listed if _local(one) == "component"]
    return found


def _xml_component(element: Element, depth: int) -> dict[str, Any]:
    fields: dict[str, Any] = {"type": element.get("type", ""), "components": _xml_components(element, depth + 1)}
    for child in element:
        name = _local(child)
        if name in ("name", "version", "purl", "group", "cpe", "publisher"):
            fields[name] = (child.text or "").strip()
        elif name == "supplier":
            fields[name] = {_local(each): (each.text or "").strip() for each in child}
        elif name == "licenses":
            fields["licenses"] = [_xml_licence(each) for each in child]
        elif name == "properties":
            fields["properties"] = [{"name": each.get("name"), "value": each.text} for each in child]
    return fields


def _xml_licence(element: Element) -> dict[str, Any]:
    text = (element.text or "").strip()
    if _local(element) == "expression":
        return {"expression": text}
    return {"license": {_local(one): (one.text or "").strip() for one in element}}


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _components(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All components, nested ones too, with the one that the document is about (CycloneDX 1.6, "components")."""
    metadata = document.get("metadata")
    pending: list[tuple[Any, int]] = [(document.get("components"), 0)]
    if isinstance(metadata, dict) and isinstance(metadata.get("component"), dict):
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
        package = package_from_purl(
            text,
            path,
            source=_source(component),
            licenses=_licences(component),
            version=_told_version(component),
            called=str(component.get("name") or ""),
            vendor=_vendor(component),
        )
        return _with_module(package, _property(component, "aquasecurity:trivy:Modularitylabel"))
    kind, name = component.get("type"), component.get("name")
    told = kind == "application" and (component.get("version") or component.get("cpe"))
    if name and (kind in ("library", "framework") or told):
        return _no_purl(str(name), path)
    return None


def _told_version(component: dict[str, Any]) -> str:
    """The version beside a package URL that has none, if it is one: some tools write there what was asked for."""
    version = component.get("version") or component.get("versionInfo")
    return version if isinstance(version, str) and _EXACT.fullmatch(version) else ""


def _property(component: dict[str, Any], name: str) -> str:
    return next(
        (str(one.get("value") or "") for one in _dicts(component.get("properties")) if one.get("name") == name), ""
    )


def _with_module(package: Package | Problem, label: str) -> Package | Problem:
    """The package with the module label that an SBOM tells beside the purl, where the purl has none."""
    if not label or isinstance(package, Problem) or package.qualifier("rpmmod"):
        return package
    return replace(package, qualifiers=tuple(sorted((*package.qualifiers, ("rpmmod", label)))))


def _no_purl(name: str, path: str) -> Problem:
    return Problem(code="no-purl", path=path, message=f"component {name[:200]} has no package URL, so it is not judged")


def _licences(component: dict[str, Any]) -> tuple[str, ...]:
    """CycloneDX 1.6, "licenses": licences by SPDX's id or by a name, or one expression."""
    found = []
    for one in _dicts(component.get("licenses")):
        inner = one.get("license")
        fields = inner if isinstance(inner, dict) else {}
        found.append(one.get("expression") or fields.get("id") or fields.get("name"))
    return tuple(one for one in found if isinstance(one, str) and one)


def _source(component: dict[str, Any]) -> SourcePackage | None:
    properties = {one.get("name"): one.get("value") for one in _dicts(component.get("properties"))}
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


def _cyclonedx_distro(components: list[dict[str, Any]]) -> Distro | None:
    for component in components:
        if component.get("type") == "operating-system" and isinstance(component.get("name"), str):
            return _distro(component["name"], str(component.get("version") or ""))
    return None


def _spdx(package: dict[str, Any], path: str) -> Iterator[Package | Problem]:
    """SPDX 2.3, 7.21: the purl is an external reference, whatever category its writer thought right."""
    references = _references(package)
    licence = next((one for key in _LICENCE_KEYS if str(one := package.get(key) or "") not in _NO_WORD), None)
    if references.get("purl"):
        yield package_from_purl(
            references["purl"],
            path,
            source=_source_info(str(package.get("sourceInfo") or "")),
            licenses=(str(licence),) if licence else (),
            version=_told_version(package),
            called=str(package.get("name") or ""),
            vendor=_supplier(str(package.get("supplier") or "")),
        )
        return
    told = str(package.get("versionInfo") or "") not in _NO_WORD or any(one.startswith("cpe") for one in references)
    purpose = str(package.get("primaryPackagePurpose") or "")
    if told and purpose in _SOFTWARE and not _is_system(package) and isinstance(package.get("name"), str):
        yield _no_purl(package["name"], path)


def _references(package: dict[str, Any]) -> dict[str, str]:
    references = _dicts(package.get("externalRefs"))
    return {str(one.get("referenceType")): str(one.get("referenceLocator") or "") for one in references}


def _supplier(text: str) -> str:
    found = _SUPPLIER.match(text[:_LONGEST_SUPPLIER])
    return found[1] if found is not None else ""


_LICENCE_KEYS: Final = ("licenseDeclared", "licenseConcluded")


def _source_info(text: str) -> SourcePackage | None:
    found = _SOURCE_INFO.search(text)
    return SourcePackage(name=found["name"], version=found["version"] or "") if found is not None else None


def _spdx_root(document: dict[str, Any]) -> str:
    """The package that was scanned, if the document describes one: it is no part of itself."""
    described = document.get("documentDescribes")
    found = [one for one in described if isinstance(one, str)] if isinstance(described, list) else []
    found += [
        str(one.get("relatedSpdxElement"))
        for one in _dicts(document.get("relationships"))
        if one.get("relationshipType") == "DESCRIBES" and one.get("spdxElementId") == "SPDXRef-DOCUMENT"
    ]
    return found[0] if len(set(found)) == 1 else ""


def _spdx_distro(packages: list[dict[str, Any]]) -> Distro | None:
    for package in packages:
        if _is_system(package) and isinstance(package.get("name"), str):
            return _distro(package["name"], str(package.get("versionInfo") or ""))
    return None


def _is_system(package: dict[str, Any]) -> bool:
    """By its purpose; before SPDX 2.3 had that, Trivy wrote it into the id."""
    system = str(package.get("SPDXID", "")).startswith("SPDXRef-OperatingSystem")
    # SPDX 2.3 spells it with a dash, its schema of JSON with an underscore.
    return system or str(package.get("primaryPackagePurpose")).replace("_", "-") == "OPERATING-SYSTEM"


def _syft(artifact: dict[str, Any], path: str) -> Package | Problem:
    """Syft's JSON schema: ``purl``, ``licenses`` (texts, later objects), ``metadata`` by kind of package."""
    if not artifact.get("purl"):
        return _no_purl(str(artifact.get("name") or artifact.get("id")), path)
    metadata, told = artifact.get("metadata"), artifact.get("licenses")
    fields = metadata if isinstance(metadata, dict) else {}
    name = fields.get("source") or fields.get("originPackage")
    source = SourcePackage(name=str(name), version=str(fields.get("sourceVersion") or "")) if name else None
    if fields.get("sourceRpm"):
        source = source_of_rpm(str(fields["sourceRpm"]))
    listed = [one.get("value") if isinstance(one, dict) else one for one in (told if isinstance(told, list) else ())]
    licences = tuple(one for one in listed if isinstance(one, str) and one)
    called, vendor = str(artifact.get("name") or ""), str(fields.get("vendor") or "")
    package = package_from_purl(
        str(artifact["purl"]), path, source=source, licenses=licences, called=called, vendor=vendor
    )
    return _with_module(package, str(fields.get("modularityLabel") or ""))


def _syft_distro(value: Any) -> Distro | None:
    if not isinstance(value, dict) or not isinstance(value.get("id") or value.get("name"), str):
        return None
    return _distro(str(value.get("id") or value["name"]), str(value.get("versionID") or value.get("version") or ""))


def _distro(name: str, version: str) -> Distro:
    return Distro(id=distro_id(name), version_id=version)


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
