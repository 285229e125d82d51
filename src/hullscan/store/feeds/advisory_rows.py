"""The advisories of a feed in a snapshot that is being built: what is new, edited, changed or gone."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from hullscan.model.advisory import Advisory, Segment
from hullscan.store.database import insert_rows
from hullscan.store.feeds.advisory_body import content_digest, decision_digest, encode_advisory, pack
from hullscan.store.tables.columns import FOREVER
from hullscan.store.tables.feeds import advisory, advisory_flaw, affected, in_snapshot

_ADVISORY_COLUMNS: Final = ("id", "feed", "record", "born", "died", "content", "decision", "body")
_AFFECTED_COLUMNS: Final = (
    "advisory_id",
    "feed",
    "born",
    "died",
    "ecosystem",
    "name",
    "module",
    "urgency",
    "severity",
    "status",
    "low",
    "high",
    "inclusive",
    "fix",
    "range",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedRows:
    """One package of an advisory with its runs of versions, ready to be stored."""

    ecosystem: str
    name: str
    module: str
    urgency: str
    severity: int | None
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An advisory and its affected packages as keys."""

    advisory: Advisory
    affected: tuple[AffectedRows, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A record of the snapshot in use: its row number and digests."""

    id: int
    content: bytes
    decision: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pending:
    """A record that waits to be written, and the number of the row that it replaces."""

    record: Record
    body: bytes
    content: bytes
    decision: bytes
    replaces: int | None


class AdvisoryRows:
    """Compares records one by one with the snapshot *current* of *feed*, and writes those that differ."""

    def __init__(self, connection: sa.Connection, feed: str, current: int) -> None:
        self._feed = feed
        self._next = current + 1
        self._known = {
            row.record: _Known(id=row.id, content=row.content, decision=row.decision)
            for row in connection.execute(
                sa.select(advisory.c.id, advisory.c.record, advisory.c.content, advisory.c.decision).where(
                    in_snapshot(advisory, feed, current)
                )
            )
        }
        self._taken: set[str] = set()
        self._pending: list[_Pending] = []
        self._edited: list[tuple[int, bytes, bytes]] = []
        self._replaced: list[int] = []
        self._first_new = self._last_new = 0
        self.added = self.changed = self.repeated = 0

    @property
    def pending(self) -> int:
        """How many records wait to be written."""
        return len(self._pending)

    @property
    def removed(self) -> int:
        """How many records of the snapshot in use were not taken so far."""
        return len(self._known)

    @property
    def new(self) -> tuple[int, int]:
        """First and last row number of those written, 0 for none."""
        return self._first_new, self._last_new

    @property
    def gone(self) -> tuple[int, ...]:
        """Row numbers of the snapshot in use that are not of the next one."""
        return (*self._replaced, *(one.id for one in self._known.values()))

    @property
    def edited(self) -> tuple[int, ...]:
        """Row numbers of the records that say the same of nobody's risk in other words."""
        return tuple(id_ for id_, _, _ in self._edited)

    def take(self, record: Record) -> bytes:
        """Return the digest of *record*'s content; empty if the feed has had a record of that name already."""
        one = record.advisory
        if one.id in self._taken:
            self.repeated += 1
            return b""
        self._taken.add(one.id)
        body = encode_advisory(one)
        decision = decision_digest(
            one, [(a.ecosystem, a.name, a.module, a.urgency, a.severity, a.segments) for a in record.affected]
        )
        content = content_digest(body, decision)
        known = self._known.pop(one.id, None)
        if known is not None and known.content == content:
            return content
        if known is not None and known.decision == decision:
            self._edited.append((known.id, pack(body), content))
            return content
        if known is None:
            self.added += 1
        else:
            self.changed += 1
        replaces = None if known is None else known.id
        self._pending.append(_Pending(record=record, body=body, content=content, decision=decision, replaces=replaces))
        return content

    def keep(self, records: Collection[str]) -> Iterator[bytes]:
        """Take records over as the snapshot in use has them; give the digests of their contents."""
        for record in records:
            self._taken.add(record)
            yield self._known.pop(record).content

    def write(self, connection: sa.Connection) -> None:
        """Write the records that wait; no reader sees them before the swap."""
        # Inside the transaction no other writer of this table can take the same numbers on SQLite; PostgreSQL builds
        # of two feeds at once are kept apart by the exclusive lock of `refresh`.
        next_id = (connection.execute(sa.select(sa.func.max(advisory.c.id))).scalar() or 0) + 1
        advisories: list[tuple[Any, ...]] = []
        flaws: list[tuple[str, int]] = []
        rows: list[tuple[Any, ...]] = []
        replaced: list[int] = []
        self._first_new = self._first_new or next_id
        self._last_new = next_id + len(self._pending) - 1
        for number, one in enumerate(self._pending, next_id):
            said = one.record.advisory
            body = pack(one.body)
            advisories.append((number, self._feed, said.id, self._next, FOREVER, one.content, one.decision, body))
            flaws += ((flaw, number) for flaw in dict.fromkeys((*said.flaws, *said.aliases)))
            if said.withdrawn is None:
                rows += self._affected_rows(number, one.record.affected)
            if one.replaces is not None:
                replaced.append(one.replaces)
        insert_rows(connection, advisory, _ADVISORY_COLUMNS, advisories)
        insert_rows(connection, advisory_flaw, ("flaw", "advisory_id"), flaws)
        insert_rows(connection, affected, _AFFECTED_COLUMNS, rows)
        self._bury(connection, replaced)
        self._replaced += replaced
        self._pending = []

    def finish(self, connection: sa.Connection) -> None:
        """End the rows that were not taken, and put the edited texts in place."""
        self._bury(connection, [one.id for one in self._known.values()])
        if self._edited:
            connection.execute(
                sa.update(advisory)
                .where(advisory.c.id == sa.bindparam("edited"))
                .values(body=sa.bindparam("text"), content=sa.bindparam("digest")),
                [{"edited": id_, "text": body, "digest": content} for id_, body, content in self._edited],
            )

    def _affected_rows(self, number: int, packages: tuple[AffectedRows, ...]) -> Iterator[tuple[Any, ...]]:
        for package in packages:
            for run in package.segments:
                yield (
                    number,
                    self._feed,
                    self._next,
                    FOREVER,
                    package.ecosystem,
                    package.name,
                    package.module,
                    package.urgency,
                    package.severity,
                    run.status.value,
                    run.low,
                    run.high,
                    run.inclusive,
                    run.fix,
                    run.text,
                )

    def _bury(self, connection: sa.Connection, numbers: list[int]) -> None:
        if not numbers:
            return
        for table, column in ((advisory, advisory.c.id), (affected, affected.c.advisory_id)):
            connection.execute(
                sa.update(table).where(column == sa.bindparam("gone")).values(died=self._next),
                [{"gone": number} for number in numbers],
            )


def forget_advisories(connection: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    """Delete the advisories of which *which*, a condition on their table, is true, with all that hangs on them."""
    numbers = sa.select(advisory.c.id).where(which)
    connection.execute(sa.delete(advisory_flaw).where(advisory_flaw.c.advisory_id.in_(numbers)))
    connection.execute(sa.delete(affected).where(affected.c.advisory_id.in_(numbers)))
    connection.execute(sa.delete(advisory).where(which))
