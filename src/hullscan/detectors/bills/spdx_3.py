"""SPDX 3 in JSON-LD. Rule: spdx.github.io/spdx-spec/v3.0.1: a graph of elements, packages among them."""

from typing import Any, Final

_PACKAGE: Final = "software_Package"
_PURPOSES: Final = {"operatingSystem": "OPERATING-SYSTEM"}


def spdx_2_of(graph: list[Any]) -> dict[str, Any]:
    """Return the packages of a *graph* in the words of SPDX 2, and what the document is about."""
    elements = [one for one in graph if isinstance(one, dict)]
    roots = [
        root
        for one in elements
        if one.get("type") == "SpdxDocument" and isinstance(one.get("rootElement"), list)
        for root in one["rootElement"]
    ]
    return {"packages": [_package(one) for one in elements if one.get("type") == _PACKAGE], "documentDescribes": roots}


def _package(element: dict[str, Any]) -> dict[str, Any]:
    purpose = str(element.get("software_primaryPurpose") or "")
    return {
        "SPDXID": element.get("spdxId"),
        "name": element.get("name"),
        "versionInfo": element.get("software_packageVersion"),
        "primaryPackagePurpose": _PURPOSES.get(purpose, purpose.upper()),
        "sourceInfo": element.get("software_sourceInfo"),
        "externalRefs": [
            {"referenceType": "purl" if kind == "packageUrl" else kind, "referenceLocator": text}
            for kind, text in _identifiers(element)
        ],
    }


def _identifiers(element: dict[str, Any]) -> list[tuple[str, Any]]:
    """Kinds and texts: cpe22, cpe23, packageUrl …; where there is a field of its own, that package URL alone counts."""
    told = element.get("externalIdentifier")
    found = [
        (str(one.get("externalIdentifierType")), one.get("identifier"))
        for one in (told if isinstance(told, list) else ())
        if isinstance(one, dict)
    ]
    own = element.get("software_packageUrl")
    return [*((kind, text) for kind, text in found if kind != "packageUrl"), ("packageUrl", own)] if own else found
