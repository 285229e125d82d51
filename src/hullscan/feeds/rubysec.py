"""
Flaws of Ruby's implementations, from RubySec: ``rubies/ENGINE/*.yml`` of its database.

Rule: the README of rubysec/ruby-advisory-db: a version has the flaw unless ``patched_versions`` or
``unaffected_versions`` hold it, both lists of RubyGems' requirements. Its ``gems`` are in osv.dev's RubyGems.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Final

import msgspec

from hullscan.errors import NOT_JSON, FeedError
from hullscan.feeds.feed import FeedItem
from hullscan.feeds.gem_requirements import requirement
from hullscan.feeds.osv_severity import score
from hullscan.feeds.packed import documents
from hullscan.feeds.runs import Cut, Runs, complement, ranges_of, union
from hullscan.model.advisory import Advisory, AffectedPackage
from hullscan.model.report import Problem

_PART: Final = re.compile(r"native/rubysec/(?:[^/]+\.tar(?:\.\w+)?|(?:.*/)?rubies/[a-z]+/[^/]+\.yml)")
_RECORD: Final = re.compile(r"(?:.*/)?rubies/([a-z]+)/([^/]+)\.yml")
_WORD: Final = re.compile(r"(?<=\d)\.(?=[A-Za-z])")
_LARGEST: Final = 1024 * 1024


class _Record(msgspec.Struct, frozen=True):
    engine: str
    date: date
    title: str = ""
    description: str = ""
    url: str = ""
    cve: str | None = None
    ghsa: str | None = None
    patched_versions: list[str] = []
    unaffected_versions: list[str] = []
    cvss_v2: float | None = None
    cvss_v3: float | None = None
    cvss_v4: float | None = None


class RubySecFeed:
    """The database's archive, or the files of its folder ``rubies``; under the names by which Bitnami's records know them."""

    name = "rubysec-rubies"
    ecosystems = ("Bitnami",)
    license = "LicenseRef-Public-Domain"

    def __init__(self, parts: frozenset[str]) -> None:
        """Take what is under ``native/rubysec``."""
        self.parts = tuple(sorted(part for part in parts if _PART.fullmatch(part)))

    def parse(self, root: Path) -> Iterator[FeedItem]:
        """See `Feed.parse`."""
        found = False
        for part in self.parts:
            for name, data in documents(root, part, ".yml"):
                place = _RECORD.fullmatch(name)
                if place is None:
                    continue
                found = True
                try:
                    if len(data) > _LARGEST:
                        raise ValueError(f"it has {len(data)} bytes")
                    yield _advisory(place[2], msgspec.yaml.decode(data, type=_Record))
                except (*NOT_JSON, ValueError) as error:
                    yield Problem(code="broken-record", path=name, message=f"it could not be read: {error}")
        if not found:
            raise FeedError(f"{self.parts[0]} holds no records of Ruby's implementations")


def _advisory(stem: str, record: _Record) -> Advisory:
    at = datetime.combine(record.date, time(), UTC)
    ghsa = f"GHSA-{record.ghsa}" if record.ghsa else ""
    flaw = f"CVE-{record.cve}" if record.cve else ghsa or stem
    cvss = (
        score(str(number), version, RubySecFeed.name)
        for version, number in (("3.1", record.cvss_v3), ("4.0", record.cvss_v4), ("2.0", record.cvss_v2))
        if number is not None
    )
    return Advisory(
        feed=RubySecFeed.name,
        id=f"{stem} in {record.engine}",
        modified=at,
        published=at,
        flaws=(flaw,),
        aliases=(ghsa,) if ghsa and ghsa != flaw else (),
        summary=record.title,
        details=record.description,
        cvss=tuple(one for one in cvss if one is not None),
        links=(record.url,) if record.url.startswith(("https://", "http://")) else (),
        affected=(AffectedPackage(ecosystem="Bitnami", name=record.engine, ranges=ranges_of(_affected(record))),),
    )


def _affected(record: _Record) -> Runs:
    spared = union(requirement(text) for text in (*record.patched_versions, *record.unaffected_versions))
    return tuple((_written(low), _written(high)) for low, high in complement(spared))


def _written(cut: Cut) -> Cut:
    """The cut with its version as Bitnami's scheme reads it: ``2.1.0.preview.2`` is ``2.1.0-preview.2`` there."""
    return replace(cut, text=_WORD.sub("-", cut.text, count=1))
