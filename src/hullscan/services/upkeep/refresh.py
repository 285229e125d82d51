"""Refreshing feeds: fetch, build a snapshot beside the one in use, swap."""

import fcntl
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

from hullscan.errors import Conflict, FeedError
from hullscan.feeds.feed import Feed
from hullscan.feeds.location import Live, Location, available, open_location
from hullscan.feeds.nvd import WINDOW, WINDOW_DAYS, NvdFeed
from hullscan.feeds.osv import OsvFeed
from hullscan.feeds.osv_update import Update, osv_update
from hullscan.matching.ranges import doubted, segments
from hullscan.model.advisory import Advisory, AffectedPackage, FlawFacts, Segment
from hullscan.model.report import Problem
from hullscan.services.context import Context, now
from hullscan.services.progress import Progress, Silent
from hullscan.store.database import reading
from hullscan.store.feeds.advisory_rows import AffectedRows, Record
from hullscan.store.feeds.feed_rows import KEYED, FeedRow, feed_rows, record_failure
from hullscan.store.feeds.hits import modified_times, spoken_count, spoken_names
from hullscan.store.feeds.snapshots import SnapshotBuilder
from hullscan.versions import scheme_for_ecosystem

_FEW_RECORDS: Final = 100
"""A feed of fewer may lose any number of them: of six, one is a sixth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What became of one feed: counts of records, or why it failed."""

    feed: str
    records: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    unreadable: int = 0
    unchanged: bool = False
    error: str = ""


def refresh_feeds(
    context: Context,
    source: str | Location = "",
    *,
    ecosystems: tuple[str, ...] = (),
    keep_large: bool = False,
    spoken_only: bool = False,
    progress: Progress | None = None,
) -> tuple[Refreshed, ...]:
    """
    Refresh all feeds of *source* (a folder or address; the setting, else where they came from before, else osv.dev).

    One feed that fails keeps its snapshot and does not stop the others.

    Args:
        ecosystems: Only feeds that speak for these; all of the source's by default.
        keep_large: With *ecosystems*, also those large feeds of none (NVD) that were fetched before.
        spoken_only: Refuse *ecosystems* of which the source has no feed.

    Raises:
        FeedError: The source as a whole cannot be reached, or (`spoken_only`) has no feed of an ecosystem.
        Conflict: Another refresh of this store is under way.
    """
    progress = progress or Silent()
    with _alone(context):
        with reading(context.engine) as connection:
            known = {row.name: row for row in feed_rows(connection)}
        place = source or context.settings.feeds_url or _used_before(known)
        loaded = {name for name, row in known.items() if row.state is not None}
        with closing(open_location(place) if isinstance(place, str) else place) as location:
            there = available(location)
            if spoken_only:
                _refuse_unspoken(there, ecosystems, location)
            feeds = [
                feed
                for feed in there
                if not ecosystems or _serves(feed, ecosystems, large=keep_large and feed.name in loaded)
            ]
            return tuple(_refresh_one(context, feed, location, known.get(feed.name), progress) for feed in feeds)


def _used_before(known: dict[str, FeedRow]) -> str:
    places = [row.location for row in known.values() if row.location and row.state is not None]
    return places[0] if places and not places[0].startswith("https://osv-vulnerabilities.") else ""


def _refuse_unspoken(feeds: Iterable[Feed], ecosystems: Iterable[str], location: Location) -> None:
    known = {ecosystem for feed in feeds for ecosystem in feed.ecosystems}
    for ecosystem in ecosystems:
        if ecosystem not in known:
            alike = [name for name in known if name.lower() == ecosystem.partition(":")[0].lower()]
            meant = f"; did you mean {alike[0]}?" if alike else ""
            raise FeedError(
                f"{location.text() or 'the publishers'} has no feed of {ecosystem!r}{meant} "
                f"(there are: {', '.join(sorted(known)) or 'none'})"
            )


def _serves(feed: Feed, ecosystems: tuple[str, ...], *, large: bool) -> bool:
    if getattr(feed, "on_request", False):
        return large
    # Feeds of no ecosystem (scores, support dates) serve all.
    return not feed.ecosystems or bool(set(feed.ecosystems).intersection(ecosystems))


def _refresh_one(
    context: Context, feed: Feed, location: Location, known: FeedRow | None, progress: Progress
) -> Refreshed:
    try:
        return _build(context, feed, location, known, progress)
    except FeedError as error:
        if known is None or known.error != str(error):
            record_failure(context.engine, feed.name, feed.ecosystems, str(error))
        return Refreshed(feed=feed.name, error=str(error))


