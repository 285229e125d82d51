"""Feeds as the store knows them: which snapshot is in use, how old, and what went wrong last."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa

from hullscan.model.report import FeedState, Problem
from hullscan.store.database import writing
from hullscan.store.tables.feeds import feed, snapshot
from hullscan.versions import REVISION

KEYED: Final = f"keys-{REVISION}:"
"""How the fingerprint of a feed begins whose ranges have the keys of today; others cannot be compared with packages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """A feed as the store knows it; `state` is None before its first snapshot, and if its keys are another release's."""

    name: str
    ecosystems: tuple[str, ...]
    state: FeedState | None
    fingerprint: str
    location: str
    checked_at: datetime | None
    error: str
    problems: tuple[Problem, ...]


_problems = msgspec.json.Decoder(tuple[Problem, ...])


def feed_rows(connection: sa.Connection) -> tuple[FeedRow, ...]:
    """Return all feeds, by name."""
    rows = connection.execute(
        sa.select(feed, snapshot.c.digest, snapshot.c.upstream_time, snapshot.c.records, snapshot.c.problems)
        .select_from(
            feed.outerjoin(snapshot, sa.and_(snapshot.c.feed == feed.c.name, snapshot.c.number == feed.c.current))
        )
        .order_by(feed.c.name)
    )
    return tuple(
        FeedRow(
            name=row.name,
            ecosystems=tuple(json.loads(row.ecosystems)),
            state=FeedState(name=row.name, snapshot=row.digest, upstream_time=row.upstream_time, records=row.records)
            if row.digest is not None and row.fingerprint.startswith(KEYED)
            else None,
            fingerprint=row.fingerprint,
            location=row.location,
            checked_at=row.checked_at,
            error=row.error,
            problems=_problems.decode(row.problems) if row.problems else (),
        )
        for row in rows
    )


def record_failure(engine: sa.Engine, name: str, ecosystems: tuple[str, ...], error: str) -> None:
    """Remember why the last refresh of a feed failed; its snapshot in use stays."""
    with writing(engine) as connection:
        changed = connection.execute(sa.update(feed).where(feed.c.name == name).values(error=error))
        if changed.rowcount == 0:
            connection.execute(
                sa.insert(feed).values(
                    name=name, ecosystems=json.dumps(ecosystems), current=0, fingerprint="", location="", error=error
                )
            )
