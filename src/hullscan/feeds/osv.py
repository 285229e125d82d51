"""Records in the OSV schema (ossf.github.io/osv-schema), as osv.dev exports them: one zip an ecosystem, one JSON a record."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from hullscan.errors import NOT_JSON, FeedError
from hullscan.feeds import osv_names, osv_severity
from hullscan.feeds.feed import FeedItem
from hullscan.feeds.osv_record import OsvAffected, OsvPackage, OsvRange, OsvRecord
from hullscan.model.advisory import Advisory, AffectedPackage, AffectedRange, Event
from hullscan.model.names import normal_name
from hullscan.model.report import Problem

LARGEST_RECORD: Final = 64 * 1024 * 1024
"""Bytes of one record; the largest real one (a Linux kernel update) has 5 MB."""

NO_SECURITY: Final = ("ALBA-", "ALEA-")
"""AlmaLinux's bug fixes and enhancements."""

_VERSIONS_RUN_ON: Final = frozenset({"Debian", "Alpine", "Ubuntu"})
"""Their `versions` are the releases' whole lists and run on beyond the range; the range alone is their word."""


_BOUND: Final = re.compile(r"\s*(<=|<|=)\s*(\S+)\s*")
_BOUNDS: Final = {"<": "limit", "<=": "last_affected", "=": "last_affected"}


_decoder = msgspec.json.Decoder(OsvRecord)


class OsvFeed:
    """One ecosystem of an OSV export."""

    def __init__(self, ecosystem: str) -> None:
        self.ecosystem = ecosystem
        self.name = "osv-" + ecosystem.lower().replace(" ", "-").replace(".", "-")
        self.ecosystems = (ecosystem,)
        self.license = osv_names.LICENSES.get(ecosystem, "CC-BY-4.0")
        self.parts = (f"osv/{ecosystem}/all.zip",)

    def parse(self, root: Path) -> Iterator[FeedItem]:
        """See `Feed.parse`."""
        path = root / self.parts[0]
        try:
            with zipfile.ZipFile(path) as archive:
                for member in archive.infolist():
                    if not member.filename.endswith(".json"):
                        continue
                    if member.flag_bits & 1:
                        yield _broken(member.filename, "it is encrypted")
                    elif member.file_size > LARGEST_RECORD:
                        yield _broken(member.filename, f"a record of {member.file_size} bytes")
                    elif (item := self.record(member.filename, archive.read(member))) is not None:
                        yield item
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise FeedError(f"{self.parts[0]} is cut off or damaged: {error}") from error

    def record(self, name: str, data: bytes) -> FeedItem | None:
        """Return what the file *name* says; None if it is no security matter."""
        try:
            return to_advisory(_decoder.decode(data), self.name, self.ecosystem)
        except (*NOT_JSON, ValueError, OverflowError) as error:  # a time next to the first or last there is
            return _broken(name, str(error))


def to_advisory(record: OsvRecord, feed: str, ecosystem: str) -> Advisory | None:
    """
    Return *record* as an advisory, None if it is no security matter (AlmaLinux ALBA and ALEA).

    Raises:
        ValueError: The record has no id or says a time that is none.
    """
    if not record.id:
        raise ValueError("the record has no id")
    if record.id.startswith(NO_SECURITY):
        return None
    flaws, aliases = osv_names.flaws_of(record.id, record.aliases or [], record.upstream or [], record.related or [])
    word, source = osv_severity.vendor_word(record)
    return Advisory(
        feed=feed,
        id=record.id,
        modified=_time(record.modified),
        published=_time(record.published),
        withdrawn=_time(record.withdrawn),
        flaws=flaws,
        aliases=aliases,
        related=tuple(record.related or ()),
        summary=record.summary or "",
        details=record.details or "",
        severity=word,
        severity_source=source,
        cvss=osv_severity.vectors(record, feed),
        cwes=_cwes(record.database_specific),
        links=osv_names.links_of(record.id, [one.url for one in record.references or []]),
        affected=tuple(
            dict.fromkeys(
                one
                for affected in record.affected or ()
                if affected.package is not None and _same(affected.package.ecosystem, ecosystem)
                for one in _affected(affected, affected.package, record)
            )
        ),
    )


def _same(ecosystem: str, base: str) -> bool:
    """A record may speak of several ecosystems; each feed brings its own part."""
    return ecosystem.partition(":")[0].lower() == base.lower()


