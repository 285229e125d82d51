"""CVSS vectors and weaknesses by CVE, as tables made from NVD, CVE records and CISA's Vulnrichment."""

import csv
import gzip
import zlib
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from hullscan.errors import FeedError
from hullscan.feeds.feed import FeedItem
from hullscan.feeds.scores import score_in
from hullscan.model.advisory import Cvss, FlawFacts
from hullscan.model.report import Problem

_VECTORS: Final = "native/cvss/cvss.csv.gz"
_WEAKNESSES: Final = "native/cvss/cve-cwe.csv.gz"

_VECTOR_COLUMNS: Final = ("cve", "source", "cvss_version", "vector", "base_score", "severity")


class CvssFeed:
    """``cvss.csv.gz`` (cve, source, cvss_version, vector, base_score, severity) and ``cve-cwe.csv.gz`` (cve, cwe_ids)."""

    name = "native-cvss"
    ecosystems = ()
    license = "CC0-1.0"

    def __init__(self, parts: frozenset[str]) -> None:
        """Take those of the two tables that *parts* hold."""
        self.parts = tuple(part for part in (_VECTORS, _WEAKNESSES) if part in parts)

    def parse(self, root: Path) -> Iterator[FeedItem]:
        """See `Feed.parse`."""
        weaknesses = _weaknesses(root) if _WEAKNESSES in self.parts else {}
        if _VECTORS in self.parts:
            for cve, rows in groupby(_rows(root, _VECTORS, _VECTOR_COLUMNS), key=lambda row: row["cve"]):
                yield from _facts(cve, list(rows), weaknesses.pop(cve, ()))
        for cve, cwes in weaknesses.items():
            yield FlawFacts(id=cve, cwes=cwes)


def _facts(cve: str, rows: list[dict[str, str]], cwes: tuple[str, ...]) -> Iterator[FeedItem]:
    cvss: list[Cvss] = []
    for row in rows:
        if row["severity"] == "REJECTED" or row["cvss_version"] == "REJECTED":
            continue
        text = row["base_score"]
        try:
            number = score_in(text, 10) if text else None
        except ValueError:
            yield Problem(code="broken-record", path=_VECTORS, message=f"{cve}: {text[:40]!r} is no score")
            continue
        if row["cvss_version"]:
            cvss.append(Cvss(version=row["cvss_version"], vector=row["vector"], score=number, source=row["source"]))
    rejected = any("REJECTED" in (row["severity"], row["cvss_version"], row["vector"]) for row in rows)
    yield FlawFacts(id=cve, cvss=tuple(dict.fromkeys(cvss)), cwes=cwes, rejected=rejected and not cvss)


def _weaknesses(root: Path) -> dict[str, tuple[str, ...]]:
    return {
        row["cve"]: tuple(part for part in row["cwe_ids"].replace(",", " ").replace("|", " ").replace(";", " ").split())
        for row in _rows(root, _WEAKNESSES, ("cve", "cwe_ids"))
    }


def _rows(root: Path, part: str, columns: tuple[str, ...]) -> Iterator[dict[str, str]]:
    try:
        with gzip.open(root / part, "rt", encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = set(columns) - set(reader.fieldnames or ())
            if missing:
                raise FeedError(f"{part} has no column {min(missing)}")
            for row in reader:
                yield {key: value or "" for key, value in row.items() if key}
    except (OSError, EOFError, zlib.error, csv.Error, UnicodeError) as error:
        raise FeedError(f"{part} is cut off or damaged: {error}") from error
