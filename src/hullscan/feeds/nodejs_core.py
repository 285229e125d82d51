"""
Flaws of Node.js itself, from its security working group: ``vuln/core/index.json``.

Rule: nodejs/is-my-node-vulnerable: a version has a flaw if it satisfies ``vulnerable`` and not ``patched``, both npm
ranges. A bare version in ``patched`` is the first of its line with the fix: later ones keep it.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from hullscan.errors import NOT_JSON
from hullscan.feeds.feed import FeedItem
from hullscan.feeds.npm_ranges import npm_range
from hullscan.feeds.osv_names import cves_in
from hullscan.feeds.osv_severity import word
from hullscan.feeds.packed import json_document
from hullscan.feeds.runs import EVERYTHING, complement, intersection, ranges_of
from hullscan.model.advisory import Advisory, AffectedPackage
from hullscan.model.report import Problem

_PARTS: Final = ("native/nodejs-core/index.json", "native/nodejs-core/index.json.gz")
_BARE: Final = re.compile(r"(^|\|\|)\s*(?=\d+\.\d+\.\d+\s*(?:$|\|\|))")


class _Flaw(msgspec.Struct, frozen=True):
    vulnerable: str
    patched: str = ""
    cve: list[str] = []
    ref: str = ""
    description: str = ""
    overview: str = ""
    severity: str = ""
    environments: list[str] = msgspec.field(name="affectedEnvironments", default_factory=lambda: ["all"])


_flaws = msgspec.json.Decoder(dict[str, msgspec.Raw])
_flaw = msgspec.json.Decoder(_Flaw)


class NodeCoreFeed:
    """
    The runtime's flaws, under the name by which Bitnami's records know it (`matching.queries`).

    Flaws that only Windows has are left out: nothing says that a runtime is Windows', and images are hardly ever.
    """

    name = "nodejs-core"
    ecosystems = ("Bitnami",)
    license = "MIT"

    def __init__(self, parts: frozenset[str]) -> None:
        """Take the index if it is among *parts*."""
        self.parts = tuple(part for part in _PARTS if part in parts)[:1]

    def parse(self, root: Path) -> Iterator[FeedItem]:
        """See `Feed.parse`."""
        part = self.parts[0]
        flaws = json_document(root, part, _flaws, "index of Node.js's flaws")
        for number, raw in flaws.items():
            try:
                flaw = _flaw.decode(raw)
                if flaw.environments != ["win32"]:
                    yield _advisory(number, flaw)
            except (*NOT_JSON, ValueError) as error:
                yield Problem(code="broken-record", path=part, message=f"flaw {number:.20} could not be read: {error}")


def _advisory(number: str, flaw: _Flaw) -> Advisory:
    patched = _BARE.sub(r"\1^", flaw.patched)
    affected = intersection(npm_range(flaw.vulnerable), complement(npm_range(patched)) if patched else EVERYTHING)
    name = f"NSWG-COR-{number}"
    severity = word(flaw.severity)
    return Advisory(
        feed=NodeCoreFeed.name,
        id=name,
        flaws=cves_in(flaw.cve) or (name,),
        summary=flaw.description,
        details=flaw.overview,
        severity=severity,
        severity_source="nodejs" if severity is not None else "",
        links=(flaw.ref,) if flaw.ref.startswith(("https://", "http://")) else (),
        affected=(AffectedPackage(ecosystem="Bitnami", name="node", ranges=ranges_of(affected)),),
    )
