"""What a new snapshot changes: the findings of the packages it names, which carry from then on that they moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from hullscan.store.database import insert_rows
from hullscan.store.reports.findings import IN_RANGE
from hullscan.store.reports.staleness import mark_all_reports, mark_moved
from hullscan.store.tables.columns import UtcTime
from hullscan.store.tables.feeds import advisory_flaw, flaw_facts, package_support, release_support
from hullscan.store.tables.inventories import package_query
from hullscan.store.tables.reports import finding

_WHOLESALE: Final = 20_000
"""From so many new advisories on it is quicker to go by the packages that are installed."""

_NAMED: Final = "q.ecosystem = a.ecosystem AND q.name = a.name"
"""Whether the run `a` is told of a name that the package is asked for by, as `q`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """
    A swap in the making: advisories `new` (first and last row number, 0 for none), `gone`, and `edited` in a way that
    changes nobody's risk.
    """

    feed: str
    number: int
    new: tuple[int, int]
    gone: tuple[int, ...]
    edited: tuple[int, ...]
    at: datetime


def apply(connection: sa.Connection, change: Change) -> None:
    """Rewrite the findings that *change* concerns, and mark the packages whose reports follow."""
    if connection.execute(sa.select(package_query.c.package_id).limit(1)).first() is None:
        return
    if change.gone:
        _forget_gone(connection, change)
    if change.new[0]:
        _match_new(connection, change)
    if change.edited:
        edited = _listed(connection, change.edited)
        mark_moved(connection, sa.select(finding.c.package_id).where(finding.c.advisory_id.in_(sa.select(edited.c.id))))
    _mark_rated_anew(connection, change)
    for table in (release_support, package_support):
        moved = sa.and_(
            table.c.feed == change.feed, sa.or_(table.c.born == change.number, table.c.died == change.number)
        )
        if connection.execute(sa.select(table.c.feed).where(moved).limit(1)).first():
            mark_all_reports(connection)


def _forget_gone(connection: sa.Connection, change: Change) -> None:
    gone = _listed(connection, change.gone)
    mark_moved(
        connection,
        sa.text(
            f"SELECT q.package_id FROM {gone.name} g CROSS JOIN affected a CROSS JOIN package_query q "
            f"WHERE a.advisory_id = g.id AND {_NAMED}"
        ),
    )
    connection.execute(sa.delete(finding).where(finding.c.advisory_id.in_(sa.select(gone.c.id))))


def _match_new(connection: sa.Connection, change: Change) -> None:
    """Write the findings of the new advisories."""
    first, last = change.new
    # CROSS JOIN fixes the order of the loops on SQLite; PostgreSQL plans for itself.
    tables = (
        "package_query q CROSS JOIN affected a"
        if last - first > _WHOLESALE
        else "affected a CROSS JOIN package_query q"
    )
    new = f"FROM {tables} WHERE a.feed = :feed AND a.born = :number AND a.advisory_id BETWEEN :first AND :last AND {_NAMED}"
    values = {"feed": change.feed, "number": change.number, "first": first, "last": last}
    connection.execute(
        sa.text(
            "INSERT INTO finding (package_id, affected_id, advisory_id, first_seen) "
            f"SELECT q.package_id, a.id, a.advisory_id, :at {new} AND {IN_RANGE} ON CONFLICT DO NOTHING"
        ).bindparams(sa.bindparam("at", type_=UtcTime)),
        {**values, "at": change.at},
    )
    # A record that does not match may still speak of a flaw that another one claims: its packages' reports follow.
    mark_moved(connection, sa.text(f"SELECT q.package_id {new}").bindparams(**values))


def _mark_rated_anew(connection: sa.Connection, change: Change) -> None:
    """Mark the packages with findings of flaws about which a facts feed says something else than before."""
    moved = sa.and_(
        flaw_facts.c.feed == change.feed,
        sa.or_(flaw_facts.c.born == change.number, flaw_facts.c.died == change.number),
    )
    if connection.execute(sa.select(flaw_facts.c.flaw).where(moved).limit(1)).first() is None:
        return
    mark_moved(
        connection,
        sa.select(finding.c.package_id)
        .join(advisory_flaw, advisory_flaw.c.advisory_id == finding.c.advisory_id)
        .join(flaw_facts, flaw_facts.c.flaw == advisory_flaw.c.flaw)
        .where(moved),
    )


def _listed(connection: sa.Connection, numbers: Sequence[int]) -> sa.Table:
    """Put row numbers into a table that lives as long as the connection; those that were in it are dropped."""
    table = sa.Table(
        "listed",
        sa.MetaData(),
        sa.Column("id", sa.BigInteger, primary_key=True),
        prefixes=["TEMPORARY"],
    )
    table.create(connection, checkfirst=True)
    connection.execute(sa.delete(table))
    rows: list[tuple[Any, ...]] = [(number,) for number in dict.fromkeys(numbers)]
    insert_rows(connection, table, ("id",), rows)
    return table
