"""
Reports: what was found in one artifact, and what is not known about it.

Findings are made by position where all are made: a report may hold a hundred thousand, and to name twenty fields takes eight
times as long as to fill them.
"""

from datetime import datetime
from enum import Enum

import msgspec

from hullscan.model.advisory import Cvss, Severity
from hullscan.model.base_image import BaseImage


class Verdict(Enum):
    """The three answers."""

    CLEAN = "clean"
    AFFECTED = "affected"
    UNDETERMINED = "undetermined"


class Problem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    Something that could not be read or judged: `code` a fixed word of `docs/problems.md`, where, and why.

    `proven` is False where packages may be missing or unjudged because of it, so that no "clean" can be said.
    """

    code: str
    message: str
    path: str = ""
    layer: str = ""
    proven: bool = False


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """Why a finding stands: the publisher's record, the name asked for, the range as text, the version compared."""

    feed: str
    advisory: str
    ecosystem: str
    name: str
    version: str
    range: str
    scheme: str


class Finding(msgspec.Struct, frozen=True, gc=False):
    """
    One flaw of one package.

    `exploited` is the day since which CISA lists the flaw as exploited, `epss` the forecast (0 to 1) that it will be.
    `fix_version` is "" without a fix. `layer` is the blob digest of the layer that brought the package.
    `in_base`: that layer is the base image's, which must be fixed where it is made.
    `suppressed` is the reason why policy does not count it, or None. `severity_source` says whose word it is.
    """

    id: str
    package: str
    version: str
    purl: str
    severity: Severity
    severity_source: str = ""
    fix_version: str = ""
    aliases: tuple[str, ...] = ()
    layer: str = ""
    path: str = ""
    description: str = ""
    links: tuple[str, ...] = ()
    cvss: tuple[Cvss, ...] = ()
    cwes: tuple[str, ...] = ()
    exploited: str = ""
    epss: float | None = None
    evidence: tuple[Evidence, ...] = ()
    owner: str = ""
    in_base: bool = False
    suppressed: str | None = None


class FeedState(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Which snapshot of a feed answered; `upstream_time` is the newest record's time, None if unknown."""

    name: str
    snapshot: str
    upstream_time: datetime | None
    records: int = 0


class Scanner(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who made the report."""

    name: str
    vendor: str
    version: str


class ReportedPackage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A package as reports list it."""

    purl: str
    name: str
    version: str
    source: str = ""
    source_version: str = ""
    vendor: str = ""
    layer: str = ""
    path: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Findings and problems of one artifact against one state of the feeds."""

    target: str
    digest: str
    platform: str
    verdict: Verdict
    severity: Severity
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    packages: tuple[ReportedPackage, ...]
    bases: tuple[BaseImage, ...]
    feeds: tuple[FeedState, ...]
    scanner: Scanner
    generated_at: datetime
