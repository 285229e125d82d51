"""VEX documents: OpenVEX, CycloneDX and CSAF, each read into statements."""

from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from hullscan.errors import NOT_JSON, UnreadableInput
from hullscan.matching.vex import NO_TIME, Product, Statement

_CSAF_STATUSES: Final = (
    ("known_not_affected", "not_affected"),
    ("fixed", "fixed"),
    ("first_fixed", "fixed"),
    ("known_affected", "affected"),
    ("under_investigation", "under_investigation"),
)


def parse_vex(data: bytes, source: str) -> tuple[Statement, ...]:
    """
    Read an OpenVEX, CycloneDX or CSAF document.

    Raises:
        UnreadableInput: It is none of them.
    """
    try:
        document = msgspec.json.decode(data.removeprefix(BOM_UTF8))
    except NOT_JSON as error:
        raise UnreadableInput(f"{source} is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise UnreadableInput(f"{source} is no VEX document")
    if isinstance(document.get("statements"), list):
        return tuple(_open_vex(document, source))
    if document.get("bomFormat") == "CycloneDX":
        return tuple(_cyclonedx(document, source))
    if isinstance(document.get("vulnerabilities"), list) and "document" in document:
        return tuple(_csaf(document, source))
    raise UnreadableInput(f"{source} is no VEX document: neither OpenVEX, nor CycloneDX, nor CSAF")


def _open_vex(document: dict[str, Any], source: str) -> Iterator[Statement]:
    made = document.get("last_updated") or document.get("timestamp")
    for one in _dicts(document["statements"]):
        flaw = one.get("vulnerability")
        name = flaw.get("name") or flaw.get("@id") if isinstance(flaw, dict) else flaw
        if not isinstance(name, str):
            continue
        aliases = flaw.get("aliases") if isinstance(flaw, dict) else None
        yield Statement(
            source=source,
            flaw=name.rpartition("/")[2],
            aliases=_texts(aliases),
            products=_given(
                one.get("products"), tuple(_open_vex_products(one.get("products"), one.get("subcomponents")))
            ),
            status=str(one.get("status", "")),
            justification=str(one.get("justification") or one.get("impact_statement") or ""),
            at=_time(one.get("last_updated") or one.get("timestamp") or made),
        )


def _given(listed: Any, products: tuple[Product, ...]) -> tuple[Product, ...]:
    """*products*; where none of what is listed can be read, one that is nothing: not to be taken for all."""
    return products or ((Product(id=""),) if listed else ())


def _open_vex_products(products: Any, shared: Any) -> Iterator[Product]:
    """The products of a statement; before OpenVEX 0.2.0 their subcomponents stood beside them, *shared* by all."""
    for product in products if isinstance(products, list) else ():
        parts = (product.get("subcomponents") if isinstance(product, dict) else None) or shared
        components = tuple(name for part in (parts if isinstance(parts, list) else ()) for name in _identifiers(part))
        if parts and not components:
            continue
        for name in _identifiers(product):
            yield Product(id=name, components=components)


def _identifiers(part: Any) -> Iterator[str]:
    """OpenVEX, "Component": an IRI that may be a purl, a purl among its identifiers, digests."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        if isinstance(part.get("@id"), str):
            yield part["@id"]
        identifiers, hashes = part.get("identifiers"), part.get("hashes")
        if isinstance(identifiers, dict) and isinstance(identifiers.get("purl"), str):
            yield identifiers["purl"]
        if isinstance(hashes, dict) and isinstance(hashes.get("sha-256"), str):
            yield f"sha256:{hashes['sha-256']}"


def _cyclonedx(document: dict[str, Any], source: str) -> Iterator[Statement]:
    metadata = document.get("metadata")
    about = metadata if isinstance(metadata, dict) else {}
    references = dict(_bom_references([document.get("components"), [about.get("component")]]))
    for one in _dicts(document.get("vulnerabilities")):
        analysis = one.get("analysis")
        if not isinstance(one.get("id"), str) or not isinstance(analysis, dict):
            continue
        analysed = Statement(
            source=source,
            flaw=one["id"],
            aliases=tuple(str(ref["id"]) for ref in _dicts(one.get("references")) if "id" in ref),
            products=(),
            status=str(analysis.get("state", "")),
            justification=str(analysis.get("justification") or analysis.get("detail") or ""),
            at=_time(analysis.get("lastUpdated") or analysis.get("firstIssued") or about.get("timestamp")),
        )
        targets = [target for target in _dicts(one.get("affects")) if "ref" in target]
        concerned, unaffected = _cyclonedx_products(targets, references)
        if concerned or not unaffected:
            yield replace(analysed, products=_given(one.get("affects"), concerned))
        if unaffected:
            yield replace(analysed, products=unaffected, status="not_affected")


def _cyclonedx_products(
    targets: list[dict[str, Any]], references: dict[str, str]
) -> tuple[tuple[Product, ...], tuple[Product, ...]]:
    """
    The products that an analysis is about, and those that are said to be unaffected whatever it says.

    Rule: CycloneDX, ``vulnerabilities[].affects[].versions``: the versions that are meant, affected where none says
    otherwise. Their ranges are not read: a target that has only such is one that nothing is.
    """
    concerned: list[Product] = []
    unaffected: list[Product] = []
    for target in targets:
        ref = str(target["ref"])
        name = references.get(ref) or _linked(ref)
        told = _dicts(target.get("versions"))
        if not told:
            concerned.append(Product(id=name))
        for status, products in (("affected", concerned), ("unaffected", unaffected)):
            versions = _texts([one.get("version") for one in told if one.get("status", "affected") == status])
            if versions:
                products.append(Product(id=name, versions=versions))
    return tuple(concerned), tuple(unaffected)


def _bom_references(components: list[Any]) -> Iterator[tuple[str, str]]:
    pending = components
    while pending:
        for part in _dicts(pending.pop()):
            if isinstance(part.get("bom-ref"), str) and isinstance(part.get("purl"), str):
                yield part["bom-ref"], part["purl"]
            pending.append(part.get("components"))


def _linked(ref: str) -> str:
    """The ``bom-ref`` that a BOM-Link, ``urn:cdx:SERIAL/VERSION#REF``, names in another document; others are one."""
    return unquote(ref.partition("#")[2]) if ref.startswith("urn:cdx:") and "#" in ref else ref


def _csaf(document: dict[str, Any], source: str) -> Iterator[Statement]:
    products = _CsafProducts(document.get("product_tree"))
    head = document["document"]
    tracking = head.get("tracking") if isinstance(head, dict) else None
    at = _time(tracking.get("current_release_date") if isinstance(tracking, dict) else None)
    for one in _dicts(document["vulnerabilities"]):
        names = [one.get("cve"), *(each.get("text") for each in _dicts(one.get("ids")))]
        flaws = [name for name in names if isinstance(name, str)]
        statuses = one.get("product_status")
        if not flaws or not isinstance(statuses, dict):
            continue
        for key, status in _CSAF_STATUSES:
            by_flag: dict[str, list[Product]] = {}
            for number in _texts(statuses.get(key)):
                by_flag.setdefault(_flag(one, number), []).append(products.product(number))
            for justification, found in by_flag.items():
                yield Statement(
                    source=source,
                    flaw=flaws[0],
                    aliases=tuple(flaws[1:]),
                    products=tuple(found),
                    status=status,
                    justification=justification,
                    at=at,
                )


def _flag(vulnerability: dict[str, Any], product: str) -> str:
    for flag in _dicts(vulnerability.get("flags")):
        if product in (_texts(flag.get("product_ids")) or (product,)):
            return str(flag.get("label", ""))
    return ""


class _CsafProducts:
    """
    What a document's product ids stand for.

    Rule: CSAF 2.0, 3.2.2 "Product Tree": a relationship makes of a component and what holds it a product of its own.
    """

    def __init__(self, tree: Any) -> None:
        self._purls: dict[str, str] = {}
        self._parts: dict[str, tuple[str, str]] = {}
        pending: list[Any] = [tree]
        while pending:
            node = pending.pop()
            if isinstance(node, list):
                pending += node
            elif isinstance(node, dict):
                self._take(node)
                pending += node.values()

    def _take(self, node: dict[str, Any]) -> None:
        helper, whole = node.get("product_identification_helper"), node.get("full_product_name")
        if isinstance(helper, dict) and isinstance(helper.get("purl"), str) and "product_id" in node:
            self._purls[str(node["product_id"])] = helper["purl"]
        if isinstance(whole, dict) and "product_id" in whole:
            pair = str(node.get("product_reference", "")), str(node.get("relates_to_product_reference", ""))
            self._parts[str(whole["product_id"])] = pair

    def product(self, number: str) -> Product:
        """Return the product that *number* stands for; a platform without a purl (Red Hat's are CPEs) narrows nothing down."""
        part, holder = (self._purls.get(one, "") for one in self._parts.get(number, ("", "")))
        if part and holder:
            return Product(id=holder, components=(part,))
        return Product(id=part or self._purls.get(number, number))


def _time(value: Any) -> datetime:
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            return NO_TIME
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return NO_TIME


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
