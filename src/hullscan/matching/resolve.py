"""Hits of one package made into findings: one flaw, one finding, under its best name."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from hullscan.matching.hits import Facts, Hit, Record
from hullscan.matching.severity import rate, word_for_package
from hullscan.model.advisory import Cvss, Severity, Status
from hullscan.model.report import Evidence, Problem

_CVE: Final = re.compile(r"CVE-\d{4}-\d{4,}")


class Flaw(msgspec.Struct, frozen=True, kw_only=True):
    """
    One flaw of one package version, whichever images hold it.

    `id` is the CVE where there is one; `aliases` its other names. `fix` is "" if no version above is known to be fixed.
    """

    id: str
    aliases: tuple[str, ...]
    severity: Severity
    severity_source: str
    fix: str
    description: str
    links: tuple[str, ...]
    cvss: tuple[Cvss, ...]
    cwes: tuple[str, ...]
    exploited: str
    epss: float | None
    evidence: tuple[Evidence, ...]


class Resolver:
    """
    Makes the hits of package after package into flaws; *facts* by CVE.

    Rules: records that share a name speak of one flaw, except that a record of several flaws ties none of them
    together. A record without an end yields to another record or channel that says where the flaw ends
    (`spec/disagreements.md`, 9: Ubuntu's ESM channel, Go's twins of GHSA records).
    """

    def __init__(self, facts: Mapping[str, Facts]) -> None:
        self._facts = facts
        self._told: dict[tuple[frozenset[str], tuple[int, ...]], _Told] = {}

    def resolve(
        self, hits: Sequence[Hit], *, version: str, scheme: str
    ) -> tuple[tuple[Flaw, ...], tuple[Problem, ...]]:
        """
        Return the flaws that concern a package, by id, and what could not be decided about it.

        *hits* are all runs that hold its version, with those other runs for its names that speak of the same flaws.
        """
        flaws: list[Flaw] = []
        problems: list[Problem] = []
        for names, group in _groups(_without_bare(hits)):
            matched = [hit for hit in group if hit.matched]
            affected = [hit for hit in matched if hit.status is Status.AFFECTED]
            if not any(hit.bounded for hit in affected) and _settled_elsewhere(matched, group):
                continue
            if affected:
                flaws.append(self._flaw(names, affected, version=version, scheme=scheme))
            else:
                problems += (_undetermined(names, hit, version) for hit in matched[:1])
        return tuple(sorted(flaws, key=lambda flaw: flaw.id)), tuple(problems)

    def _flaw(self, names: frozenset[str], hits: Sequence[Hit], *, version: str, scheme: str) -> Flaw:
        # Records are shared by many packages, and what they tell of the flaw is the same for all: told once.
        records = {id(hit.record): hit.record for hit in hits}
        key = (names, tuple(records))
        told = self._told.get(key)
        if told is None:
            told = self._told[key] = _tell(names, list(records.values()), self._facts)
        severity, source = word_for_package(hits) or told.rating
        return Flaw(
            id=told.id,
            aliases=told.aliases,
            severity=severity,
            severity_source=source,
            fix=_fix(hits),
            description=told.description,
            links=told.links,
            cvss=told.cvss,
            cwes=told.cwes,
            exploited=told.exploited,
            epss=told.epss,
            evidence=tuple(
                Evidence(
                    feed=hit.record.feed,
                    advisory=hit.record.id,
                    ecosystem=hit.ecosystem,
                    name=hit.name,
                    version=version,
                    range=hit.range,
                    scheme=scheme,
                )
                for hit in hits
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What records and facts tell of a flaw, whatever package it is in."""

    id: str
    aliases: tuple[str, ...]
    description: str
    links: tuple[str, ...]
    cvss: tuple[Cvss, ...]
    cwes: tuple[str, ...]
    rating: tuple[Severity, str]
    exploited: str
    epss: float | None


