"""
What publishers say.

Feeds are immutable snapshots with deltas: a row of `advisory`, `affected`, `flaw_facts` or a `…_support` belongs to
its feed's snapshots from `born` up to but not including `died`. A snapshot in the making writes rows born in the
next one, which nobody sees until `feed.current` moves, in one transaction.
"""

import sqlalchemy as sa

from hullscan.store.tables.columns import FOREVER, Id, Name, UtcTime, table

feed = table(
    "feed",
    sa.Column("name", Name, primary_key=True),
    # JSON list of the ecosystems it speaks for.
    sa.Column("ecosystems", Name, nullable=False),
    # The snapshot that readers see; 0 before the first.
    sa.Column("current", sa.BigInteger, nullable=False, default=0),
    sa.Column("fingerprint", Name, nullable=False, default=""),
    sa.Column("location", Name, nullable=False, default=""),
    sa.Column("checked_at", UtcTime),
    # Why the last refresh failed, or "".
    sa.Column("error", Name, nullable=False, default=""),
)

snapshot = table(
    "snapshot",
    sa.Column("feed", Name, sa.ForeignKey("feed.name"), primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True),
    # Of the content: the same records give the same digest.
    sa.Column("digest", Name, nullable=False),
    sa.Column("upstream_time", UtcTime),
    sa.Column("records", sa.Integer, nullable=False),
    # JSON list of problems.
    sa.Column("problems", sa.LargeBinary, nullable=False),
    sa.Column("built_at", UtcTime, nullable=False),
)

advisory = table(
    "advisory",
    sa.Column("id", Id, primary_key=True),
    sa.Column("feed", Name, nullable=False),
    sa.Column("record", Name, nullable=False),
    sa.Column("born", sa.BigInteger, nullable=False),
    sa.Column("died", sa.BigInteger, nullable=False, default=FOREVER),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("decision", sa.LargeBinary, nullable=False),
    # msgpack of the facts a report shows.
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index("advisory_record", "feed", "record"),
)

# The flaws that an advisory speaks of, and the other names of its one flaw.
advisory_flaw = table(
    "advisory_flaw",
    sa.Column("flaw", Name, primary_key=True),
    sa.Column("advisory_id", Id, primary_key=True),
    sa.Index("advisory_flaw_advisory", "advisory_id"),
)

affected = table(
    "affected",
    sa.Column("id", Id, primary_key=True),
    sa.Column("advisory_id", Id, nullable=False),
    sa.Column("feed", Name, nullable=False),
    sa.Column("born", sa.BigInteger, nullable=False),
    sa.Column("died", sa.BigInteger, nullable=False, default=FOREVER),
    sa.Column("ecosystem", Name, nullable=False),
    sa.Column("name", Name, nullable=False),
    # affected, not-affected (speaks of the flaw, never had it) or undetermined (a bound is no version, not looked into).
    sa.Column("status", Name, nullable=False),
    # From `low` (empty: from the beginning) up to `high` (None: no end), which counts only if `inclusive`.
    sa.Column("low", sa.LargeBinary, nullable=False),
    sa.Column("high", sa.LargeBinary),
    sa.Column("inclusive", sa.Boolean, nullable=False),
    sa.Column("fix", Name, nullable=False),
    sa.Column("range", Name, nullable=False),
    sa.Column("module", Name, nullable=False),
    sa.Column("urgency", Name, nullable=False),
    # Severity as its number, None if the publisher has no word for this package.
    sa.Column("severity", sa.Integer),
    sa.Index("affected_name", "ecosystem", "name"),
    sa.Index("affected_advisory", "advisory_id"),
)

flaw_facts = table(
    "flaw_facts",
    sa.Column("flaw", Name, primary_key=True),
    sa.Column("feed", Name, primary_key=True),
    sa.Column("born", sa.BigInteger, primary_key=True),
    sa.Column("died", sa.BigInteger, nullable=False, default=FOREVER),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

release_support = table(
    "release_support",
    sa.Column("distro", Name, primary_key=True),
    sa.Column("version_id", Name, primary_key=True),
    sa.Column("feed", Name, primary_key=True),
    sa.Column("born", sa.BigInteger, primary_key=True),
    sa.Column("died", sa.BigInteger, nullable=False, default=FOREVER),
    sa.Column("codename", Name, nullable=False),
    sa.Column("ends", UtcTime),
    sa.Column("extended_ends", UtcTime),
)

package_support = table(
    "package_support",
    sa.Column("ecosystem", Name, primary_key=True),
    sa.Column("name", Name, primary_key=True),
    sa.Column("feed", Name, primary_key=True),
    sa.Column("born", sa.BigInteger, primary_key=True),
    sa.Column("died", sa.BigInteger, nullable=False, default=FOREVER),
    sa.Column("ends", UtcTime),
    sa.Column("note", Name, nullable=False),
)


def in_snapshot(rows: sa.Table, name: str, number: int) -> sa.ColumnElement[bool]:
    """Return the condition that a row of *rows* belongs to the snapshot *number* of the feed *name*."""
    return sa.and_(rows.c.feed == name, rows.c.born <= number, rows.c.died > number)
