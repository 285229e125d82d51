"""What a feed says of flaws, whatever the package, in a snapshot that is being built."""

import hashlib
from collections.abc import Iterator

import sqlalchemy as sa

from hullscan.model.advisory import FlawFacts
from hullscan.store.database import insert_rows
from hullscan.store.feeds.advisory_body import encode_facts
from hullscan.store.tables.columns import FOREVER
from hullscan.store.tables.feeds import flaw_facts, in_snapshot


class FactRows:
    """Compares facts one by one with the snapshot *current* of *feed*, and writes those that differ."""

    def __init__(self, connection: sa.Connection, feed: str, current: int) -> None:
        self._feed = feed
        self._next = current + 1
        self._known = {
            row.flaw: row.content
            for row in connection.execute(
                sa.select(flaw_facts.c.flaw, flaw_facts.c.content).where(in_snapshot(flaw_facts, feed, current))
            )
        }
        self._pending: list[tuple[str, bytes, bytes]] = []
        self._replaced: list[str] = []
        self.added = self.changed = 0

    @property
    def pending(self) -> int:
        """How many flaws wait to be written."""
        return len(self._pending)

    @property
    def removed(self) -> int:
        """Of how many flaws that the snapshot in use knows nothing was taken so far."""
        return len(self._known)

    def take(self, facts: FlawFacts) -> bytes:
        """Return the digest of the content of *facts*."""
        body = encode_facts(facts)
        content = hashlib.blake2b(body, digest_size=16).digest()
        known = self._known.pop(facts.id, None)
        if known == content:
            return content
        if known is None:
            self.added += 1
        else:
            self.changed += 1
            self._replaced.append(facts.id)
        self._pending.append((facts.id, content, body))
        return content

    def keep_others(self) -> Iterator[bytes]:
        """Take over what the snapshot in use says of all flaws not taken; give the digests of the contents."""
        known, self._known = self._known, {}
        yield from known.values()

    def write(self, connection: sa.Connection) -> None:
        """Write the facts that wait; no reader sees them before the swap."""
        self._bury(connection, self._replaced)
        rows = [(flaw, self._feed, self._next, FOREVER, content, body) for flaw, content, body in self._pending]
        insert_rows(connection, flaw_facts, ("flaw", "feed", "born", "died", "content", "body"), rows)
        self._pending = []
        self._replaced = []

    def finish(self, connection: sa.Connection) -> None:
        """End the rows of flaws that were not taken."""
        self._bury(connection, list(self._known))

    def _bury(self, connection: sa.Connection, flaws: list[str]) -> None:
        if not flaws:
            return
        connection.execute(
            sa.update(flaw_facts)
            .where(
                flaw_facts.c.flaw == sa.bindparam("gone"),
                flaw_facts.c.feed == self._feed,
                flaw_facts.c.died == FOREVER,
            )
            .values(died=self._next),
            [{"gone": flaw} for flaw in flaws],
        )
