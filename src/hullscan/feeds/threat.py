"""What attackers do with flaws: CISA's list of those known to be exploited (KEV), FIRST's forecasts (EPSS)."""

import csv
import gzip
import re
import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Final

import msgspec

from hullscan.errors import NOT_JSON, FeedError
from hullscan.feeds.feed import FeedItem
from hullscan.feeds.moments import moment
from hullscan.feeds.packed import document
from hullscan.feeds.scores import score_in
from hullscan.model.advisory import FlawFacts
from hullscan.model.report import Problem

_KEV: Final = re.compile(r"native/kev/known_exploited_vulnerabilities\.json(?:\.gz)?")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_EPSS: Final = re.compile(r"native/epss/epss_scores-(?:\d{4}-\d{2}-\d{2}|current)\.csv\.gz")


class KevFeed:
    """``known_exploited_vulnerabilities.json``: ``vulnerabilities``, each with ``cveID`` and ``dateAdded``."""

    name = "cisa-kev"
    ecosystems = ()
    license = "CC0-1.0"

    def __init__(self, parts: frozenset[str]) -> None:
        """Take the list if it is among *parts*."""
        self.parts = tuple(sorted(part for part in parts if _KEV.fullmatch(part)))[:1]

    def parse(self, root: Path) -> Iterator[FeedItem]:
        """See `Feed.parse`."""
        part = self.parts[0]
        try:
            fields: Any = msgspec.json.decode(document(root, part))
        except NOT_JSON as error:
            raise FeedError(f"{part} is cut off or damaged: {error}") from error
        rows = fields.get("vulnerabilities") if isinstance(fields, dict) else None
        if not isinstance(rows, list):
            raise FeedError(f"{part} lists no vulnerabilities")
        made = moment(str(fields.get("dateReleased", "")))
        if made is not None:
            yield made
        for row in rows:
            cve, date = (row.get("cveID"), row.get("dateAdded")) if isinstance(row, dict) else (None, None)
            if isinstance(cve, str) and isinstance(date, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", date):
                yield FlawFacts(id=cve, exploited=date)
            else:
                yield Problem(code="broken-record", path=part, message=f"an entry has no CVE or no date: {row!r:.100}")


class EpssFeed:
    """``epss_scores-DATE.csv.gz``: ``cve,epss,percentile`` after a comment that tells model and date."""

    name = "first-epss"
    ecosystems = ()
    license = "LicenseRef-EPSS"
    only_known_flaws = True
    """It rates all CVEs there are; those of which no advisory speaks are not kept."""

    def __init__(self, parts: frozenset[str]) -> None:
        """Take the newest table among *parts*."""
        self.parts = tuple(sorted((part for part in parts if _EPSS.fullmatch(part)), reverse=True))[:1]

    def parse(self, root: Path) -> Iterator[FeedItem]:
        """See `Feed.parse`."""
        part = self.parts[0]
        try:
            with gzip.open(root / part, "rt", encoding="utf-8", newline="") as stream:
                head = stream.readline()
                days = [moment(day) for text in (head, part) for day in _DAY.findall(text)]
                yield from [day for day in days if day is not None][:1]
                rows = csv.reader(line for line in chain([head], stream) if not line.startswith("#"))
                if next(rows, [])[:2] != ["cve", "epss"]:
                    raise FeedError(f"{part} does not begin with the columns cve and epss")
                for row in rows:
                    try:
                        score = score_in(row[1], 1)
                    except (IndexError, ValueError):
                        yield Problem(code="broken-record", path=part, message=f"this row has no score: {row!r:.100}")
                        continue
                    yield FlawFacts(id=row[0], epss=score)
        except (OSError, EOFError, zlib.error, csv.Error, UnicodeError) as error:
            raise FeedError(f"{part} is cut off or damaged: {error}") from error
