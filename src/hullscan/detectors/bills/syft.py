"""Syft's own JSON. Rule: github.com/anchore/syft, schema/json."""

from typing import Any

from hullscan.detectors.bills.bill import Bill, listed_distro, no_purl, with_module
from hullscan.detectors.formats import mappings
from hullscan.model.package import Distro, Package, SourcePackage
from hullscan.model.purls import package_from_purl, source_of_rpm
from hullscan.model.report import Problem


def syft_bill(document: dict[str, Any], path: str) -> Bill:
    """Return what Syft's *document* lists."""
    found = [_package(one, path) for one in mappings(document["artifacts"])]
    return Bill("syft", found, _distro(document.get("distro")))


def _package(artifact: dict[str, Any], path: str) -> Package | Problem:
    """Syft's JSON schema: ``purl``, ``licenses`` (texts, later objects), ``metadata`` by kind of package."""
    if not artifact.get("purl"):
        return no_purl(str(artifact.get("name") or artifact.get("id")), path)
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
    return with_module(package, str(fields.get("modularityLabel") or ""))


def _distro(value: Any) -> Distro | None:
    if not isinstance(value, dict) or not isinstance(value.get("id") or value.get("name"), str):
        return None
    return listed_distro(
        str(value.get("id") or value["name"]), str(value.get("versionID") or value.get("version") or "")
    )