def _build(context: Context, feed: Feed, location: Location, known: FeedRow | None, progress: Progress) -> Refreshed:
    with tempfile.TemporaryDirectory(prefix="hullscan-feed-") as folder:
        root = Path(folder)
        update = _update(context, feed, location, known)
        window = _window(feed, location, known)
        if update is not None:
            fingerprint = KEYED + update.fingerprint
        else:
            wanted = (window,) if window else feed.parts
            fingerprint = KEYED + "+".join(location.fetch(part, root, progress.advance) for part in wanted)
        selective = getattr(feed, "only_known_flaws", False)
        if selective:
            # What is kept of it depends on the advisories that are there.
            with reading(context.engine) as connection:
                fingerprint += f"@{spoken_count(connection)}"
        if known is not None and known.state is not None and _is_same(known, fingerprint, location):
            return Refreshed(feed=feed.name, records=known.state.records, unchanged=True)
        builder = SnapshotBuilder(context.engine, feed.name, feed.ecosystems)
        problems: list[Problem] = []
        newest: datetime | None = None
        latest = now()
        known_flaws = _known_flaws(context) if selective else None
        if update is not None:
            builder.keep(update.kept)
            newest = max((at for at in update.kept.values() if at <= latest), default=None)
        for item in update.items if update is not None else feed.parse(root):
            if isinstance(item, Problem):
                problems.append(item)
                continue
            if isinstance(item, datetime | Advisory):
                # Records say 0001-01-01 or a day of next year: neither tells how fresh the feed is.
                at = item if isinstance(item, datetime) else item.modified
                if at is not None and at <= latest and (newest is None or at > newest):
                    newest = at
            if isinstance(item, datetime):
                continue
            if isinstance(item, Advisory):
                builder.add(Record(advisory=item, affected=tuple(rows for one in item.affected for rows in _rows(one))))
            elif known_flaws is None or (isinstance(item, FlawFacts) and item.id in known_flaws):
                builder.add(item)
            progress.advance(f"index {feed.name}", 1)
        if window:
            builder.keep_other_facts()
        if not selective:
            _check_content(builder.seen, problems)
        if known is not None and known.state is not None:
            _check_loss(known.state.records, builder.seen, context.settings.feed_max_loss_percent)
        if newest is None and update is None:
            newest = _file_time(root, feed)
        built = builder.finish(
            fingerprint=fingerprint,
            location=location.text(),
            upstream_time=newest,
            problems=tuple(problems),
            at=latest,
        )
    return Refreshed(
        feed=feed.name,
        records=built.records,
        added=built.added,
        changed=built.changed,
        removed=built.removed,
        unreadable=len(problems),
        unchanged=not built.swapped,
    )


def _is_same(known: FeedRow, fingerprint: str, location: Location) -> bool:
    return (known.fingerprint, known.location, known.error) == (fingerprint, location.text(), "")


def _update(context: Context, feed: Feed, location: Location, known: FeedRow | None) -> Update | None:
    """Return the few records that changed since the last look at the same place; None if the parts are to be read whole."""
    if not isinstance(feed, OsvFeed) or known is None or known.state is None or known.location != location.text():
        return None
    try:
        listing = location.listing(feed.ecosystem)
    except FeedError:
        return None  # the archive is asked for more than once, and says what is wrong
    if listing is None:
        return None
    if _is_same(known, KEYED + listing.fingerprint, location):
        return Update(fingerprint=listing.fingerprint)
    with reading(context.engine) as connection:
        held = modified_times(connection, feed.name)
    return osv_update(feed, listing, held, partial(location.record, feed.ecosystem))


def _window(feed: Feed, location: Location, known: FeedRow | None) -> str:
    """Return the part that alone has all that changed since the snapshot in use; "" where all parts are needed."""
    if not isinstance(feed, NvdFeed) or not isinstance(location, Live) or known is None or known.state is None:
        return ""
    newest = known.state.upstream_time if known.location == location.text() else None
    return WINDOW if newest is not None and now() - newest < timedelta(days=WINDOW_DAYS) else ""


def _check_content(records: int, problems: Sequence[Problem]) -> None:
    """
    Refuse a feed in which there is nothing to read: it would clear every package that is asked about.

    Raises:
        FeedError: It has no record, or none that can be read.
    """
    if records:
        return
    if problems:
        raise FeedError(
            f"none of its {len(problems)} record(s) can be read, first {problems[0].path}: {problems[0].message}"
        )
    raise FeedError("it has no record: a feed that speaks of nothing is no feed")


def _check_loss(before: int, after: int, most_percent: int) -> None:
    """
    Refuse a feed that lost much of what it had: a publisher's accident looks like good news.

    Raises:
        FeedError: More than *most_percent* of *before* records would be gone.
    """
    if before >= _FEW_RECORDS and (before - after) * 100 > before * most_percent:
        raise FeedError(
            f"it has {after} records where the snapshot in use has {before}: a loss of more than {most_percent} % is not "
            "believed; HULLSCAN_FEED_MAX_LOSS_PERCENT=100 takes it"
        )


def _known_flaws(context: Context) -> set[str]:
    """Return the flaws of which any advisory speaks."""
    with reading(context.engine) as connection:
        return spoken_names(connection)


def _file_time(root: Path, feed: Feed) -> datetime:
    """The time of a feed whose records say none: that of its files."""
    fetched = [root / part for part in feed.parts if (root / part).exists()]
    return datetime.fromtimestamp(max(path.stat().st_mtime for path in fetched), UTC)


def _rows(affected: AffectedPackage) -> Iterator[AffectedRows]:
    rows = AffectedRows(
        ecosystem=affected.ecosystem,
        name=affected.name,
        module=affected.module,
        urgency=affected.urgency,
        severity=None if affected.severity is None else int(affected.severity),
        segments=_segments(affected),
    )
    yield rows
    group, _, bare = affected.name.rpartition(":")
    if affected.ecosystem == "Maven" and group:
        # Many jars say no group: whether it is theirs that is spoken of, nobody can say.
        yield replace(
            rows, name=bare, segments=doubted(rows.segments, f"of {affected.name}; this archive says no group")
        )


@lru_cache(maxsize=4_096)
def _segments(affected: AffectedPackage) -> tuple[Segment, ...]:
    scheme = scheme_for_ecosystem(affected.ecosystem)
    return segments(affected, scheme) if scheme is not None else ()


@contextmanager
def _alone(context: Context) -> Iterator[None]:
    """Only one refresh of a store at a time; the lock goes with the process, however it ends."""
    path = context.settings.data_dir / "refresh.lock"
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict("another refresh of this store is under way; wait for it to end") from error
        yield
