"""The report as SWR Enterprise Edition words it: "Querying Vulnerability Information About an Artifact Scan"."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import msgspec

from hullscan.model.advisory import Cvss, Severity
from hullscan.model.report import Finding, Problem, Report, Verdict

REPORT_TYPE: Final = "application/vnd.security.vulnerability.report; version=1.1"
"""The key under which the report stands; this exact spelling, with a single space (the seed's example)."""

_ITEM_WORDS: Final = {
    Severity.UNKNOWN: "Low",
    Severity.NEGLIGIBLE: "Low",
    Severity.LOW: "Low",
    Severity.MEDIUM: "Medium",
    Severity.HIGH: "High",
    Severity.CRITICAL: "Critical",
}
"""The seed knows four words for an item; what is unrated or negligible is given as the lowest (swr-api.md, 6.3)."""

_encoder = msgspec.json.Encoder()


def swr_date(at: datetime) -> str:
    """Return *at* as the seed's example writes dates: ``2025-09-12:06:44:31``, in UTC."""
    return at.strftime("%Y-%m-%d:%H:%M:%S")


def overall_severity(report: Report) -> str:
    """
    Return the word for the whole artifact: the highest of its findings.

    ``Security`` (secure) only where nothing was found and nothing is in doubt; ``None`` (no score) where findings have
    no rating, and where nothing was found but cannot be proven.
    """
    counted = [finding for finding in report.findings if finding.suppressed is None]
    if not counted:
        return "Security" if report.verdict is Verdict.CLEAN else "None"
    if report.severity is Severity.UNKNOWN:
        return "None"
    return _ITEM_WORDS[report.severity]


def swr_items(findings: Iterable[Finding], artifact_digest: str) -> list[dict[str, Any]]:
    """Return one item for each flaw, package and version, with the layers that brought it."""
    items: dict[tuple[str, str, str], dict[str, Any]] = {}
    for finding in findings:
        if finding.suppressed is not None:
            continue
        digest = finding.layer or artifact_digest
        key = (finding.id, finding.package, finding.version)
        known = items.get(key)
        if known is None:
            items[key] = _item(finding, digest)
        elif digest not in known["artifact_digests"]:
            known["artifact_digests"].append(digest)
    return list(items.values())


def counts(items: Iterable[dict[str, Any]]) -> tuple[int, int, dict[str, int]]:
    """Return how many items there are, how many have a fix, and how many of each severity."""
    total = fixable = 0
    by_severity: dict[str, int] = {}
    for item in items:
        total += 1
        fixable += bool(item["fix_version"])
        by_severity[item["severity"]] = by_severity.get(item["severity"], 0) + 1
    return total, fixable, by_severity


def swr_body(report: Report, items: list[dict[str, Any]]) -> bytes:
    """
    Return the whole answer of the seed's operation as JSON.

    Problems stand beside the seed's four fields, and only if there are any: clients ignore fields they do not know.
    """
    body: dict[str, Any] = {
        "generated_at": swr_date(report.generated_at),
        "scanner": {
            "name": report.scanner.name,
            "vendor": report.scanner.vendor,
            "version": report.scanner.version,
        },
        "severity": overall_severity(report),
        "vulnerabilities": items,
    }
    if report.problems:
        body["problems"] = [problem_fields(problem) for problem in report.problems]
    return _encoder.encode({REPORT_TYPE: body})


def problem_fields(problem: Problem) -> dict[str, str]:
    """Return a problem as JSON fields."""
    return {"code": problem.code, "path": problem.path, "layer": problem.layer, "message": problem.message}


def _item(finding: Finding, digest: str) -> dict[str, Any]:
    v3 = _newest(finding.cvss, ("3.1", "3.0"))
    v2 = _newest(finding.cvss, ("2.0",))
    return {
        "id": finding.id,
        "package": finding.package,
        "version": finding.version,
        "fix_version": finding.fix_version,
        "severity": _ITEM_WORDS[finding.severity],
        "description": finding.description,
        "links": list(finding.links),
        "artifact_digests": [digest],
        "preferred_cvss": {
            # A missing score is null, never 0: nobody may read "harmless" where nothing is known.
            "score_v3": v3.score if v3 else None,
            "score_v2": v2.score if v2 else None,
            "vector_v3": v3.vector if v3 else "",
            "vector_v2": v2.vector if v2 else "",
        },
        "cwe_ids": list(finding.cwes) or [""],
    }


def _newest(vectors: Iterable[Cvss], versions: tuple[str, ...]) -> Cvss | None:
    candidates = [one for one in vectors if one.version in versions]
    return min(candidates, key=lambda one: (versions.index(one.version), -(one.score or 0.0)), default=None)
