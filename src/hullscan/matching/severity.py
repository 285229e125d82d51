"""How bad a flaw is: the vendor's word where there is one, else what its CVSS score means."""

from collections.abc import Iterable, Sequence
from typing import Final

from hullscan.model.advisory import Cvss, Severity
from hullscan.model.hits import Facts, Hit, Record

_PREFERRED: Final = {"3.1": 0, "3.0": 1, "4.0": 2, "2.0": 3}
"""Which version speaks first: v3 is what most publishers keep; v4 where there is no v3; v2 last."""


def word_for_package(hits: Iterable[Hit]) -> tuple[Severity, str] | None:
    """Return the publishers' word on this very package, and whose it is; it comes before all other (design.md, rules)."""
    words = [(hit.severity, hit.record.feed) for hit in hits if hit.severity is not None]
    return max(words, key=lambda word: word[0]) if words else None


def rate(records: Sequence[Record], facts: Facts | None) -> tuple[Severity, str]:
    """Return the severity of one flaw, and whose word it is: a publisher's word comes before any score."""
    words = [
        (record.severity, record.severity_source or record.feed) for record in records if record.severity is not None
    ]
    if words:
        return max(words, key=lambda word: word[0])
    scored = best_cvss([one for record in records for one in record.cvss])
    if scored is None and facts is not None:
        scored = best_cvss(facts.cvss)
    if scored is None or scored.score is None:
        return Severity.UNKNOWN, ""
    return from_score(scored), f"{scored.source} CVSS {scored.version}"


def best_cvss(vectors: Iterable[Cvss]) -> Cvss | None:
    """Return the entry that decides: a score there must be; v3.1, v3.0, v4.0, v2.0 in this order; the highest of equals."""
    scored = [one for one in vectors if one.score is not None]
    return min(scored, key=lambda one: (_PREFERRED.get(one.version, 9), -(one.score or 0.0)), default=None)


def from_score(scored: Cvss) -> Severity:
    """
    Return the rating of a base score.

    Rule: CVSS v3.1 section 5 and v4.0 section 6, "Qualitative Severity Rating Scale"; for v2 NVD's three levels.
    """
    score = scored.score or 0.0
    if scored.version.startswith("2"):
        return Severity.HIGH if score >= 7.0 else Severity.MEDIUM if score >= 4.0 else Severity.LOW
    if score >= 9.0:
        return Severity.CRITICAL
    if score >= 7.0:
        return Severity.HIGH
    if score >= 4.0:
        return Severity.MEDIUM
    return Severity.LOW if score > 0.0 else Severity.NEGLIGIBLE
