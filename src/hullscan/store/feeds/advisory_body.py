"""How an advisory's facts are kept in a row: what a report shows, as compressed msgpack."""

import hashlib
import threading
from datetime import datetime
from typing import Any

import msgspec
import zstandard

from hullscan.errors import NOT_JSON, StoreError
from hullscan.model.advisory import Advisory, Cvss, FlawFacts, Segment, Severity


class AdvisoryBody(msgspec.Struct, frozen=True, omit_defaults=True, array_like=True):
    """The facts of one record that a report shows; ranges are rows of their own."""

    record: str
    flaws: tuple[str, ...]
    aliases: tuple[str, ...]
    severity: int | None
    severity_source: str
    cvss: tuple[tuple[str, str, float | None, str], ...]
    cwes: tuple[str, ...]
    links: tuple[str, ...]
    summary: str
    details: str
    published: datetime | None
    modified: datetime | None


class FactsBody(msgspec.Struct, frozen=True, array_like=True):
    """Scores, weaknesses and threats of one flaw."""

    cvss: tuple[tuple[str, str, float | None, str], ...]
    cwes: tuple[str, ...]
    rejected: bool
    exploited: str = ""
    epss: float | None = None


_encoder = msgspec.msgpack.Encoder()
_advisories = msgspec.msgpack.Decoder(AdvisoryBody)
_facts = msgspec.msgpack.Decoder(FactsBody)


def encode_advisory(advisory: Advisory) -> bytes:
    """Return *advisory*'s facts as bytes; equal facts give equal bytes."""
    body = AdvisoryBody(
        record=advisory.id,
        flaws=advisory.flaws,
        aliases=advisory.aliases,
        severity=None if advisory.severity is None else int(advisory.severity),
        severity_source=advisory.severity_source,
        cvss=tuple((one.version, one.vector, one.score, one.source) for one in advisory.cvss),
        cwes=advisory.cwes,
        links=advisory.links,
        summary=advisory.summary,
        details=advisory.details,
        published=advisory.published,
        modified=advisory.modified,
    )
    return _encoder.encode(body)


def decision_digest(
    advisory: Advisory, ranges: list[tuple[str, str, str, str, int | None, tuple[Segment, ...]]]
) -> bytes:
    """
    Return a digest of what can change anybody's risk: names, ranges, fixes, severity, withdrawal.

    An edited description or link leaves it as it is.
    """
    parts: list[Any] = [
        advisory.flaws,
        advisory.aliases,
        None if advisory.severity is None else int(advisory.severity),
        [(one.version, one.vector, one.score) for one in advisory.cvss],
        advisory.withdrawn is not None,
        [
            (*head, [(s.status.value, s.low, s.high, s.inclusive, s.fix, s.text) for s in runs])
            for *head, runs in ranges
        ],
    ]
    return hashlib.blake2b(_encoder.encode(parts), digest_size=16).digest()


def content_digest(body: bytes, decision: bytes) -> bytes:
    """Return a digest of all that is kept of a record."""
    return hashlib.blake2b(body + decision, digest_size=16).digest()


def pack(body: bytes) -> bytes:
    """Compress an encoded body for its row."""
    return _zstd.compressor.compress(body)


def decode_advisory(packed: bytes) -> AdvisoryBody:
    """Read a row's body back."""
    try:
        return _advisories.decode(_zstd.decompressor.decompress(packed))
    except (zstandard.ZstdError, *NOT_JSON) as error:
        raise StoreError(f"an advisory's row is damaged: {error}; run: hullscan feeds refresh") from error


def encode_facts(facts: FlawFacts) -> bytes:
    """Return *facts* as bytes; equal facts give equal bytes."""
    cvss = tuple((one.version, one.vector, one.score, one.source) for one in facts.cvss)
    return _encoder.encode(
        FactsBody(cvss=cvss, cwes=facts.cwes, rejected=facts.rejected, exploited=facts.exploited, epss=facts.epss)
    )


def merge_facts(one: FactsBody, other: FactsBody) -> FactsBody:
    """Return what two feeds know of a flaw together; *one* goes first where both say something."""
    return FactsBody(
        cvss=tuple(dict.fromkeys((*one.cvss, *other.cvss))),
        cwes=tuple(dict.fromkeys((*one.cwes, *other.cwes))),
        rejected=one.rejected or other.rejected,
        exploited=one.exploited or other.exploited,
        epss=one.epss if one.epss is not None else other.epss,
    )


def decode_facts(body: bytes) -> FactsBody:
    """Read a row's facts back."""
    try:
        return _facts.decode(body)
    except NOT_JSON as error:
        raise StoreError(f"a row of flaw facts is damaged: {error}; run: hullscan feeds refresh") from error


def to_cvss(parts: tuple[tuple[str, str, float | None, str], ...]) -> tuple[Cvss, ...]:
    """Return CVSS entries as nouns."""
    return tuple(
        Cvss(version=version, vector=vector, score=score, source=source) for version, vector, score, source in parts
    )


def to_severity(number: int | None) -> Severity | None:
    """Return a stored severity as a noun."""
    return None if number is None else Severity(number)


class _Zstd(threading.local):
    """Compressor and decompressor of one thread: zstandard's objects are not safe to share (its documentation, "Thread Safety")."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=3)
        self.decompressor = zstandard.ZstdDecompressor()


_zstd = _Zstd()
