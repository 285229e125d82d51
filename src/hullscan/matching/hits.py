"""What the join gives back: one advisory's run of versions that holds one package's version."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from hullscan.model.advisory import Cvss, Severity, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An advisory as matching needs it; `flaws` and `aliases` as in `model.advisory.Advisory`."""

    feed: str
    id: str
    flaws: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    severity: Severity | None = None
    severity_source: str = ""
    cvss: tuple[Cvss, ...] = ()
    cwes: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    summary: str = ""
    details: str = ""
    modified: datetime | None = None

    @property
    def names(self) -> frozenset[str]:
        """All names of its flaws."""
        return frozenset((*self.flaws, *self.aliases))


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """
    One run of versions of *record*; `matched` says whether it holds the package's version.

    Runs that do not hold it are given too where they may decide: another record's word on the same flaw.
    """

    record: Record
    ecosystem: str
    name: str
    status: Status
    low: bytes
    high: bytes | None
    inclusive: bool
    fix: str
    range: str
    matched: bool
    urgency: str = ""
    severity: Severity | None = None

    @property
    def bounded(self) -> bool:
        """Whether the publisher says where it ends, or that it never was."""
        return self.high is not None or self.status is Status.NOT_AFFECTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Scores, weaknesses and threats known of a flaw apart from any package; as `model.advisory.FlawFacts`."""

    cvss: tuple[Cvss, ...] = ()
    cwes: tuple[str, ...] = ()
    rejected: bool = False
    exploited: str = ""
    epss: float | None = None
