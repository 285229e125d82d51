"""
What a server does by itself from time to time.

The store remembers when each chore was begun last: a restart does not put it off, and of several servers on one
database one does it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from hullscan.errors import HullscanError
from hullscan.services.context import Context, now
from hullscan.services.upkeep.collect import collect
from hullscan.services.upkeep.refresh import refresh_feeds
from hullscan.settings import Settings
from hullscan.store.database import reading, writing
from hullscan.store.feeds.feed_rows import feed_rows
from hullscan.store.rules.audit import forget_acts
from hullscan.store.rules.runs import forget_runs
from hullscan.store.settings_rows import read_setting, replace_setting, write_setting

_BATCH: Final = 2_000
"""Rows a transaction: short enough that pushes and pulls are not kept waiting."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """Something to be done once in every *period*."""

    name: str
    period: timedelta
    work: Callable[[Context], object]


def chores(settings: Settings) -> tuple[Chore, ...]:
    """Return what a server with these settings has to do."""
    daily = timedelta(days=1)
    wanted = (
        Chore(name="gc", period=timedelta(hours=settings.gc_hours), work=collect_garbage),
        Chore(name="feeds", period=timedelta(hours=settings.feed_refresh_hours), work=refresh_old_feeds),
        Chore(name="history", period=daily if settings.history_days else timedelta(0), work=forget_history),
    )
    return tuple(chore for chore in wanted if chore.period)


def do_if_due(context: Context, chore: Chore, at: datetime | None = None) -> None:
    """Do *chore* if at *at* (now) its last beginning is a period ago; a store that never did it begins to count."""
    if _claim(context, chore, at or now()):
        chore.work(context)


def _claim(context: Context, chore: Chore, at: datetime) -> bool:
    key, value = f"upkeep.{chore.name}", at.isoformat().encode()
    with reading(context.engine) as connection:
        last = read_setting(connection, key)
    if last is not None:
        waited = at - datetime.fromisoformat(last.decode())
        # A time to come was written before the clock was set right.
        if timedelta(0) <= waited < chore.period:
            return False
    with writing(context.engine) as connection:
        if last is None:
            write_setting(connection, key, value)
            return False
        return replace_setting(connection, key, last, value)


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


def forget_history(context: Context) -> None:
    """Delete what was done longer ago than the settings say, and log how much that was."""
    before = now() - timedelta(days=context.settings.history_days)
    for what, forget in (("acts", forget_acts), ("runs", forget_runs)):
        total = 0
        while True:
            with writing(context.engine) as connection:
                gone = forget(connection, before, most=_BATCH)
            total += gone
            if gone < _BATCH:
                break
        _log.info("history forgotten", what=what, rows=total)
