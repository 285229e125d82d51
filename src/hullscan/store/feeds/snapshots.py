"""
Feed snapshots: built beside the one in use, then swapped in one transaction.

Rows of the snapshot in the making are born in the next number, which no reader sees before `feed.current` is moved.
A build that dies half-way leaves only rows that nobody sees; the next build of the feed clears them first.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa

from hullscan.model.advisory import FlawFacts
from hullscan.model.report import Problem
from hullscan.store.database import Queue, reading, writing
from hullscan.store.feeds import delta
from hullscan.store.feeds.advisory_rows import AdvisoryRows, Record, forget_advisories
from hullscan.store.feeds.fact_rows import FactRows
from hullscan.store.feeds.support_rows import SUPPORT_TABLES, Support, SupportRows
from hullscan.store.tables.columns import FOREVER
from hullscan.store.tables.feeds import advisory, affected, feed, flaw_facts, snapshot

_BATCH: Final = 2_000
"""Records a transaction: short enough that pushes and scans are not kept waiting."""

_DATED: Final = (advisory, flaw_facts, *SUPPORT_TABLES.values())
"""Tables whose rows are of snapshots; what hangs on an advisory goes with it."""

Item = Record | FlawFacts | Support


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What a refresh did: records now in the feed, how many are new, changed and gone, and whether it moved anything."""

    feed: str
    records: int
    added: int
    changed: int
    removed: int
    swapped: bool


