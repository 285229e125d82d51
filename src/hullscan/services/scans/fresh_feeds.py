"""The feeds that a target's packages need, fetched before it is judged if none or only old ones are there."""

from datetime import timedelta
from typing import Final

from hullscan.errors import Conflict, FeedError
from hullscan.matching.coverage import SUPPLEMENTS, base_of
from hullscan.services.context import Context, now
from hullscan.services.progress import Progress
from hullscan.store.database import reading
from hullscan.store.feeds.feed_rows import feed_rows
from hullscan.store.feeds.hits import asked

_CHECK_AGAIN: Final = timedelta(hours=6)


def ensure_feeds(context: Context, digest: str, progress: Progress) -> None:
    """
    Fetch the feeds that the packages of the image *digest* are judged by, where none is here or the last look is old.

    A source that cannot be reached changes nothing: the report says which feeds it lacks.
    """
    with reading(context.engine) as connection:
        ecosystems = {base_of(query.ecosystem) for some in asked(connection, digest).values() for query in some}
        rows = [row for row in feed_rows(connection) if row.name not in SUPPLEMENTS]
    at = now()
    fresh = {
        ecosystem
        for row in rows
        if row.state is not None
        and row.state.upstream_time is not None
        and at - row.state.upstream_time < timedelta(days=context.settings.feed_max_age_days)
        for ecosystem in row.ecosystems
    }
    looked = {
        ecosystem
        for row in rows
        if row.checked_at is not None and at - row.checked_at < _CHECK_AGAIN
        for ecosystem in row.ecosystems
    }
    wanted = ecosystems - fresh - looked
    if not wanted:
        return
    from hullscan.services.upkeep.refresh import (
        refresh_feeds,  # a tenth of a second, and most scans find their feeds here
    )

    try:
        refresh_feeds(context, ecosystems=tuple(sorted(wanted)), progress=progress)
    except (FeedError, Conflict):
        return