def _tell(names: frozenset[str], records: list[Record], facts: Mapping[str, Facts]) -> _Told:
    best = best_name(names)
    known = facts.get(best)
    # The record that speaks of this flaw alone describes it better than one that speaks of six.
    records.sort(key=lambda record: (len(record.flaws), record.feed, record.id))
    own_cvss = tuple(dict.fromkeys(one for record in records for one in record.cvss))
    own_cwes = tuple(dict.fromkeys(cwe for record in records for cwe in record.cwes))
    return _Told(
        id=best,
        aliases=tuple(sorted(names - {best})),
        description=next((text for record in records if (text := record.details or record.summary)), ""),
        links=tuple(dict.fromkeys(link for record in records for link in record.links)),
        cvss=own_cvss or (known.cvss if known else ()),
        cwes=own_cwes or (known.cwes if known else ()),
        rating=rate(records, known),
        exploited=known.exploited if known else "",
        epss=known.epss if known else None,
    )


def _without_bare(hits: Sequence[Hit]) -> Sequence[Hit]:
    """Leave out records that name no flaw beside themselves where another feed's record of that id names some: DSA-6113-1."""
    bare = {hit.record.id for hit in hits if hit.record.flaws == (hit.record.id,)}
    if not bare:
        return hits
    bare &= {hit.record.id for hit in hits if hit.record.id not in (*hit.record.flaws, *hit.record.aliases)}
    return [hit for hit in hits if hit.record.id not in bare or hit.record.flaws != (hit.record.id,)]


class _Group:
    """The hits that speak of one flaw, and its names."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}
        self.hits: list[Hit] = []


def _groups(hits: Sequence[Hit]) -> Iterable[tuple[frozenset[str], list[Hit]]]:
    """Hits by flaw: the names that belong together, and the hits that speak of any of them."""
    by_name: dict[str, _Group] = {}
    for hit in hits:
        if len(hit.record.flaws) == 1:
            _tie(by_name, (*hit.record.flaws, *hit.record.aliases))
    groups: dict[int, _Group] = {}
    for hit in hits:
        for flaw in hit.record.flaws:
            group = by_name.get(flaw)
            if group is None:
                group = _tie(by_name, (flaw,))
            if not group.hits or group.hits[-1] is not hit:
                group.hits.append(hit)
            groups[id(group)] = group
    for group in groups.values():
        if any(hit.matched for hit in group.hits):
            yield frozenset(group.names), group.hits


def _tie(by_name: dict[str, _Group], names: Iterable[str]) -> _Group:
    """Make *names* one group, with all that each of them is tied to already."""
    group: _Group | None = None
    for name in names:
        known = by_name.get(name)
        if known is None or known is group:
            continue
        if group is None:
            group = known
            continue
        for other in known.names:
            by_name[other] = group
        group.names.update(known.names)
    group = group or _Group()
    for name in names:
        group.names[name] = None
        by_name[name] = group
    return group


def _settled_elsewhere(matched: Sequence[Hit], group: Sequence[Hit]) -> bool:
    mine = {(hit.record.feed, hit.record.id, hit.ecosystem) for hit in matched}
    return any(
        hit.bounded
        and hit.status is not Status.UNDETERMINED
        and (hit.record.feed, hit.record.id, hit.ecosystem) not in mine
        for hit in group
    )


def best_name(names: Iterable[str]) -> str:
    """Return the CVE with the lowest number, else the first name in order."""
    return min(names, key=lambda name: (not _CVE.fullmatch(name), len(name) if name.startswith("CVE-") else 0, name))


def _fix(hits: Sequence[Hit]) -> str:
    """The nearest fix above the installed version that no other record still calls affected; never a downgrade."""
    if len(hits) == 1:
        return hits[0].fix if hits[0].high is not None else ""
    fixes = sorted({(hit.high, hit.fix) for hit in hits if hit.fix and hit.high is not None})
    for key, fix in fixes:
        if not any(hit.low <= key and hit.high is not None and key < hit.high for hit in hits):
            return fix
    return fixes[-1][1] if fixes else ""


def _undetermined(names: frozenset[str], hit: Hit, version: str) -> Problem:
    return Problem(
        code="undetermined-advisory",
        message=f"{hit.record.id} ({best_name(names)}) for {hit.name} {version}: {hit.range}",
    )
