"""Pulls that a namespace blocks: ``prevent_vul`` with its severity and allowlist (swr-api.md, 2.4 and 6.5)."""

import gzip
from collections import OrderedDict
from datetime import datetime
from typing import Any, Final

import msgspec

from hullscan.registry.manifest import parse_manifest
from hullscan.services.context import Context, now
from hullscan.services.reports.report import stored_report
from hullscan.store.database import reading
from hullscan.store.places.namespaces import NamespaceRow
from hullscan.store.reports.scans import latest_scan

_RANKS: Final = {"none": 0, "low": 1, "medium": 2, "high": 3, "critical": 4}
_KEPT: Final = 1_000


class PullPolicy:
    """Says why a pull is refused; remembers what each report holds by the report's digest."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._seen: OrderedDict[str, tuple[tuple[str, int], ...]] = OrderedDict()

    def refusal(self, space: NamespaceRow, digest: str, manifest: bytes) -> str:
        """
        Return why *space* blocks the pull of an artifact, "" if it does not.

        What has no file system (signatures, SBOMs, charts) is never blocked, nor is an index: its images are looked at
        when they are pulled.
        """
        if not space.prevent_vul or not parse_manifest(manifest).is_image:
            return ""
        with reading(self._context.engine) as connection:
            scan = latest_scan(connection, digest)
        report = stored_report(self._context, digest)
        if report is None or (scan is not None and scan.status == "Error"):
            state = f"its scan is {scan.status}" if scan is not None else "it was never scanned"
            return f"namespace {space.name} lets no image be pulled before its scan: {state}"
        allowed = _allowed(space, now())
        found = [one for one in self._findings(report.etag, report.body) if one[0] not in allowed]
        least = _RANKS[space.severity]
        over = [one for one in found if one[1] >= least]
        if not over:
            return ""
        ids = ", ".join(sorted({one[0] for one in sorted(over, key=lambda one: -one[1])[:5]}))
        return (
            f"namespace {space.name} blocks images with vulnerabilities of severity {space.severity} or higher: "
            f"{len(over)} found, such as {ids}"
        )

    def _findings(self, key: str, body: bytes) -> tuple[tuple[str, int], ...]:
        known = self._seen.get(key)
        if known is None:
            reports: dict[str, dict[str, Any]] = msgspec.json.decode(gzip.decompress(body))
            known = tuple(
                (item["id"], _RANKS[item["severity"].lower()])
                for report in reports.values()
                for item in report["vulnerabilities"]
            )
            self._seen[key] = known
            while len(self._seen) > _KEPT:
                self._seen.popitem(last=False)
        return known


def _allowed(space: NamespaceRow, at: datetime) -> frozenset[str]:
    if space.allowlist_expires_at is not None and space.allowlist_expires_at <= at:
        return frozenset()
    return frozenset(space.allowlist)
