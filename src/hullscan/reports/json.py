"""Reports (docs/scan-output.schema.json) and inventories as one JSON object."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from hullscan.model.base_image import BaseImage, layers_of
from hullscan.model.package import Inventory
from hullscan.model.report import Finding, Report

_AT_ONCE: Final = 1_000
"""Findings rendered in one piece; a hundred thousand make 170 MB."""

_BEFORE: Final = b'{\n "findings": ['
_AFTER: Final = b"\n ]\n}"


def report_json(report: Report) -> Iterator[bytes]:
    """Yield *report* as indented JSON piece by piece, its parts in the order in which people look for them."""
    yield _indented(_about(report)).removesuffix(b"\n}") + b',\n "findings": ['
    for start in range(0, len(report.findings), _AT_ONCE):
        some = [_finding(finding) for finding in report.findings[start : start + _AT_ONCE]]
        piece = _indented({"findings": some}).removeprefix(_BEFORE).removesuffix(_AFTER)
        yield b"," + piece if start else piece
    yield (b"\n ]," if report.findings else b"],") + _indented(_grounds(report)).removeprefix(b"{")


def _about(report: Report) -> dict[str, Any]:
    return {
        "target": report.target,
        "artifact": {"digest": report.digest, "platform": report.platform},
        "verdict": report.verdict.value,
        "severity": report.severity.label,
        "scanner": {
            "name": report.scanner.name,
            "vendor": report.scanner.vendor,
            "version": report.scanner.version,
        },
    }


def _grounds(report: Report) -> dict[str, Any]:
    return {
        "problems": [
            {"code": one.code, "path": one.path, "layer": one.layer, "message": one.message} for one in report.problems
        ],
        "packages": [
            {
                "purl": one.purl,
                "name": one.name,
                "version": one.version,
                "source": one.source,
                "source_version": one.source_version,
                "vendor": one.vendor,
                "layer": one.layer,
                "path": one.path,
            }
            for one in report.packages
        ],
        "base_images": [base_json(one) for one in report.bases],
        "feeds": [
            {
                "name": one.name,
                "snapshot": one.snapshot,
                "upstream_time": one.upstream_time.isoformat() if one.upstream_time else None,
                "records": one.records,
            }
            for one in report.feeds
        ],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "aliases": finding.aliases,
        "package": finding.package,
        "version": finding.version,
        "purl": finding.purl,
        "fix_version": finding.fix_version,
        "severity": finding.severity.label,
        "severity_source": finding.severity_source,
        "layer": finding.layer,
        "path": finding.path,
        "suppressed": finding.suppressed,
        "owner": finding.owner,
        "in_base_image": finding.in_base,
        "description": finding.description,
        "links": finding.links,
        "cvss": finding.cvss,
        "cwe_ids": finding.cwes,
        "exploited_since": finding.exploited or None,
        "epss": finding.epss,
        "evidence": finding.evidence,
    }


def base_json(base: BaseImage) -> dict[str, Any]:
    """Return a base image as reports and inventories show it."""
    return {
        "rule": base.rule.value if base.rule else None,
        "layers": base.layers,
        "artifact": base.artifact,
        "places": base.places,
        "told": {"name": base.told_name, "digest": base.told_digest, "confirmed": base.confirmed},
    }


def inventory_json(
    inventory: Inventory, *, target: str, digest: str, platform: str, bases: Sequence[BaseImage] = ()
) -> bytes:
    """Return *inventory* as indented JSON: what ``hullscan inventory --output json`` prints."""
    distro = inventory.distro
    base_layers = layers_of(bases)
    fields = {
        "target": target,
        "artifact": {"digest": digest, "platform": platform},
        "distro": {"id": distro.id, "version_id": distro.version_id, "name": distro.name} if distro else None,
        "packages": [
            {
                "purl": one.purl,
                "type": one.type,
                "name": one.full_name,
                "version": one.version,
                "source": one.source.name if one.source else "",
                "source_version": one.source.version if one.source else "",
                "vendor": one.vendor,
                "licenses": one.licenses,
                "layer": one.layer,
                "path": one.path,
                "owner": one.owner.name if one.owner else "",
                "in_base_image": one.layer in base_layers,
                "dev": one.dev,
            }
            for one in inventory.packages
        ],
        "base_images": [base_json(one) for one in bases],
        "problems": [
            {"code": one.code, "path": one.path, "layer": one.layer, "message": one.message}
            for one in inventory.problems
        ],
    }
    return _indented(fields)


def _indented(fields: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(fields), indent=1)