class SnapshotBuilder:
    """Takes a feed's records one by one, writes what differs from the snapshot in use, and swaps at the end."""

    def __init__(self, engine: sa.Engine, name: str, ecosystems: tuple[str, ...]) -> None:
        self._engine = engine
        self._name = name
        self._ecosystems = ecosystems
        self._current = self._row_of_feed()
        self._clear_leftovers()
        with reading(engine) as connection:
            self._advisories = AdvisoryRows(connection, name, self._current)
            self._facts = FactRows(connection, name, self._current)
            self._support = SupportRows(connection, name, self._current)
        self._digests = 0
        self.seen = 0
        """How many records were taken so far."""

    @property
    def repeated(self) -> int:
        """How many records came under a name that had been taken; the first one counts."""
        return self._advisories.repeated

    def add(self, item: Item) -> None:
        """Take one record."""
        if isinstance(item, Record):
            self._digest(self._advisories.take(item))
        elif isinstance(item, FlawFacts):
            self._digest(self._facts.take(item))
        else:
            self._support.take(item)
        self.seen += 1
        if self._advisories.pending + self._facts.pending >= _BATCH:
            self.flush()

    def keep(self, records: Collection[str]) -> None:
        """Take records over as the snapshot in use has them."""
        for content in self._advisories.keep(records):
            self._digest(content)
        self.seen += len(records)

    def keep_other_facts(self) -> None:
        """Take over what the snapshot in use says of flaws of which nothing new was said."""
        self.seen += self._facts.removed
        for content in self._facts.keep_others():
            self._digest(content)

    def flush(self) -> None:
        """Write what was taken; nobody sees it before the swap."""
        if not self._advisories.pending and not self._facts.pending:
            return
        with writing(self._engine) as connection:
            if self._advisories.pending:
                self._advisories.write(connection)
            if self._facts.pending:
                self._facts.write(connection)

    def finish(
        self,
        *,
        fingerprint: str,
        location: str,
        upstream_time: datetime | None,
        problems: tuple[Problem, ...],
        at: datetime,
    ) -> Built:
        """
        Swap the new snapshot in, with the findings and reports that follow from it, in one transaction.

        Nothing is written where nothing changed.
        """
        self.flush()
        added = self._advisories.added + self._facts.added
        changed = self._advisories.changed + self._facts.changed
        removed = self._advisories.removed + self._facts.removed
        moved = bool(added or changed or removed or self._support.changed or self._current == 0)
        if moved or self._advisories.edited:
            self._swap(fingerprint, location, upstream_time, problems, at)
        elif self._fingerprint_differs(fingerprint, location):
            with writing(self._engine) as connection:
                connection.execute(
                    sa.update(feed)
                    .where(feed.c.name == self._name)
                    .values(fingerprint=fingerprint, location=location, error="")
                )
        return Built(feed=self._name, records=self.seen, added=added, changed=changed, removed=removed, swapped=moved)

    # --- opening ------------------------------------------------------------------------------------------------

    def _row_of_feed(self) -> int:
        """Return the number of the snapshot in use; a feed never seen before gets its row, and 0."""
        with reading(self._engine) as connection:
            current: int | None = connection.execute(
                sa.select(feed.c.current).where(feed.c.name == self._name)
            ).scalar()
        if current is not None:
            return current
        with writing(self._engine) as connection:
            connection.execute(
                sa.insert(feed).values(
                    name=self._name,
                    ecosystems=json.dumps(self._ecosystems),
                    current=0,
                    fingerprint="",
                    location="",
                    error="",
                )
            )
        return 0

    def _clear_leftovers(self) -> None:
        current = self._current
        with reading(self._engine) as connection:
            left = any(
                connection.execute(
                    sa.select(sa.literal(1))
                    .select_from(table)
                    .where(
                        table.c.feed == self._name,
                        sa.or_(table.c.born > current, sa.and_(table.c.died > current, table.c.died < FOREVER)),
                    )
                    .limit(1)
                ).first()
                for table in _DATED
            )
        if not left:
            return
        with writing(self._engine) as connection:
            forget_advisories(connection, sa.and_(advisory.c.feed == self._name, advisory.c.born > current))
            for table in _DATED:
                connection.execute(sa.delete(table).where(table.c.feed == self._name, table.c.born > current))
            for table in (affected, *_DATED):
                connection.execute(
                    sa.update(table)
                    .where(table.c.feed == self._name, table.c.died > current, table.c.died < FOREVER)
                    .values(died=FOREVER)
                )

    def _digest(self, content: bytes) -> None:
        # The order of records does not make another snapshot.
        self._digests ^= int.from_bytes(content, "big")

    # --- the swap -----------------------------------------------------------------------------------------------

    def _fingerprint_differs(self, fingerprint: str, location: str) -> bool:
        with reading(self._engine) as connection:
            row = connection.execute(
                sa.select(feed.c.fingerprint, feed.c.location, feed.c.error).where(feed.c.name == self._name)
            ).one()
        return tuple(row) != (fingerprint, location, "")

    def _swap(
        self,
        fingerprint: str,
        location: str,
        upstream_time: datetime | None,
        problems: tuple[Problem, ...],
        at: datetime,
    ) -> None:
        number = self._current + 1
        with writing(self._engine, Queue.FINDINGS) as connection:
            for part in (self._advisories, self._facts, self._support):
                part.finish(connection)
            connection.execute(
                sa.insert(snapshot).values(
                    feed=self._name,
                    number=number,
                    digest=f"{self._digests:032x}",
                    upstream_time=upstream_time,
                    records=self.seen,
                    problems=msgspec.json.encode(problems),
                    built_at=at,
                )
            )
            connection.execute(
                sa.update(feed)
                .where(feed.c.name == self._name)
                .values(
                    current=number,
                    ecosystems=json.dumps(self._ecosystems),
                    fingerprint=fingerprint,
                    location=location,
                    checked_at=at,
                    error="",
                )
            )
            change = delta.Change(
                feed=self._name,
                number=number,
                new=self._advisories.new,
                gone=self._advisories.gone,
                edited=self._advisories.edited,
                at=at,
            )
            delta.apply(connection, change)
        self._forget_the_dead(number)

    def _forget_the_dead(self, number: int) -> None:
        with writing(self._engine) as connection:
            forget_advisories(connection, sa.and_(advisory.c.feed == self._name, advisory.c.died <= number))
            for table in _DATED:
                connection.execute(sa.delete(table).where(table.c.feed == self._name, table.c.died <= number))
