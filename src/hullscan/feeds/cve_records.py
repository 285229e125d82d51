"""
CVE records in their own format (JSON 5): the CVE List's, and CISA's Vulnrichment, which adds a container to each.

Rule: CVEProject/cve-schema, "CVE_Record_Format": ``cveMetadata`` with id and state, ``containers`` of the numbering
authority (``cna``) and of others (``adp``), each with ``metrics`` and ``problemTypes``.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import msgspec

from hullscan.errors import NOT_JSON, FeedError
from hullscan.feeds.feed import FeedItem
from hullscan.feeds.packed import documents
from hullscan.model.advisory import Cvss, FlawFacts
from hullscan.model.report import Problem

_PART: Final = re.compile(r"native/cve/(?:[^/]+/)*(?:[^/]+\.tar(?:\.\w+)?|[^/]+\.zip|CVE-\d{4}-\d+\.json)")
_RECORD: Final = re.compile(r"(?:.*/)?CVE-\d{4}-\d+\.json")


class _CvssData(msgspec.Struct, frozen=True):
    version: str
    vector: str = msgspec.field(name="vectorString", default="")
    score: Annotated[float, msgspec.Meta(ge=0, le=10)] | None = msgspec.field(name="baseScore", default=None)


class _Metric(msgspec.Struct, frozen=True):
    v2: _CvssData | None = msgspec.field(name="cvssV2_0", default=None)
    v3: _CvssData | None = msgspec.field(name="cvssV3_0", default=None)
    v31: _CvssData | None = msgspec.field(name="cvssV3_1", default=None)
    v4: _CvssData | None = msgspec.field(name="cvssV4_0", default=None)


class _Description(msgspec.Struct, frozen=True):
    cwe: str | None = msgspec.field(name="cweId", default=None)


class _ProblemType(msgspec.Struct, frozen=True):
    descriptions: list[_Description] = []


class _Provider(msgspec.Struct, frozen=True):
    name: str = msgspec.field(name="shortName", default="")


class _Container(msgspec.Struct, frozen=True):
    provider: _Provider = msgspec.field(name="providerMetadata", default=_Provider())
    metrics: list[_Metric] = []
    problems: list[_ProblemType] = msgspec.field(name="problemTypes", default_factory=list)


class _Containers(msgspec.Struct, frozen=True):
    cna: _Container = _Container()
    adp: list[_Container] = []


class _Metadata(msgspec.Struct, frozen=True):
    id: str = msgspec.field(name="cveId")
    state: str = ""


class _Record(msgspec.Struct, frozen=True):
    metadata: _Metadata = msgspec.field(name="cveMetadata")
    containers: _Containers = _Containers()


_decoder = msgspec.json.Decoder(_Record)


class CveRecordsFeed:
    """
    Records as single files, tars or zips; of two files that hold a record the one whose name sorts last counts.

    Those of which no advisory speaks are not kept.
    """

    name = "cve-records"
    ecosystems = ()
    license = "LicenseRef-CVE-Terms-of-Use AND CC0-1.0"
    only_known_flaws = True

    def __init__(self, parts: frozenset[str]) -> None:
        """Take what is under ``native/cve``."""
        self.parts = tuple(sorted((part for part in parts if _PART.fullmatch(part)), reverse=True))

    def parse(self, root: Path) -> Iterator[FeedItem]:
        """See `Feed.parse`."""
        seen: set[str] = set()
        for part in self.parts:
            found = False
            for name, data in documents(root, part, ".json"):
                if not _RECORD.fullmatch(name):
                    continue  # an archive's own notes
                found = True
                try:
                    facts = _facts(_decoder.decode(data))
                except NOT_JSON as error:
                    yield Problem(code="broken-record", path=name, message=f"the record could not be read: {error}")
                    continue
                if facts.id not in seen:
                    seen.add(facts.id)
                    yield facts
            if not found:
                raise FeedError(f"{part} holds no CVE records")


def _facts(record: _Record) -> FlawFacts:
    containers = [("cna", record.containers.cna), *(("adp", one) for one in record.containers.adp)]
    cvss = [
        Cvss(version=data.version, vector=data.vector, score=data.score, source=f"{kind}:{one.provider.name}")
        for kind, one in containers
        for metric in one.metrics
        for data in (metric.v2, metric.v3, metric.v31, metric.v4)
        if data is not None
    ]
    cwes = [
        description.cwe
        for _, one in containers
        for problem in one.problems
        for description in problem.descriptions
        if description.cwe is not None and description.cwe.startswith("CWE-")
    ]
    return FlawFacts(
        id=record.metadata.id,
        cvss=tuple(dict.fromkeys(cvss)),
        cwes=tuple(dict.fromkeys(cwes)),
        rejected=record.metadata.state == "REJECTED",
    )
