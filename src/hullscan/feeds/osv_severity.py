"""How OSV records say severity: a publisher's word, or CVSS vectors."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

from hullscan.feeds.osv_record import OsvRecord
from hullscan.model.advisory import Cvss, Severity

_WORDS: Final = {
    "unimportant": Severity.NEGLIGIBLE,
    "negligible": Severity.NEGLIGIBLE,
    "untriaged": None,
    "not yet assigned": None,
    "unknown": None,
    "none": Severity.NEGLIGIBLE,
    "low": Severity.LOW,
    "minor": Severity.LOW,
    "minimal": Severity.LOW,
    "normal": Severity.MEDIUM,
    "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM,
    "high": Severity.HIGH,
    "important": Severity.HIGH,
    "critical": Severity.CRITICAL,
}
"""Publishers' words → ours: Debian urgencies, Ubuntu priorities, GitHub's, Red Hat's and its rebuilds', Gentoo's impacts."""

_PUBLISHERS: Final = {
    "GHSA": "github",
    "ALSA": "almalinux",
    "RLSA": "rocky",
    "RXSA": "rocky",
    "RHSA": "redhat",
    "ELSA": "oracle",
}

_VERSIONS: Final = {"CVSS_V2": "2.0", "CVSS_V3": "3.1", "CVSS_V4": "4.0"}


def word(text: str) -> Severity | None:
    """Return a publisher's word as a severity, None if it says nothing."""
    return _WORDS.get(text.strip().rstrip("*").lower())


def vendor_word(record: OsvRecord) -> tuple[Severity | None, str]:
    """Return the record's own word and whose it is."""
    for one in record.severity or ():
        if one.type == "Ubuntu" and (found := word(one.score)) is not None:
            return found, "ubuntu"
    specific: Any = record.database_specific
    if isinstance(specific, dict) and isinstance(specific.get("severity"), str):
        found = word(specific["severity"])
        if found is not None:
            return found, _publisher(record.id)
    # AlmaLinux and Rocky Linux: "Important: kernel security update".
    first, colon, _ = (record.summary or "").partition(": ")
    if colon and record.id.startswith(("ALSA-", "RLSA-", "RHSA-", "RXSA-", "ELSA-")):
        return word(first), _publisher(record.id)
    return None, ""


def _publisher(record: str) -> str:
    prefix = record.partition("-")[0]
    return _PUBLISHERS.get(prefix, prefix.lower())


def package_word(severity: Iterable[Any], urgency: str) -> Severity | None:
    """Return the word for one package: Debian's urgency, or Ubuntu's priority."""
    for one in severity:
        if one.type == "Ubuntu" and (found := word(one.score)) is not None:
            return found
    return word(urgency) if urgency else None


def vectors(record: OsvRecord, source: str) -> tuple[Cvss, ...]:
    """Return the record's CVSS entries with their base scores; what is no vector and no score is left out."""
    entries = list(record.severity or ())
    if not entries:
        entries = [one for affected in record.affected or () for one in affected.severity or ()]
    found = (score(one.score, _VERSIONS.get(one.type, ""), source) for one in entries if one.type != "Ubuntu")
    return tuple(dict.fromkeys(one for one in found if one is not None))


@lru_cache(maxsize=50_000)
def score(text: str, version: str, source: str) -> Cvss | None:
    """Return a vector with its base score; a bare number is a score without a vector; None if it is neither."""
    import cvss

    text = text.strip()
    try:
        if text.startswith("CVSS:4"):
            return Cvss(version="4.0", vector=text, score=float(cvss.CVSS4(text).base_score), source=source)
        if text.startswith("CVSS:3"):
            return Cvss(version=text[5:8], vector=text, score=float(cvss.CVSS3(text).base_score), source=source)
        if text.startswith(("AV:", "(AV:")):
            return Cvss(version="2.0", vector=text, score=float(cvss.CVSS2(text.strip("()")).base_score), source=source)
        number = float(text)
    except (ValueError, cvss.CVSSError):
        return None
    if version and 0.0 <= number <= 10.0:
        return Cvss(version=version, vector="", score=number, source=source)
    return None
