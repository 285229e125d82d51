"""Software bills of materials: CycloneDX in JSON and XML, SPDX 2 and 3, Syft's JSON, what GitHub exports, in-toto statements."""

import base64
from typing import Any, Final

import msgspec

from hullscan.detectors.bills.bill import Bill
from hullscan.detectors.bills.cyclonedx import cyclonedx_bill
from hullscan.detectors.bills.cyclonedx_xml import cyclonedx_of_xml
from hullscan.detectors.bills.spdx import spdx_bill
from hullscan.detectors.bills.spdx_3 import spdx_2_of
from hullscan.detectors.bills.spdx_tags import spdx_of_tags
from hullscan.detectors.bills.syft import syft_bill
from hullscan.detectors.formats import decoded
from hullscan.errors import NOT_JSON, UnreadableInput
from hullscan.patterns import pattern

_XML_ENCODING: Final = pattern(r"\A(\ufeff?<\?xml[^>]*?)\s+encoding=(?:\"[^\"]*\"|'[^']*')")
"""What was UTF-16 is none any more, whatever its declaration says."""

_DECLARATION: Final = 200
"""Longer ones than this are not looked for: what is searched for spaces again and again must be short."""


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
        return cyclonedx_bill(cyclonedx_of_xml(data, path), path)
    if b"SPDXVersion:" in data[:4_096]:
        return spdx_bill(spdx_of_tags(data.decode("utf-8-sig", "replace")), path)
    try:
        document = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except NOT_JSON as error:
        raise UnreadableInput(f"{path} is no SBOM that is known, neither JSON, XML nor tag-value: {error}") from error
    return _read_object(document, path, 0)


def _read_object(document: Any, path: str, depth: int) -> Bill:
    if not isinstance(document, dict) or depth > 3:
        raise UnreadableInput(f"{path} is no SBOM")
    if document.get("bomFormat") == "CycloneDX":
        return cyclonedx_bill(document, path)
    if "spdxVersion" in document:
        return spdx_bill(document, path)
    if isinstance(document.get("@graph"), list) and "spdx" in str(document.get("@context")):
        return spdx_bill(spdx_2_of(document["@graph"]), path)
    if isinstance(document.get("sbom"), dict):
        # GitHub's export of a repository's dependency graph.
        return _read_object(document["sbom"], path, depth + 1)
    if isinstance(document.get("artifacts"), list) and "schema" in document:
        return syft_bill(document, path)
    if isinstance(document.get("payload"), str) and "payloadType" in document:
        # in-toto's envelope (DSSE): the statement is base64 in it.
        return _read_object(_inner(document["payload"], path, encoded=True), path, depth + 1)
    if "predicateType" in document:
        predicate = document.get("predicate")
        # cosign puts the SBOM into "Data" of its predicate.
        inner = predicate.get("Data", predicate) if isinstance(predicate, dict) else predicate
        return _read_object(_inner(inner, path) if isinstance(inner, str) else inner, path, depth + 1)
    raise UnreadableInput(f"{path} is no SBOM that is known: neither CycloneDX, nor SPDX, nor Syft's JSON")


def _inner(text: str, path: str, *, encoded: bool = False) -> Any:
    try:
        return msgspec.json.decode(base64.b64decode(text) if encoded else text)
    except (*NOT_JSON, ValueError) as error:
        raise UnreadableInput(f"{path} is an envelope whose payload cannot be read: {error}") from error
