"""What the join gives back: one advisory's run of versions that holds one package's version."""

from typing import Final

import msgspec

from hullscan.model.advisory import Cvss, Severity, Status

MINOR_STREAMS: Final = ("Red Hat:", "AlmaLinux:", "Rocky Linux:", "Oracle Linux:")
"""How the ecosystems begin that fix a flaw in several minor releases, each by a build of its own."""


class Record(msgspec.Struct, frozen=True, kw_only=True, eq=False, gc=False):
    """
    An advisory as matching needs it; `flaws` as in `model.advisory.Advisory`, `names` these and their aliases.

    One object for each advisory, shared by all its hits, so that "the same record" is a comparison of objects.
    """

    feed: str
    id: str
    flaws: tuple[str, ...]
    names: frozenset[str]
    severity: Severity | None = None
    severity_source: str = ""
    cvss: tuple[Cvss, ...] = ()
    cwes: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    summary: str = ""
    details: str = ""


class Hit(msgspec.Struct, frozen=True, eq=False, gc=False):
    """
    One run of versions of *record*; `matched` says whether it holds the package's version.

    Runs that do not hold it are given too where they may decide: another record's word on the same flaw. One object for
    each run, shared by all packages of which the same is to be said, and compared as an object as records are.
    """

    record: Record
    ecosystem: str
    name: str
    status: Status
    low: bytes
    high: bytes | None
    fix: str
    range: str
    severity: Severity | None
    matched: bool

    @property
    def bounded(self) -> bool:
        """Whether the publisher says where it ends, or that it never was."""
        return self.high is not None or self.status is Status.NOT_AFFECTED


class Facts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Scores, weaknesses and threats known of a flaw apart from any package; as `model.advisory.FlawFacts`."""

    cvss: tuple[Cvss, ...] = ()
    cwes: tuple[str, ...] = ()
    rejected: bool = False
    exploited: str = ""
    epss: float | None = None
