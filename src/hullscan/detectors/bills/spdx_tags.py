"""SPDX in its tag-value form. Rule: spdx.github.io/spdx-spec/v2.3, annex "Tag:Value"."""

from typing import Any, Final

_TAGS: Final = {
    "SPDXID": "SPDXID",
    "PackageVersion": "versionInfo",
    "PrimaryPackagePurpose": "primaryPackagePurpose",
    "PackageSourceInfo": "sourceInfo",
    "PackageSupplier": "supplier",
    "PackageLicenseDeclared": "licenseDeclared",
    "PackageLicenseConcluded": "licenseConcluded",
}
"""Tags of a package → the names of the same in JSON."""


def spdx_of_tags(text: str) -> dict[str, Any]:
    """Return the packages of a document, and what it is about, as its JSON form names them; ``PackageName`` begins a package."""
    packages: list[dict[str, Any]] = []
    described = []
    # Texts of several lines may hold anything.
    for line in _without_texts(text).splitlines():
        tag, colon, value = line.strip().partition(":")
        value = value.strip()
        if not colon:
            continue
        if tag == "PackageName":
            packages.append({"name": value, "externalRefs": []})
        elif tag == "Relationship" and value.startswith("SPDXRef-DOCUMENT DESCRIBES "):
            described.append(value.split()[2])
        elif not packages:
            continue
        elif tag in _TAGS:
            packages[-1][_TAGS[tag]] = value
        elif tag == "ExternalRef":
            parts = value.split(None, 2)
            if len(parts) == 3:
                keys = ("referenceCategory", "referenceType", "referenceLocator")
                packages[-1]["externalRefs"].append(dict(zip(keys, parts, strict=True)))
    return {"packages": packages, "documentDescribes": described}


def _without_texts(text: str) -> str:
    """Return *text* without what stands between ``<text>`` and ``</text>``; by searching, for one may stand at every place."""
    kept = []
    position = 0
    while (start := text.find("<text>", position)) >= 0 and (end := text.find("</text>", start)) >= 0:
        kept.append(text[position:start])
        position = end + len("</text>")
    return "".join((*kept, text[position:]))
