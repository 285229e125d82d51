"""
NIST's National Vulnerability Database: scores and weaknesses of all CVEs.

Rule: the schema of the CVE API 2.0 (csrc.nist.gov/schema/nvd/api/2.0), in which NVD's yearly feeds are, too:
``vulnerabilities``, each with a ``cve`` of ``id``, ``vulnStatus``, ``metrics`` and ``weaknesses``.
"""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import IO, Annotated, Final

import msgspec

from hullscan.errors import NOT_JSON, FeedError
from hullscan.feeds.feed import FeedItem
from hullscan.feeds.moments import moment
from hullscan.feeds.packed import opened
from hullscan.model.advisory import Cvss, FlawFacts
from hullscan.model.report import Problem

WINDOW: Final = "native/nvd/nvdcve-2.0-modified.json.gz"
"""All CVEs that changed in the last eight days (nvd.nist.gov/vuln/data-feeds)."""

WINDOW_DAYS: Final = 7

_PART: Final = re.compile(r"native/nvd/(?:[^/]+/)*[^/]+\.json(?:\.gz|\.bz2|\.xz|\.zst)?")
_START: Final = re.compile(rb'\{\s*"cve"\s*:')
_TIME: Final = re.compile(rb'"timestamp"\s*:\s*"([0-9T:.+-]+Z?)"')
_NONE: Final = re.compile(rb'"vulnerabilities"\s*:\s*\[\s*\]')
_CHUNK: Final = 1024 * 1024
_LARGEST: Final = 16 * 1024 * 1024
"""Bytes of one CVE; real ones have at most some hundred kilobytes."""

_SOURCES: Final = {
    "nvd@nist.gov": "nvd",
    "134c704f-9b21-4f2e-91b3-4a467353bcc0": "adp:CISA-ADP",
}
"""Who gave a score, as NVD calls them; all others are the CVE's numbering authority."""


class _CvssData(msgspec.Struct, frozen=True):
    version: str
    vector: str = msgspec.field(name="vectorString", default="")
    score: Annotated[float, msgspec.Meta(ge=0, le=10)] | None = msgspec.field(name="baseScore", default=None)


class _Metric(msgspec.Struct, frozen=True):
    source: str
    data: _CvssData = msgspec.field(name="cvssData")


class _Text(msgspec.Struct, frozen=True):
    value: str


class _Weakness(msgspec.Struct, frozen=True):
    description: list[_Text] = []


class _Cve(msgspec.Struct, frozen=True):
    id: str
    status: str = msgspec.field(name="vulnStatus", default="")
    metrics: dict[str, msgspec.Raw] = {}
    weaknesses: list[_Weakness] = []


class _Entry(msgspec.Struct, frozen=True):
    cve: _Cve


_entry = msgspec.json.Decoder(_Entry)
_metrics = msgspec.json.Decoder(list[_Metric])


class NvdFeed:
    """
    Pages of the API or NVD's own files, under any names; of two that have a CVE the one whose name sorts last counts.

    NVD's own ``recent`` and ``modified`` sort after its years.
    """

    name = "nvd"
    ecosystems = ()
    license = "LicenseRef-NVD-Public-Domain"
    on_request = True
    """Some hundred megabytes, which nobody should wait for who only wants to scan something."""

    def __init__(self, parts: frozenset[str]) -> None:
        """Take what is under ``native/nvd``."""
        self.parts = tuple(sorted((part for part in parts if _PART.fullmatch(part)), reverse=True))

    def parse(self, root: Path) -> Iterator[FeedItem]:
        """See `Feed.parse`."""
        seen: set[str] = set()
        for part in self.parts:
            if not (root / part).exists():
                continue  # only the window was fetched
            with opened(root, part) as stream:
                for item in _items(stream, part):
                    if isinstance(item, FlawFacts):
                        if item.id in seen:
                            continue
                        seen.add(item.id)
                    yield item


def _items(stream: IO[bytes], part: str) -> Iterator[FeedItem]:
    texts = _split(stream, part)
    made = _TIME.search(next(texts, b""))
    at = moment(made[1].decode()) if made is not None else None
    if at is not None:
        yield at
    for number, text in enumerate(texts, 1):
        try:
            yield _facts(_entry.decode(text).cve)
        except NOT_JSON as error:
            yield Problem(code="broken-record", path=part, message=f"entry {number} could not be read: {error}")


def _split(stream: IO[bytes], part: str) -> Iterator[bytes]:
    """
    Return what stands before the first entry, then entry after entry, so that a file of a gigabyte is never held whole.

    No text inside can look like the beginning of an entry: its quotes would have a backslash before them.
    """
    buffer = b""
    begun = False
    while True:
        chunk = stream.read(_CHUNK)
        buffer += chunk
        starts = [found.start() for found in _START.finditer(buffer)]
        if starts and not begun:
            begun = True
            yield buffer[: starts[0]]
        for start, end in pairwise(starts):
            yield buffer[start:end].rstrip().removesuffix(b",")
        buffer = buffer[starts[-1] :] if starts else buffer
        if not chunk:
            break
        if len(buffer) > _LARGEST:
            raise FeedError(f"{part}: an entry has more than {_LARGEST} bytes")
    if begun:
        yield _last(buffer, part)
    elif _NONE.search(buffer) is None:
        raise FeedError(f"{part} holds no CVEs as NVD writes them")


def _last(text: bytes, part: str) -> bytes:
    """The last entry without the end of the file, which must be there."""
    try:
        plain = text.decode()
        _, end = json.JSONDecoder().raw_decode(plain)
    except (ValueError, RecursionError) as error:
        raise FeedError(f"{part} is cut off or damaged: {error}") from error
    if not plain[end:].lstrip().startswith("]"):
        raise FeedError(f"{part} is cut off behind its last whole entry")
    return plain[:end].encode()


def _facts(cve: _Cve) -> FlawFacts:
    cvss = [
        Cvss(
            version=metric.data.version,
            vector=metric.data.vector,
            score=metric.data.score,
            source=_SOURCES.get(metric.source, f"cna:{metric.source}"),
        )
        for kind, raw in cve.metrics.items()
        if kind.startswith("cvssMetric")
        for metric in _metrics.decode(raw)
    ]
    cwes = [text.value for weakness in cve.weaknesses for text in weakness.description]
    return FlawFacts(
        id=cve.id,
        cvss=tuple(dict.fromkeys(cvss)),
        cwes=tuple(dict.fromkeys(cwe for cwe in cwes if cwe.startswith("CWE-"))),
        rejected=cve.status == "Rejected",
    )
