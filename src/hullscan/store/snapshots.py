"""
Feed snapshots: built beside the one in use, then swapped in one transaction.

Rows of the snapshot in the making are born in the next number, which no reader sees before `feed.current` is moved.
A build that dies half-way leaves only rows that nobody sees; the next build of the feed clears them first.
"""

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from hullscan.model.advisory import Advisory, FlawFacts, PackageSupport, ReleaseSupport, Segment
from hullscan.model.report import Problem
from hullscan.store import delta
from hullscan.store.advisory_body import (
    content_digest,
    decision_digest,
    encode_advisory,
    encode_facts,
    pack,
)
from hullscan.store.database import Queue, insert_rows, reading, writing
from hullscan.store.tables.columns import FOREVER
from hullscan.store.tables.feeds import (
    advisory,
    advisory_flaw,
    affected,
    feed,
    flaw_facts,
    package_support,
    release_support,
    snapshot,
)

_BATCH: Final = 2_000
"""Records a transaction: short enough that pushes and scans are not kept waiting."""


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


Support = ReleaseSupport | PackageSupport
Item = Record | FlawFacts | Support

_SUPPORT: Final[dict[type[Support], sa.Table]] = {ReleaseSupport: release_support, PackageSupport: package_support}
"""Where each kind is kept; columns are called like its fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What a refresh did: records now in the feed, how many are new, changed and gone, and the packages concerned."""

    feed: str
    records: int
    added: int
    changed: int
    removed: int
    swapped: bool


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


