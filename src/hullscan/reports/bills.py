"""An inventory as a software bill of materials: CycloneDX 1.6 and SPDX 2.3, both in JSON."""

import json
import re
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from hullscan.model.package import Distro, Inventory, Package
from hullscan.model.report import Scanner

_NAMES: Final = uuid.UUID("6f0c9a52-3d3f-5c1b-9d51-6d2f6a2b7c11")
"""The same content gets the same serial number: UUIDs of version 5 in a space of our own."""


def cyclonedx(
    inventory: Inventory,
    *,
    target: str,
    digest: str,
    scanner: Scanner,
    at: datetime,
    base_layers: frozenset[str] = frozenset(),
) -> bytes:
    """
    Return the inventory as CycloneDX 1.6.

    Who built a package is its ``supplier``. Where it was found is in ``evidence.occurrences``, its layer (and whether it is one
    of *base_layers*), source package and owner in properties ``hullscan:…``; what could not be read in properties
    ``hullscan:problem`` of the document's subject.
    """
    packages = list(dict.fromkeys(inventory.packages))
    about: dict[str, Any] = {"type": "container", "bom-ref": "target", "name": target}
    if digest:
        about["version"] = digest
    problems = [{"name": "hullscan:problem", "value": _problem(one)} for one in inventory.problems]
    if problems:
        about["properties"] = problems
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{_serial(packages, target, digest, base_layers)}",
        "version": 1,
        "metadata": {
            "timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "tools": {
                "components": [
                    {
                        "type": "application",
                        "name": scanner.name,
                        "version": scanner.version,
                        "manufacturer": {"name": scanner.vendor},
                    }
                ]
            },
            "component": about,
        },
        "components": [
            *(_system(inventory.distro) if inventory.distro else []),
            *(_component(one, number, in_base=one.layer in base_layers) for number, one in enumerate(packages, 1)),
        ],
    }
    return _encoded(document)


def spdx(
    inventory: Inventory,
    *,
    target: str,
    digest: str,
    scanner: Scanner,
    at: datetime,
    base_layers: frozenset[str] = frozenset(),
) -> bytes:
    """Return the inventory as SPDX 2.3; what the document does not know it says as NOASSERTION."""
    packages = list(dict.fromkeys(inventory.packages))
    serial = _serial(packages, target, digest, base_layers)
    root = {
        "SPDXID": "SPDXRef-target",
        "name": target,
        "versionInfo": digest or "NOASSERTION",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "primaryPackagePurpose": "CONTAINER",
        "comment": "\n".join(_problem(one) for one in inventory.problems),
    }
    entries = [_spdx_package(one, number, in_base=one.layer in base_layers) for number, one in enumerate(packages, 1)]
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": target,
        "documentNamespace": f"urn:uuid:{serial}",
        "creationInfo": {
            "created": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": [f"Tool: {scanner.name}-{scanner.version}"],
        },
        "packages": [root, *entries],
        "relationships": [
            {
                "spdxElementId": "SPDXRef-DOCUMENT",
                "relationshipType": "DESCRIBES",
                "relatedSpdxElement": "SPDXRef-target",
            },
            *(
                {
                    "spdxElementId": "SPDXRef-target",
                    "relationshipType": "CONTAINS",
                    "relatedSpdxElement": one["SPDXID"],
                }
                for one in entries
            ),
        ],
    }
    if not root["comment"]:
        del root["comment"]
    return _encoded(document)


def _component(one: Package, number: int, *, in_base: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {"type": "library", "bom-ref": f"package-{number}", "name": one.name}
    if one.vendor:
        fields["supplier"] = {"name": one.vendor}
    if one.namespace:
        fields["group"] = one.namespace
    if one.version:
        fields["version"] = one.version
    fields["purl"] = one.purl
    if one.dev:
        fields["scope"] = "excluded"
    if one.licenses:
        fields["licenses"] = [{"license": {"name": text}} for text in one.licenses]
    if one.path:
        fields["evidence"] = {"occurrences": [{"location": one.path}]}
    properties = [
        ("hullscan:layer", one.layer),
        ("hullscan:in-base-image", "true" if in_base else ""),
        ("hullscan:source", one.source.name if one.source else ""),
        ("hullscan:source-version", one.source.version if one.source else ""),
        ("hullscan:owner", one.owner.name if one.owner else ""),
    ]
    told = [{"name": name, "value": value} for name, value in properties if value]
    if told:
        fields["properties"] = told
    return fields


def _system(distro: Distro) -> list[dict[str, Any]]:
    fields: dict[str, Any] = {"type": "operating-system", "bom-ref": "system", "name": distro.id}
    if distro.version_id:
        fields["version"] = distro.version_id
    return [fields]


def _spdx_package(one: Package, number: int, *, in_base: bool) -> dict[str, Any]:
    layer = f", layer {one.layer}{' of the base image' if in_base else ''}" if one.layer else ""
    source = f"; source package {one.source.name} {one.source.version}".rstrip() if one.source else ""
    return {
        "SPDXID": f"SPDXRef-package-{number}",
        "name": one.full_name,
        "versionInfo": one.version or "NOASSERTION",
        "supplier": f"Organization: {one.vendor}" if one.vendor else "NOASSERTION",
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": _license(one.licenses),
        "copyrightText": "NOASSERTION",
        "sourceInfo": f"found in {one.path or 'the list'}" + layer + source,
        "externalRefs": [
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": one.purl}
        ],
    }


def _license(texts: tuple[str, ...]) -> str:
    """A declared licence only if it is one word of SPDX's grammar; anything else would make the document invalid."""
    if len(texts) == 1 and re.fullmatch(r"[A-Za-z0-9.+-]+", texts[0]) and "-" in texts[0]:
        return texts[0]
    return "NOASSERTION"


def _serial(packages: Iterable[Package], target: str, digest: str, base_layers: frozenset[str]) -> uuid.UUID:
    listed = (f"{one.purl} {one.path} {one.layer}" for one in packages)
    text = "\n".join([target, digest, *listed, *sorted(base_layers)])
    return uuid.uuid5(_NAMES, text)


def _problem(problem: Any) -> str:
    return f"{problem.code}: {problem.path + ': ' if problem.path else ''}{problem.message}"


def _encoded(document: dict[str, Any]) -> bytes:
    return json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n"
