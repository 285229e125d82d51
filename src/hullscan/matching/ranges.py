"""Affected ranges as runs of version keys, so that "is it affected" is a comparison of bytes."""

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec.structs import replace

from hullscan.errors import InvalidVersion
from hullscan.model.advisory import AffectedPackage, AffectedRange, Event, Segment, Status
from hullscan.versions.scheme import VersionScheme

_FIRST: Final = b""
"""Below every key: ``introduced 0`` sorts before every version (OSV schema, "Special values")."""


def segments(affected: AffectedPackage, scheme: VersionScheme) -> tuple[Segment, ...]:
    """
    Return the runs of versions that *affected* speaks of, in *scheme*'s order.

    A bound that *scheme* cannot read gives a run whose status is undetermined: nobody can say where it ends.
    A version listed one by one counts if no range holds it; a listed text that is no version equals no version. An entry
    that says nothing of versions clears none (google/osv-scanner takes it for a mistake of its publisher).

    Rule: OSV schema, "Evaluation": affected if in `versions`, or in a range.
    """
    if affected.not_affected:
        return (Segment(status=Status.NOT_AFFECTED, low=_FIRST, high=None, inclusive=False, fix="", text="never"),)
    if affected.urgency == "end-of-life":
        text = "not looked into: the publisher ended support for this package"
        return (Segment(status=Status.UNDETERMINED, low=_FIRST, high=None, inclusive=False, fix="", text=text),)
    if affected.undetermined:
        text = "not looked into by the publisher"
        return (Segment(status=Status.UNDETERMINED, low=_FIRST, high=None, inclusive=False, fix="", text=text),)
    if not affected.ranges and not affected.versions:
        text = "the record names neither a range nor a version"
        return (Segment(status=Status.UNDETERMINED, low=_FIRST, high=None, inclusive=False, fix="", text=text),)
    runs = [segment for one in affected.ranges for segment in _range_segments(one, scheme)]
    if affected.note:
        runs = [replace(run, text=f"{run.text} ({affected.note})") for run in runs]
    runs += _listed(affected.versions, runs, scheme)
    return tuple(dict.fromkeys(runs))


def doubted(runs: Iterable[Segment], reason: str) -> tuple[Segment, ...]:
    """Return those of *runs* that say of versions to be affected, as a doubt for *reason*."""
    return tuple(
        replace(run, status=Status.UNDETERMINED, fix="", text=f"{run.text} {reason}")
        for run in runs
        if run.status is not Status.NOT_AFFECTED
    )


def _range_segments(affected: AffectedRange, scheme: VersionScheme) -> Iterator[Segment]:
    starts: list[tuple[bytes, str]] = []
    ends: list[tuple[bytes, Event]] = []
    unreadable: list[Event] = []
    for event in affected.events:
        if event.version == "*" and event.kind != "introduced":
            continue  # OSV schema, "events": as far as there are versions
        try:
            key = _FIRST if event.version == "0" and event.kind == "introduced" else scheme.key(event.version)
        except InvalidVersion:
            unreadable.append(event)
            continue
        if event.kind == "introduced":
            starts.append((key, event.version))
        else:
            ends.append((key, event))
    if not starts and not any(event.kind == "introduced" for event in unreadable):
        starts.append((_FIRST, "0"))
    starts.sort(key=lambda start: start[0])
    # Of two ends at one version the exclusive one comes first: fixed there means not affected there.
    ends.sort(key=lambda end: (end[0], end[1].kind == "last_affected"))
    if unreadable:
        yield from _undetermined(starts, ends, unreadable)
        return
    previous_end: bytes | None = None
    for low, low_text in starts:
        if previous_end is not None and low < previous_end:
            continue  # introduced again while still affected: nothing new
        end = next(((key, event) for key, event in ends if _ends(key, event, low)), None)
        if end is None:
            yield Segment(
                status=Status.AFFECTED, low=low, high=None, inclusive=False, fix="", text=f">= {low_text}, no fix"
            )
            return
        high, event = end
        inclusive = event.kind == "last_affected"
        previous_end = high
        yield Segment(
            status=Status.AFFECTED,
            low=low,
            high=high,
            inclusive=inclusive,
            fix=event.version if event.kind == "fixed" else "",
            text=f">= {low_text}, {'<=' if inclusive else '<'} {event.version}",
        )


def _ends(key: bytes, event: Event, low: bytes) -> bool:
    return key >= low if event.kind == "last_affected" else key > low


def _undetermined(
    starts: list[tuple[bytes, str]], ends: list[tuple[bytes, Event]], unreadable: list[Event]
) -> Iterator[Segment]:
    """The widest run that the readable bounds leave open: below it nothing is said, above it nothing is known."""
    unknown_start = any(event.kind == "introduced" for event in unreadable)
    low, low_text = (_FIRST, "?") if unknown_start or not starts else starts[0]
    unknown_end = any(event.kind != "introduced" for event in unreadable)
    high, inclusive = None, False
    if ends and not unknown_end:
        high, event = ends[-1]
        inclusive = event.kind == "last_affected"
    bad = ", ".join(f"{event.kind} {event.version}" for event in unreadable)
    yield Segment(
        status=Status.UNDETERMINED,
        low=low,
        high=high,
        inclusive=inclusive,
        fix="",
        text=f">= {low_text}, with a bound that is no version: {bad}",
    )


def _listed(versions: tuple[str, ...], runs: list[Segment], scheme: VersionScheme) -> Iterator[Segment]:
    affected = [run for run in runs if run.status is Status.AFFECTED]
    for version in versions:
        try:
            key = scheme.key(version)
        except InvalidVersion:
            continue
        if not _held(affected, key):
            yield Segment(
                status=Status.AFFECTED,
                low=key,
                high=key,
                inclusive=True,
                fix=_nearest_fix(runs, key),
                text=f"= {version}",
            )


def _held(runs: list[Segment], key: bytes) -> bool:
    # Not any(): records list hundreds of versions, and this is asked of each.
    for run in runs:  # noqa: SIM110
        if holds(run, key):
            return True
    return False


def holds(segment: Segment, key: bytes) -> bool:
    """Say whether *key* lies in *segment*; the same comparison as the store's join."""
    if key < segment.low:
        return False
    return segment.high is None or key < segment.high or (segment.inclusive and key == segment.high)


def _nearest_fix(runs: list[Segment], key: bytes) -> str:
    above = [(run.high, run.fix) for run in runs if run.fix and run.high is not None and run.high > key]
    return min(above)[1] if above else ""
