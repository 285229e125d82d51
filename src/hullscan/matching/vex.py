"""VEX statements: a publisher's or user's word that a flaw does not concern a product. OpenVEX, CycloneDX and CSAF."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import msgspec
from packageurl import PackageURL

from hullscan.errors import NOT_JSON, UnreadableInput
from hullscan.model.report import Finding

_DENIALS: Final = frozenset({"not_affected", "fixed", "false_positive", "resolved", "resolved_with_pedigree"})
"""Statuses that take a finding away: OpenVEX's and CSAF's, and CycloneDX's analysis states."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What a statement is about: a package URL, or an image by digest; within it perhaps only some components."""

    id: str
    components: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement: the flaw by its names, its products (none: whatever is scanned), and the status given."""

    source: str
    flaw: str
    aliases: tuple[str, ...]
    products: tuple[Product, ...]
    status: str
    justification: str

    @property
    def denies(self) -> bool:
        """Whether it takes findings away."""
        return self.status in _DENIALS

    @property
    def reason(self) -> str:
        """What the report says beside what it suppresses."""
        return f"VEX {self.source}: {self.status}" + (f", {self.justification}" if self.justification else "")

    def names(self, finding: Finding) -> bool:
        """Say whether *finding* is of this flaw."""
        return bool({self.flaw, *self.aliases}.intersection((finding.id, *finding.aliases)))

    def suppresses(self, finding: Finding, image_digest: str) -> bool:
        """Say whether *finding*, in the image *image_digest*, is taken away."""
        if not self.denies or not self.names(finding):
            return False
        return not self.products or any(_concerns(product, finding, image_digest) for product in self.products)


def parse_vex(data: bytes, source: str) -> tuple[Statement, ...]:
    """
    Read an OpenVEX, CycloneDX or CSAF document.

    Raises:
        UnreadableInput: It is none of them.
    """
    try:
        document = msgspec.json.decode(data)
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


def _concerns(product: Product, finding: Finding, image_digest: str) -> bool:
    if product.id.startswith("pkg:oci/") or product.id.startswith("sha256:"):
        if image_digest not in product.id.replace("%3A", ":"):
            return False
        return not product.components or any(_same_package(one, finding.purl) for one in product.components)
    if _same_package(product.id, finding.purl):
        return True
    return any(_same_package(one, finding.purl) for one in product.components)


def _same_package(stated: str, found: str) -> bool:
    """A statement's purl without version or qualifiers speaks of all; what it names must be equal."""
    one, other = _parsed(stated), _parsed(found)
    if one is None or other is None:
        return stated == found
    if (one.type, one.namespace or "", one.name) != (other.type, other.namespace or "", other.name):
        return False
    if one.version and one.version != other.version:
        return False
    mine, theirs = one.qualifiers, other.qualifiers
    assert isinstance(mine, dict) and isinstance(theirs, dict)
    return all(theirs.get(key) == value for key, value in mine.items())


@lru_cache(maxsize=10_000)
def _parsed(text: str) -> PackageURL | None:
    try:
        return PackageURL.from_string(text)
    except ValueError:
        return None


def _open_vex(document: dict[str, Any], source: str) -> Iterator[Statement]:
    for one in document["statements"]:
        if not isinstance(one, dict):
            continue
        flaw = one.get("vulnerability")
        name = flaw.get("name") or flaw.get("@id") if isinstance(flaw, dict) else flaw
        if not isinstance(name, str):
            continue
        aliases = flaw.get("aliases") if isinstance(flaw, dict) else None
        yield Statement(
            source=source,
            flaw=name.rpartition("/")[2],
            aliases=_texts(aliases),
            products=tuple(_open_vex_products(one.get("products"))),
            status=str(one.get("status", "")),
            justification=str(one.get("justification") or one.get("impact_statement") or ""),
        )


def _open_vex_products(products: Any) -> Iterator[Product]:
    for product in products if isinstance(products, list) else ():
        if isinstance(product, str):
            yield Product(id=product)
        elif isinstance(product, dict):
            parts = product.get("subcomponents")
            components = tuple(
                name for part in (parts if isinstance(parts, list) else ()) for name in _identifiers(part)
            )
            for name in _identifiers(product):
                yield Product(id=name, components=components)


def _identifiers(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        if isinstance(part.get("@id"), str):
            yield part["@id"]
        identifiers = part.get("identifiers")
        if isinstance(identifiers, dict) and isinstance(identifiers.get("purl"), str):
            yield identifiers["purl"]


def _cyclonedx(document: dict[str, Any], source: str) -> Iterator[Statement]:
    references = {
        part.get("bom-ref"): part.get("purl") or part.get("bom-ref") for part in _dicts(document.get("components"))
    }
    for one in _dicts(document.get("vulnerabilities")):
        analysis = one.get("analysis")
        if not isinstance(one.get("id"), str) or not isinstance(analysis, dict):
            continue
        refs = [str(target["ref"]) for target in _dicts(one.get("affects")) if "ref" in target]
        yield Statement(
            source=source,
            flaw=one["id"],
            aliases=tuple(str(ref["id"]) for ref in _dicts(one.get("references")) if "id" in ref),
            products=tuple(Product(id=str(references.get(ref) or ref.rpartition("#")[2])) for ref in refs),
            status=str(analysis.get("state", "")),
            justification=str(analysis.get("justification") or analysis.get("detail") or ""),
        )


def _csaf(document: dict[str, Any], source: str) -> Iterator[Statement]:
    purls = dict(_csaf_products(document.get("product_tree")))
    for one in _dicts(document["vulnerabilities"]):
        statuses = one.get("product_status")
        if not isinstance(one.get("cve"), str) or not isinstance(statuses, dict):
            continue
        for key, status in (("known_not_affected", "not_affected"), ("fixed", "fixed")):
            products = _texts(statuses.get(key))
            if products:
                yield Statement(
                    source=source,
                    flaw=one["cve"],
                    aliases=(),
                    products=tuple(Product(id=purls.get(name, name)) for name in products),
                    status=status,
                    justification=next((str(flag.get("label", "")) for flag in _dicts(one.get("flags"))), ""),
                )


def _csaf_products(tree: Any) -> Iterator[tuple[str, str]]:
    pending: list[Any] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending += node
        elif isinstance(node, dict):
            helper = node.get("product_identification_helper")
            if isinstance(helper, dict) and isinstance(helper.get("purl"), str) and "product_id" in node:
                yield str(node["product_id"]), helper["purl"]
            pending += node.values()


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
