"""Hits of one package made into findings: one flaw, one finding, under its best name."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from hullscan.matching.severity import rate, word_for_package
from hullscan.model.advisory import Cvss, Severity, Status
from hullscan.model.hits import MINOR_STREAMS, Facts, Hit, Record
from hullscan.model.report import Evidence, Problem
from hullscan.patterns import pattern

_CVE: Final = pattern(r"CVE-\d{4}-\d{4,}")
_MINOR_STREAM: Final = pattern(r"\.el\d+(?:_\d+)?(?![0-9A-Za-z])")


class Told(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    What records and facts tell of a flaw, whatever package it is in.

    `id` is the CVE where there is one; `aliases` its other names. `rating` is its severity, and whose word that is.
    `rejected`: it has no name but CVEs that were rejected, which "should be ignored" (nvd.nist.gov, "CVE List Statuses").
    """

    id: str
    aliases: tuple[str, ...]
    description: str
    links: tuple[str, ...]
    cvss: tuple[Cvss, ...]
    cwes: tuple[str, ...]
    rating: tuple[Severity, str]
    exploited: str
    epss: float | None
    rejected: bool


class Flaw(msgspec.Struct, frozen=True, gc=False):
    """
    One flaw of all packages that have the same hits and are built for the same minor release, whichever images hold them.

    `rating` is the word on these very packages, if there is one. `fix` is "" if no version above is known to be fixed.
    `hits` say that the packages are affected.
    """

    told: Told
    rating: tuple[Severity, str]
    fix: str
    hits: tuple[Hit, ...]

    def evidence(self, version: str, scheme: str) -> tuple[Evidence, ...]:
        """Return why it stands for a package of *version*, compared by *scheme*."""
        return tuple(
            [
                Evidence(hit.record.feed, hit.record.id, hit.ecosystem, hit.name, version, hit.range, scheme)
                for hit in self.hits
            ]
        )


class Undecided(msgspec.Struct, frozen=True, gc=False):
    """A flaw, by its best name, of which nobody can say whether packages are affected; `hit` says why."""

    name: str
    hit: Hit

    def problem(self, version: str) -> Problem:
        """Return what is to be told of it for a package of *version*."""
        return Problem(
            code="undetermined-advisory",
            message=f"{self.hit.record.id} ({self.name}) for {self.hit.name} {version}: {self.hit.range}",
        )


class Resolved(NamedTuple):
    """What the hits of a package come to."""

    flaws: tuple[Flaw, ...]
    undecided: tuple[Undecided, ...]


class Resolver:
    """
    Makes the hits of package after package into flaws; *facts* by CVE.

    Rules: records that share a name speak of one flaw, except that a record of several flaws ties none of them
    together. A record without an end yields to another record or channel that says where the flaw ends
    (`spec/disagreements.md`, 9: Ubuntu's ESM channel, Go's twins of GHSA records).
    """

    def __init__(self, facts: Mapping[str, Facts]) -> None:
        self._facts = facts
        self._told: dict[tuple[frozenset[str], tuple[Record, ...]], Told] = {}
        self._resolved: dict[tuple[str, tuple[Hit, ...]], Resolved] = {}

    def resolve(self, hits: Sequence[Hit], version: str) -> Resolved:
        """
        Return the flaws that concern a package of *version*, and what could not be decided about it.

        *hits* are all runs that hold its version, with those other runs for its names that speak of the same flaws.
        """
        # The binaries of one source have the same hits, as have versions that no run tells apart: resolved once.
        key = (_stream_of(version), tuple(hits))
        resolved = self._resolved.get(key)
        if resolved is None:
            resolved = self._resolved[key] = self._resolve(*key)
        return resolved

    def _resolve(self, stream: str, hits: Sequence[Hit]) -> Resolved:
        flaws: list[Flaw] = []
        undecided: list[Undecided] = []
        for names, group in _groups(_without_bare(hits)).items():
            matched = [hit for hit in group if hit.matched]
            if len(matched) < len(group) and (
                not matched or _settled_elsewhere(matched, group) or _fixed_in_stream(group, stream)
            ):
                continue
            affected = tuple([hit for hit in matched if hit.status is Status.AFFECTED])
            if affected:
                told = self._tell(names, affected)
                fix = _fix(_of_stream(affected, stream) or affected)
                flaws.append(Flaw(told, word_for_package(affected) or told.rating, fix, affected))
            else:
                undecided.append(Undecided(best_name(names), matched[0]))
        return Resolved(tuple(flaws), tuple(undecided))

    def _tell(self, names: frozenset[str], hits: Sequence[Hit]) -> Told:
        # Records are shared by many packages, and what they tell of the flaw is the same for all: told once.
        records = tuple([hit.record for hit in hits])
        told = self._told.get((names, records))
        if told is None:
            told = self._told[names, records] = _tell(names, records, self._facts)
        return told


