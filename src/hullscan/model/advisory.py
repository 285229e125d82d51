"""Advisories: what a publisher says about flaws in packages."""

from datetime import datetime
from enum import Enum, IntEnum

import msgspec


class Severity(IntEnum):
    """How bad, in rising order. `UNKNOWN` means that nobody said."""

    UNKNOWN = 0
    NEGLIGIBLE = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4
    CRITICAL = 5

    @property
    def label(self) -> str:
        """The word as reports write it: ``High``."""
        return _LABELS[self]


_LABELS = tuple(severity.name.capitalize() for severity in Severity)


class Cvss(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One CVSS vector. `version` is 2.0, 3.0, 3.1 or 4.0; `score` the base score 0.0 to 10.0; `source` who gave it."""

    version: str
    vector: str
    score: float | None
    source: str


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One event of a range: `kind` is introduced, fixed, last_affected or limit."""

    kind: str
    version: str


class AffectedRange(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Events in any order, as published. ``introduced 0`` sorts before every version. GIT ranges are left out."""

    events: tuple[Event, ...]


class AffectedPackage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    One package that an advisory speaks of.

    Attributes:
        ecosystem: With release where the publisher has one: ``Debian:12``, ``PyPI``, ``Alpine:v3.18``.
        name: As the publisher writes it; normalised when stored.
        ranges: Version ranges in which it is affected.
        versions: Versions listed one by one as affected.
        severity: The publisher's word for this package (Debian urgency …), if any.
        urgency: That word as written, such as ``unimportant`` or ``end-of-life``.
        not_affected: The publisher says that this package never had the flaw (Alpine's fixed version 0).
        module: Which builds alone are meant: ``name:stream`` of a module (Red Hat and its rebuilds), or what
            `model.names.build_of` tells apart; "" for the plain ones.
        undetermined: The publisher says that nobody has looked into this package.
        note: Why there is no fix, in the publisher's words (Debian's "ignored: Minor issue"), or "".
    """

    ecosystem: str
    name: str
    ranges: tuple[AffectedRange, ...] = ()
    versions: tuple[str, ...] = ()
    severity: Severity | None = None
    urgency: str = ""
    not_affected: bool = False
    module: str = ""
    undetermined: bool = False
    note: str = ""


class Status(Enum):
    """What a publisher's entry means for the versions it covers."""

    AFFECTED = "affected"
    NOT_AFFECTED = "not-affected"
    UNDETERMINED = "undetermined"


class Segment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    A run of versions as sort keys, made of an affected range.

    From `low` (empty: from the first version) up to `high` (None: no end), which counts only if `inclusive`.
    `fix` is the version that ends it, "" if none is known; `text` is the range as people read it.
    """

    status: Status
    low: bytes
    high: bytes | None
    inclusive: bool
    fix: str
    text: str


class Advisory(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    One record of one publisher.

    Attributes:
        feed: The feed that brought it: ``osv-debian``.
        flaws: The flaws it speaks of, by their best name (CVE where there is one). A DSA that names six CVEs has
            six; a GHSA with one CVE alias has that CVE; a record without any other name has its own id.
        aliases: Other names of the one flaw it speaks of. Empty if it speaks of several.
        related: Ids that are neither.
        modified: When the publisher changed it last, where the record itself tells: the time of a file that holds all records
            would make each of them another whenever one is.
        severity: The publisher's own word, and who that is.
        details: The long text; `summary` the short one.
    """

    feed: str
    id: str
    flaws: tuple[str, ...]
    modified: datetime | None = None
    published: datetime | None = None
    withdrawn: datetime | None = None
    aliases: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    summary: str = ""
    details: str = ""
    severity: Severity | None = None
    severity_source: str = ""
    cvss: tuple[Cvss, ...] = ()
    cwes: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    affected: tuple[AffectedPackage, ...] = ()


class FlawFacts(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    What is known of one CVE apart from any package: scores and weaknesses (NVD, CISA …).

    `exploited` is the day (YYYY-MM-DD) since which CISA lists it as exploited, "" if it does not; `epss` the forecast
    (0 to 1) that it will be within 30 days, None if there is none.
    """

    id: str
    cvss: tuple[Cvss, ...] = ()
    cwes: tuple[str, ...] = ()
    rejected: bool = False
    exploited: str = ""
    epss: float | None = None


class ReleaseSupport(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How long one release of one distribution gets security updates; a date of ``None`` means not stated."""

    distro: str
    version_id: str
    codename: str = ""
    ends: datetime | None = None
    extended_ends: datetime | None = None


class PackageSupport(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    A source package that gets less security support than its release.

    Attributes:
        ecosystem: With release (``Debian:12``), or without for all of them.
        name: A name that ends in ``*`` means all that begin so.
        ends: The last day of its support; None if there is support, though limited.
        note: Why, in the publisher's words.
    """

    ecosystem: str
    name: str
    ends: datetime | None = None
    note: str = ""
