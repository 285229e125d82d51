"""What a new snapshot changes: findings of the packages it names, and the reports that show them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from hullscan.store.database import insert_rows
from hullscan.store.findings import IN_RANGE
from hullscan.store.schema import (
    UtcTime,
    advisory_flaw,
    affected,
    artifact_package,
    finding,
    flaw_facts,
    package,
    package_query,
    package_support,
    release_support,
    report,
)

_CHUNK: Final = 500
_MANY: Final = 0.05
"""
From this share of all packages on it is quicker to ask each artifact whether it holds one.

With 300 packages an artifact and a share s of them changed, the one way reads 300 s rows an artifact, the other 1 / s.
"""

_WHOLESALE: Final = 20_000
"""From so many new advisories on it is quicker to go by the packages that are installed."""


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
    """Rewrite the findings that *change* concerns, and mark the reports that show them as stale."""
    if connection.execute(sa.select(package_query.c.package_id).limit(1)).first() is None:
        return
    packages: set[int] = set()
    for ids in _chunks(change.gone):
        packages.update(row.package_id for row in connection.execute(_named_by(affected.c.advisory_id.in_(ids))))
        connection.execute(sa.delete(finding).where(finding.c.advisory_id.in_(ids)))
    if change.new[0]:
        packages.update(_match_new(connection, change))
    for ids in _chunks(change.edited):
        found = sa.select(finding.c.package_id).where(finding.c.advisory_id.in_(ids))
        packages.update(connection.execute(found).scalars())
    packages.update(_rated_anew(connection, change))
    _mark_holders(connection, sorted(packages))
    for table in (release_support, package_support):
        moved = sa.and_(
            table.c.feed == change.feed, sa.or_(table.c.born == change.number, table.c.died == change.number)
        )
        if connection.execute(sa.select(table.c.feed).where(moved).limit(1)).first():
            connection.execute(sa.update(report).values(stale=True))


def _match_new(connection: sa.Connection, change: Change) -> Iterator[int]:
    """Write the findings of the new advisories, and return the packages that they name."""
    first, last = change.new
    new = (
        "a.feed = :feed AND a.born = :number AND a.advisory_id BETWEEN :first AND :last "
        "AND q.ecosystem = a.ecosystem AND q.name = a.name"
    )
    # CROSS JOIN fixes the order of the loops on SQLite; PostgreSQL plans for itself.
    tables = (
        "package_query q CROSS JOIN affected a"
        if last - first > _WHOLESALE
        else "affected a CROSS JOIN package_query q"
    )
    values = {"feed": change.feed, "number": change.number, "first": first, "last": last}
    connection.execute(
        sa.text(
            "INSERT INTO finding (package_id, affected_id, advisory_id, first_seen) "
            f"SELECT q.package_id, a.id, a.advisory_id, :at FROM {tables} WHERE {new} AND {IN_RANGE} "
            "ON CONFLICT DO NOTHING"
        ).bindparams(sa.bindparam("at", type_=UtcTime)),
        {**values, "at": change.at},
    )
    # A record that does not match may still speak of a flaw that another one claims: its packages' reports follow.
    named = connection.execute(sa.text(f"SELECT DISTINCT q.package_id FROM {tables} WHERE {new}"), values)
    return (row.package_id for row in named)


def _mark_holders(connection: sa.Connection, packages: Sequence[int]) -> None:
    """Mark the reports of all artifacts that hold any of *packages*."""
    if not packages:
        return
    total = connection.execute(sa.select(sa.func.count()).select_from(package)).scalar_one()
    # Few packages are followed to their artifacts; of many, a look into each artifact soon meets one.
    if len(packages) < total * _MANY:
        for ids in _chunks(packages):
            digests = sa.select(artifact_package.c.digest).where(artifact_package.c.package_id.in_(ids))
            connection.execute(
                sa.update(report).where(report.c.stale.is_(False), report.c.digest.in_(digests)).values(stale=True)
            )
        return
    changed = _changed_packages(connection, packages)
    held = sa.select(sa.literal(1)).where(
        artifact_package.c.digest == report.c.digest, artifact_package.c.package_id.in_(sa.select(changed.c.package_id))
    )
    connection.execute(
        sa.update(report).where(report.c.stale.is_(False), held.correlate(report).exists()).values(stale=True)
    )


def _changed_packages(connection: sa.Connection, packages: Sequence[int]) -> sa.Table:
    """Put *packages* into a table that lives as long as the connection."""
    table = sa.Table(
        "changed_package",
        sa.MetaData(),
        sa.Column("package_id", sa.BigInteger, primary_key=True),
        prefixes=["TEMPORARY"],
    )
    table.create(connection, checkfirst=True)
    connection.execute(sa.delete(table))
    insert_rows(connection, table, ("package_id",), [(one,) for one in packages])
    return table


def _named_by(which: sa.ColumnElement[bool]) -> sa.Select[tuple[int]]:
    return (
        sa.select(package_query.c.package_id)
        .join(
            affected,
            sa.and_(affected.c.ecosystem == package_query.c.ecosystem, affected.c.name == package_query.c.name),
        )
        .where(which)
    )


def _rated_anew(connection: sa.Connection, change: Change) -> Sequence[int]:
    """Return the packages with findings of flaws about which a facts feed says something else than before."""
    moved = sa.and_(
        flaw_facts.c.feed == change.feed,
        sa.or_(flaw_facts.c.born == change.number, flaw_facts.c.died == change.number),
    )
    if connection.execute(sa.select(flaw_facts.c.flaw).where(moved).limit(1)).first() is None:
        return ()
    return (
        connection.execute(
            sa.select(finding.c.package_id)
            .distinct()
            .join(advisory_flaw, advisory_flaw.c.advisory_id == finding.c.advisory_id)
            .join(flaw_facts, flaw_facts.c.flaw == advisory_flaw.c.flaw)
            .where(moved)
        )
        .scalars()
        .all()
    )


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]