def _tell(names: frozenset[str], speaking: Iterable[Record], facts: Mapping[str, Facts]) -> Told:
    standing = [name for name in names if (fact := facts.get(name)) is None or not fact.rejected]
    best = best_name(standing or names)
    known = facts.get(best)
    # The record that speaks of this flaw alone describes it better than one that speaks of six.
    records = sorted(speaking, key=lambda record: (len(record.flaws), record.feed, record.id))
    own_cvss = tuple(dict.fromkeys(one for record in records for one in record.cvss))
    own_cwes = tuple(dict.fromkeys(cwe for record in records for cwe in record.cwes))
    return Told(
        id=best,
        aliases=tuple(sorted(names - {best})),
        description=next((text for record in records if (text := record.details or record.summary)), ""),
        links=tuple(dict.fromkeys(link for record in records for link in record.links)),
        cvss=own_cvss or (known.cvss if known else ()),
        cwes=own_cwes or (known.cwes if known else ()),
        rating=rate(records, known),
        exploited=known.exploited if known else "",
        epss=known.epss if known else None,
        rejected=not standing,
    )


def _without_bare(hits: Sequence[Hit]) -> Sequence[Hit]:
    """Leave out records that name no flaw beside themselves where another feed's record of that id names some: DSA-6113-1."""
    bare = {hit.record.id for hit in hits if hit.record.flaws == (hit.record.id,)}
    if not bare:
        return hits
    bare &= {hit.record.id for hit in hits if hit.record.id not in hit.record.names}
    return [hit for hit in hits if hit.record.id not in bare or hit.record.flaws != (hit.record.id,)]


def _groups(hits: Sequence[Hit]) -> dict[frozenset[str], list[Hit]]:
    """Hits by flaw: the names that belong together, and the hits that speak of any of them."""
    together = _tied(dict.fromkeys([hit.record for hit in hits]))
    groups: dict[frozenset[str], list[Hit]] = {}
    for hit in hits:
        for flaw in hit.record.flaws:
            group = groups.setdefault(together.get(flaw) or frozenset((flaw,)), [])
            if not group or group[-1] is not hit:
                group.append(hit)
    return groups


def _tied(records: Iterable[Record]) -> dict[str, frozenset[str]]:
    """Name → all names of its flaw, for those that records of one flaw tie together."""
    together: dict[str, frozenset[str]] = {}
    for record in records:
        names = record.names
        if len(record.flaws) > 1 or len(names) == 1:
            continue
        known = [together[name] for name in names if name in together]
        if known:
            names = names.union(*known)
        for name in names:
            together[name] = names
    return together


def _settled_elsewhere(matched: Sequence[Hit], group: Sequence[Hit]) -> bool:
    """Whether another record or channel says where the flaw ends, and none of those that hold the version does."""
    if any(hit.bounded for hit in matched if hit.status is Status.AFFECTED):
        return False
    mine = {(hit.record.feed, hit.record.id, hit.ecosystem) for hit in matched}
    return any(
        hit.bounded
        and hit.status is not Status.UNDETERMINED
        and (hit.record.feed, hit.record.id, hit.ecosystem) not in mine
        for hit in group
    )


def _stream_of(version: str) -> str:
    """Return the minor release that a build is for, as its version says it (``.el8_4``), or ""."""
    stream = _MINOR_STREAM.search(version)
    return stream[0] if stream else ""


def _fixed_in_stream(group: Sequence[Hit], stream: str) -> bool:
    """
    Whether the minor release *stream*, which the package is built for, has the fix, though another's comes later in the order.

    Rule: Red Hat fixes a flaw in each minor release that it maintains (access.redhat.com, "Red Hat Enterprise Linux Life
    Cycle"), and a build says in its release which it is for: 1.1.1k-6.el8_5 has what 1.1.1g-16.el8_4 has, too.
    """
    own = _of_stream(group, stream)
    return bool(own) and not any(hit.matched for hit in own)


def _of_stream(hits: Sequence[Hit], stream: str) -> list[Hit]:
    """Those of *hits* whose fix is a build for the minor release *stream*; none if it is ""."""
    if not stream:
        return []
    return [
        hit for hit in hits if hit.ecosystem.startswith(MINOR_STREAMS) and not hit.low and _stream_of(hit.fix) == stream
    ]


def best_name(names: Iterable[str]) -> str:
    """Return the CVE with the lowest number, else the first name in order."""
    return min(names, key=lambda name: (not _CVE.fullmatch(name), len(name) if name.startswith("CVE-") else 0, name))


def _fix(hits: Sequence[Hit]) -> str:
    """The nearest fix above the installed version that no other record still calls affected; never a downgrade."""
    if len(hits) == 1:
        return hits[0].fix if hits[0].high is not None else ""
    fixes = sorted({(hit.high, hit.fix) for hit in hits if hit.fix and hit.high is not None})
    for key, fix in fixes[:-1]:
        if not any(hit.low <= key and hit.high is not None and key < hit.high for hit in hits):
            return fix
    return fixes[-1][1] if fixes else ""
