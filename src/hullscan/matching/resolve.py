"""Hits of one package made into findings: one flaw, one finding, under its best name."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hullscan.matching.hits import Facts, Hit
from hullscan.matching.severity import rate
from hullscan.model.advisory import Cvss, Severity, Status
from hullscan.model.report import Evidence, Problem

_CVE: Final = re.compile(r"CVE-\d{4}-\d{4,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
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
    evidence: tuple[Evidence, ...]


def resolve(
    hits: Sequence[Hit], facts: Mapping[str, Facts], *, version: str, scheme: str
) -> tuple[tuple[Flaw, ...], tuple[Problem, ...]]:
    """
    Return the flaws that concern a package, by id, and what could not be decided about it.

    *hits* are all runs that hold its version, with those other runs for its names that speak of the same flaws;
    *facts* by CVE.

    Rules: records that share a name speak of one flaw, except that a record of several flaws ties none of them
    together. A record without an end yields to another record or channel that says where the flaw ends
    (`spec/disagreements.md`, 9: Ubuntu's ESM channel, Go's twins of GHSA records).
    """
    flaws: list[Flaw] = []
    problems: list[Problem] = []
    for names, group in _groups(hits):
        matched = [hit for hit in group if hit.matched]
        affected = [hit for hit in matched if hit.status is Status.AFFECTED]
        if not any(hit.bounded for hit in affected) and _settled_elsewhere(matched, group):
            continue
        if affected:
            flaws.append(_flaw(names, affected, facts, version=version, scheme=scheme))
        else:
            problems += (_undetermined(names, hit, version) for hit in matched[:1])
    return tuple(sorted(flaws, key=lambda flaw: flaw.id)), tuple(problems)


def _groups(hits: Sequence[Hit]) -> Iterable[tuple[frozenset[str], list[Hit]]]:
    """Hits by flaw: the names that belong together, and the hits that speak of any of them."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for hit in hits:
        if len(hit.record.flaws) == 1:
            first = root(hit.record.flaws[0])
            for alias in hit.record.aliases:
                parent[root(alias)] = first
    members: dict[str, list[Hit]] = {}
    names: dict[str, set[str]] = {}
    for hit in hits:
        for flaw in hit.record.flaws:
            group = members.setdefault(root(flaw), [])
            if not group or group[-1] is not hit:
                group.append(hit)
            names.setdefault(root(flaw), set()).add(flaw)
        if len(hit.record.flaws) == 1:
            names[root(hit.record.flaws[0])].update(hit.record.aliases)
    for key, group in members.items():
        if any(hit.matched for hit in group):
            yield frozenset(names[key]), group


def _settled_elsewhere(matched: Sequence[Hit], group: Sequence[Hit]) -> bool:
    mine = {(hit.record.feed, hit.record.id, hit.ecosystem) for hit in matched}
    return any(
        hit.bounded
        and hit.status is not Status.UNDETERMINED
        and (hit.record.feed, hit.record.id, hit.ecosystem) not in mine
        for hit in group
    )


def _flaw(names: frozenset[str], hits: Sequence[Hit], facts: Mapping[str, Facts], *, version: str, scheme: str) -> Flaw:
    best = best_name(names)
    known = facts.get(best)
    severity, source = rate(hits, known)
    records = list({(hit.record.feed, hit.record.id): hit.record for hit in hits}.values())
    # The record that speaks of this flaw alone describes it better than one that speaks of six.
    records.sort(key=lambda record: (len(record.flaws), record.feed, record.id))
    own_cvss = tuple(dict.fromkeys(one for record in records for one in record.cvss))
    own_cwes = tuple(dict.fromkeys(cwe for record in records for cwe in record.cwes))
    return Flaw(
        id=best,
        aliases=tuple(sorted(names - {best})),
        severity=severity,
        severity_source=source,
        fix=_fix(hits),
        description=next((text for record in records if (text := record.details or record.summary)), ""),
        links=tuple(dict.fromkeys(link for record in records for link in record.links)),
        cvss=own_cvss or (known.cvss if known else ()),
        cwes=own_cwes or (known.cwes if known else ()),
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


def best_name(names: Iterable[str]) -> str:
    """Return the CVE with the lowest number, else the first name in order."""
    return min(names, key=lambda name: (not _CVE.fullmatch(name), len(name) if name.startswith("CVE-") else 0, name))


def _fix(hits: Sequence[Hit]) -> str:
    """The nearest fix above the installed version that no other record still calls affected; never a downgrade."""
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