def _affected(affected: OsvAffected, package: OsvPackage, record: OsvRecord) -> Iterator[AffectedPackage]:
    if not package.ecosystem or not package.name:
        return
    urgency = _urgency(affected)
    for name, ranges, versions in _spoken(affected, package):
        last = next((event.version for one in ranges for event in one.events if event.kind == "fixed"), "")
        for module in osv_names.modules_of(record.summary or "", last):
            yield AffectedPackage(
                ecosystem=osv_names.plain_ecosystem(package.ecosystem),
                name=normal_name(package.ecosystem, name),
                ranges=ranges,
                versions=versions,
                severity=osv_severity.package_word(affected.severity or (), urgency),
                urgency=urgency,
                module=module,
            )


def _spoken(
    affected: OsvAffected, package: OsvPackage
) -> Iterator[tuple[str, tuple[AffectedRange, ...], tuple[str, ...]]]:
    """The names that an entry speaks of, each with its ranges and the versions listed one by one."""
    binaries = _binaries(package, affected.ecosystem_specific)
    if binaries:
        yield from ((name, (one,), ()) for name, one in binaries)
        return
    ranges = _ranges(affected)
    bounded = _bounded(ranges, affected.database_specific)
    if bounded is not None:
        yield package.name, (bounded,), ()
    else:
        yield package.name, ranges, _versions(package.ecosystem, affected.versions or [], ranges)


def _ranges(affected: OsvAffected) -> tuple[AffectedRange, ...]:
    return tuple(
        AffectedRange(events=events)
        for one in affected.ranges or ()
        if one.type in ("ECOSYSTEM", "SEMVER") and (events := _events(one))
    )


def _bounded(ranges: tuple[AffectedRange, ...], specific: Any) -> AffectedRange | None:
    """
    Return an endless range with the end that its publisher knows, None if there is none.

    Rule: GitHub's advisories of ``< 0.7.3`` without a patched version say that in ``last_known_affected_version_range``
    alone (github/advisory-database#470): OSV has no event for an end that is no fix but `limit`. Its list of versions
    was made of the endless range.
    """
    text = specific.get("last_known_affected_version_range") if isinstance(specific, dict) else None
    found = _BOUND.fullmatch(text) if isinstance(text, str) else None
    if found is None or len(ranges) != 1 or any(event.kind != "introduced" for event in ranges[0].events):
        return None
    return AffectedRange(events=(*ranges[0].events, Event(kind=_BOUNDS[found[1]], version=found[2])))


def _binaries(package: OsvPackage, specific: Any) -> list[tuple[str, AffectedRange]]:
    """
    The binary packages that have the fix: SUSE's records name the source as their `package`, and packages are asked for by name.

    Rule: SUSE's OSV records name the builds in ``ecosystem_specific.binaries``, each with the version that has the fix.
    """
    if package.ecosystem.partition(":")[0] not in ("SUSE", "openSUSE") or not isinstance(specific, dict):
        return []
    groups = specific.get("binaries")
    return [
        (name, AffectedRange(events=(Event(kind="introduced", version="0"), Event(kind="fixed", version=version))))
        for group in (groups if isinstance(groups, list) else ())
        if isinstance(group, dict)
        for name, version in group.items()
        if isinstance(version, str)
    ]


def _events(one: OsvRange) -> tuple[Event, ...]:
    return tuple(
        Event(kind=kind, version=version)
        for event in one.events
        for kind, version in event.items()
        if kind in ("introduced", "fixed", "last_affected", "limit")
    )


def _versions(ecosystem: str, versions: list[str], ranges: tuple[AffectedRange, ...]) -> tuple[str, ...]:
    if ranges and ecosystem.partition(":")[0] in _VERSIONS_RUN_ON:
        return ()
    # Two PyPI records list the version that fixes the flaw among those that have it.
    fixed = {event.version for one in ranges for event in one.events if event.kind == "fixed"}
    return tuple(version for version in versions if version not in fixed)


def _urgency(affected: OsvAffected) -> str:
    for where in (affected.ecosystem_specific, affected.database_specific):
        if isinstance(where, dict):
            for key in ("urgency", "severity", "ubuntu_priority"):
                if isinstance(where.get(key), str):
                    return str(where[key])
    return ""


def _cwes(specific: Any) -> tuple[str, ...]:
    found = specific.get("cwe_ids") if isinstance(specific, dict) else None
    if not isinstance(found, list):
        return ()
    return tuple(dict.fromkeys(one for one in found if isinstance(one, str) and one.startswith("CWE-")))


def _time(text: str | None) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (
        moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC) if moment.year > 1 else moment
    )


def _broken(member: str, reason: str) -> Problem:
    return Problem(code="broken-record", path=member, message=f"the record could not be read: {reason[:300]}")