class SnapshotBuilder:
    """Takes a feed's records one by one, writes what differs from the snapshot in use, and swaps at the end."""

    def __init__(self, engine: sa.Engine, name: str, ecosystems: tuple[str, ...]) -> None:
        self._engine = engine
        self._name = name
        self._ecosystems = ecosystems
        self._seen = 0
        self._ids: set[str] = set()
        self.repeated = 0
        self._added = self._changed = 0
        self._edited: list[tuple[int, bytes, bytes]] = []
        self._pending: list[tuple[Record, bytes, bytes, bytes, int | None]] = []
        self._facts: list[tuple[FlawFacts, bytes, bytes, bool]] = []
        self._support: list[Support] = []
        self._digests = 0
        self._first_new = self._last_new = 0
        self._replaced: list[int] = []
        self._current, self._known, self._known_facts = self._open()

    @property
    def seen(self) -> int:
        """How many records were taken so far."""
        return self._seen

    @property
    def number(self) -> int:
        """The number of the snapshot in the making."""
        return self._current + 1

    def add(self, item: Item) -> None:
        """Take one record."""
        if isinstance(item, Record):
            self._add_record(item)
        elif isinstance(item, FlawFacts):
            self._add_facts(item)
        else:
            self._support.append(item)
        self._seen += 1
        if len(self._pending) + len(self._facts) >= _BATCH:
            self._flush()

    def keep(self, records: Collection[str]) -> None:
        """Take records over as the snapshot in use has them."""
        for record in records:
            self._ids.add(record)
            self._digest(self._known.pop(record)[1])
        self._seen += len(records)

    def keep_other_facts(self) -> None:
        """Take over what the snapshot in use says of flaws of which nothing new was said."""
        for content in self._known_facts.values():
            self._digest(content)
        self._seen += len(self._known_facts)
        self._known_facts = {}

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
        self._flush()
        removed = len(self._known) + len(self._known_facts)
        support_changed = self._support_changed()
        moved = bool(self._added or self._changed or removed or support_changed)
        if moved or self._edited or self._current == 0:
            self._swap(fingerprint, location, upstream_time, problems, at)
        elif self._fingerprint_differs(fingerprint, location):
            with writing(self._engine) as connection:
                connection.execute(
                    sa.update(feed)
                    .where(feed.c.name == self._name)
                    .values(fingerprint=fingerprint, location=location, error="")
                )
        return Built(
            feed=self._name,
            records=self._seen,
            added=self._added,
            changed=self._changed,
            removed=removed,
            swapped=moved or self._current == 0,
        )

    # --- opening ------------------------------------------------------------------------------------------------

    def _open(self) -> tuple[int, dict[str, tuple[int, bytes, bytes]], dict[str, bytes]]:
        with reading(self._engine) as connection:
            current = connection.execute(sa.select(feed.c.current).where(feed.c.name == self._name)).scalar()
        if current is None:
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
            current = 0
        self._clear_leftovers(current)
        with reading(self._engine) as connection:
            known = {
                row.record: (row.id, row.content, row.decision)
                for row in connection.execute(
                    sa.select(advisory.c.id, advisory.c.record, advisory.c.content, advisory.c.decision).where(
                        advisory.c.feed == self._name, advisory.c.born <= current, advisory.c.died > current
                    )
                )
            }
            facts = {
                row.flaw: row.content
                for row in connection.execute(
                    sa.select(flaw_facts.c.flaw, flaw_facts.c.content).where(
                        flaw_facts.c.feed == self._name, flaw_facts.c.born <= current, flaw_facts.c.died > current
                    )
                )
            }
        return current, known, facts

    def _clear_leftovers(self, current: int) -> None:
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
                for table in (advisory, flaw_facts, *_SUPPORT.values())
            )
        if not left:
            return
        with writing(self._engine) as connection:
            unborn = sa.select(advisory.c.id).where(advisory.c.feed == self._name, advisory.c.born > current)
            connection.execute(sa.delete(advisory_flaw).where(advisory_flaw.c.advisory_id.in_(unborn)))
            connection.execute(sa.delete(affected).where(affected.c.advisory_id.in_(unborn)))
            connection.execute(
                sa.update(affected)
                .where(affected.c.feed == self._name, affected.c.died > current, affected.c.died < FOREVER)
                .values(died=FOREVER)
            )
            for table in (advisory, flaw_facts, *_SUPPORT.values()):
                mine = table.c.feed == self._name
                connection.execute(sa.delete(table).where(mine, table.c.born > current))
                connection.execute(
                    sa.update(table).where(mine, table.c.died > current, table.c.died < FOREVER).values(died=FOREVER)
                )

    # --- records ------------------------------------------------------------------------------------------------

    def _add_record(self, record: Record) -> None:
        if record.advisory.id in self._ids:
            self.repeated += 1
            return
        self._ids.add(record.advisory.id)
        body = encode_advisory(record.advisory)
        decision = decision_digest(
            record.advisory,
            [(a.ecosystem, a.name, a.module, a.urgency, a.severity, a.segments) for a in record.affected],
        )
        content = content_digest(body, decision)
        self._digest(content)
        known = self._known.pop(record.advisory.id, None)
        if known is None:
            self._added += 1
            self._pending.append((record, body, content, decision, None))
        elif known[1] == content:
            return
        elif known[2] == decision:
            self._edited.append((known[0], pack(body), content))
        else:
            self._changed += 1
            self._pending.append((record, body, content, decision, known[0]))

    def _add_facts(self, facts: FlawFacts) -> None:
        body = encode_facts(facts)
        content = hashlib.blake2b(body, digest_size=16).digest()
        self._digest(content)
        known = self._known_facts.pop(facts.id, None)
        if known == content:
            return
        if known is None:
            self._added += 1
        else:
            self._changed += 1
        self._facts.append((facts, body, content, known is not None))

    def _digest(self, content: bytes) -> None:
        # The order of records does not make another snapshot.
        self._digests ^= int.from_bytes(content, "big")

    def _flush(self) -> None:
        if not self._pending and not self._facts:
            return
        with writing(self._engine) as connection:
            if self._pending:
                self._write_records(connection)
            if self._facts:
                self._write_facts(connection)
        self._pending = []
        self._facts = []

    def _write_records(self, connection: sa.Connection) -> None:
        born = self.number
        # Inside the transaction no other writer of this table can take the same numbers on SQLite; PostgreSQL builds
        # of two feeds at once are kept apart by the exclusive lock of `refresh`.
        next_id = (connection.execute(sa.select(sa.func.max(advisory.c.id))).scalar() or 0) + 1
        advisories: list[tuple[Any, ...]] = []
        flaws: list[tuple[str, int]] = []
        rows: list[tuple[Any, ...]] = []
        replaced: list[dict[str, Any]] = []
        self._first_new = self._first_new or next_id
        self._last_new = next_id + len(self._pending) - 1
        for number, (record, body, content, decision, old) in enumerate(self._pending, next_id):
            one = record.advisory
            advisories.append((number, self._name, one.id, born, FOREVER, content, decision, pack(body)))
            flaws += ((flaw, number) for flaw in dict.fromkeys((*one.flaws, *one.aliases)))
            if one.withdrawn is None:
                rows += self._affected_rows(number, record.affected)
            if old is not None:
                replaced.append({"old": old})
                self._replaced.append(old)
        insert_rows(connection, advisory, _ADVISORY_COLUMNS, advisories)
        insert_rows(connection, advisory_flaw, ("flaw", "advisory_id"), flaws)
        insert_rows(connection, affected, _AFFECTED_COLUMNS, rows)
        if replaced:
            for table, column in ((advisory, advisory.c.id), (affected, affected.c.advisory_id)):
                connection.execute(
                    sa.update(table).where(column == sa.bindparam("old")).values(died=born),
                    replaced,
                )

    def _affected_rows(self, number: int, packages: tuple[AffectedRows, ...]) -> Iterator[tuple[Any, ...]]:
        for package in packages:
            for run in package.segments:
                yield (
                    number,
                    self._name,
                    self.number,
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

    def _write_facts(self, connection: sa.Connection) -> None:
        born = self.number
        changed = [{"old": facts.id} for facts, _, _, was in self._facts if was]
        if changed:
            connection.execute(
                sa.update(flaw_facts)
                .where(
                    flaw_facts.c.flaw == sa.bindparam("old"),
                    flaw_facts.c.feed == self._name,
                    flaw_facts.c.died == FOREVER,
                )
                .values(died=born),
                changed,
            )
        rows = [(facts.id, self._name, born, FOREVER, content, body) for facts, body, content, _ in self._facts]
        insert_rows(connection, flaw_facts, ("flaw", "feed", "born", "died", "content", "body"), rows)

    # --- the swap -----------------------------------------------------------------------------------------------

    def _support_rows(self, kind: type[Support]) -> set[tuple[Any, ...]]:
        return {astuple(one) for one in self._support if isinstance(one, kind)}

    def _support_changed(self) -> bool:
        with reading(self._engine) as connection:
            for kind, table in _SUPPORT.items():
                current = sa.and_(
                    table.c.feed == self._name, table.c.born <= self._current, table.c.died > self._current
                )
                rows = connection.execute(sa.select(*(table.c[field.name] for field in fields(kind))).where(current))
                if {tuple(row) for row in rows} != self._support_rows(kind):
                    return True
        return False

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
        number = self.number
        with writing(self._engine, Queue.FINDINGS) as connection:
            self._bury_the_missing(connection)
            self._write_support(connection)
            if self._edited:
                connection.execute(
                    sa.update(advisory)
                    .where(advisory.c.id == sa.bindparam("edited"))
                    .values(body=sa.bindparam("text"), content=sa.bindparam("digest")),
                    [{"edited": id_, "text": body, "digest": content} for id_, body, content in self._edited],
                )
            connection.execute(
                sa.insert(snapshot).values(
                    feed=self._name,
                    number=number,
                    digest=f"{self._digests:032x}",
                    upstream_time=upstream_time,
                    records=self._seen,
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
                new=(self._first_new, self._last_new),
                gone=(*self._replaced, *(row[0] for row in self._known.values())),
                edited=tuple(row[0] for row in self._edited),
                at=at,
            )
            delta.apply(connection, change)
        self._forget_the_dead()

    def _write_support(self, connection: sa.Connection) -> None:
        for kind, table in _SUPPORT.items():
            connection.execute(
                sa.update(table).where(table.c.feed == self._name, table.c.died == FOREVER).values(died=self.number)
            )
            names = [field.name for field in fields(kind)]
            rows = [
                {**dict(zip(names, row, strict=True)), "feed": self._name, "born": self.number, "died": FOREVER}
                for row in self._support_rows(kind)
            ]
            if rows:
                connection.execute(sa.insert(table), rows)

    def _bury_the_missing(self, connection: sa.Connection) -> None:
        number = self.number
        gone = [{"gone": id_} for id_, _, _ in self._known.values()]
        if gone:
            for table, column in ((advisory, advisory.c.id), (affected, affected.c.advisory_id)):
                connection.execute(
                    sa.update(table).where(column == sa.bindparam("gone")).values(died=number),
                    gone,
                )
        if self._known_facts:
            connection.execute(
                sa.update(flaw_facts)
                .where(
                    flaw_facts.c.flaw == sa.bindparam("gone"),
                    flaw_facts.c.feed == self._name,
                    flaw_facts.c.died == FOREVER,
                )
                .values(died=number),
                [{"gone": flaw} for flaw in self._known_facts],
            )

    def _forget_the_dead(self) -> None:
        number = self.number
        with writing(self._engine) as connection:
            dead = sa.select(advisory.c.id).where(advisory.c.feed == self._name, advisory.c.died <= number)
            connection.execute(sa.delete(advisory_flaw).where(advisory_flaw.c.advisory_id.in_(dead)))
            connection.execute(sa.delete(affected).where(affected.c.advisory_id.in_(dead)))
            for table in (advisory, flaw_facts, *_SUPPORT.values()):
                connection.execute(sa.delete(table).where(table.c.feed == self._name, table.c.died <= number))
