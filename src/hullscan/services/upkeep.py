"""What a server does by itself from time to time."""

from datetime import timedelta

import structlog

from hullscan.errors import HullscanError
from hullscan.services.collect import collect
from hullscan.services.context import Context
from hullscan.services.refresh import refresh_feeds
from hullscan.store.database import reading
from hullscan.store.feed_rows import feed_rows

_log = structlog.get_logger()


def collect_garbage(context: Context) -> None:
    """Collect as the settings say, and log what was freed."""
    days = context.settings.gc_untagged_days
    done = collect(context, untagged=timedelta(days=days) if days else None)
    _log.info("garbage collected", files=done.files, freed_bytes=done.freed_bytes, artifacts=done.artifacts)


def refresh_old_feeds(context: Context) -> None:
    """
    Refresh the ecosystems that were fetched before.

    A store without feeds is left alone: which ecosystems its owner wants, the first ``hullscan feeds refresh`` says.
    """
    with reading(context.engine) as connection:
        rows = [row for row in feed_rows(connection) if row.state is not None]
    if not rows:
        return
    ecosystems = tuple(sorted({name for row in rows for name in row.ecosystems}))
    try:
        for done in refresh_feeds(context, ecosystems=ecosystems, keep_large=True):
            if done.error:
                _log.warning("feed not refreshed", feed=done.feed, reason=done.error)
            elif not done.unchanged:
                _log.info(
                    "feed refreshed", feed=done.feed, added=done.added, changed=done.changed, removed=done.removed
                )
    except HullscanError as error:
        _log.warning("feeds not refreshed", reason=str(error))
