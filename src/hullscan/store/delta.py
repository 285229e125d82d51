"""What a new snapshot changes: findings of the packages it names, and the reports that show them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from hullscan.store.findings import IN_RANGE
from hullscan.store.schema import (
    UtcTime,
    advisory_flaw,
    affected,
    artifact_package,
    finding,
    flaw_facts,
    package_query,
    release_support,
    report,
)

_CHUNK: Final = 500
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
    for ids in _chunks(change.gone):
        _mark_by_name(connection, affected.c.advisory_id.in_(ids))
        connection.execute(sa.delete(finding).where(finding.c.advisory_id.in_(ids)))
    if change.new[0]:
        _match_new(connection, change)
    for ids in _chunks(change.edited):
        _mark(connection, sa.select(finding.c.package_id).where(finding.c.advisory_id.in_(ids)))
    _mark_by_facts(connection, change)
    moved = sa.and_(
        release_support.c.feed == change.feed,
        sa.or_(release_support.c.born == change.number, release_support.c.died == change.number),
    )
    if connection.execute(sa.select(release_support.c.distro).where(moved).limit(1)).first():
        connection.execute(sa.update(report).values(stale=True))


def _match_new(connection: sa.Connection, change: Change) -> None:
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
    connection.execute(
        sa.text(
            "UPDATE report SET stale = :true WHERE stale = :false AND digest IN ("
            f"SELECT p.digest FROM artifact_package p WHERE p.package_id IN (SELECT q.package_id FROM {tables} WHERE {new}))"
        ).bindparams(sa.bindparam("true", True), sa.bindparam("false", False)),
        values,
    )


def _mark_by_name(connection: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    named = sa.select(package_query.c.package_id).join(
        affected, sa.and_(affected.c.ecosystem == package_query.c.ecosystem, affected.c.name == package_query.c.name)
    )
    _mark(connection, named.where(which))


def _mark_by_facts(connection: sa.Connection, change: Change) -> None:
    moved = sa.and_(
        flaw_facts.c.feed == change.feed,
        sa.or_(flaw_facts.c.born == change.number, flaw_facts.c.died == change.number),
    )
    if connection.execute(sa.select(flaw_facts.c.flaw).where(moved).limit(1)).first() is None:
        return
    packages = (
        sa.select(finding.c.package_id)
        .join(advisory_flaw, advisory_flaw.c.advisory_id == finding.c.advisory_id)
        .join(flaw_facts, flaw_facts.c.flaw == advisory_flaw.c.flaw)
        .where(moved)
    )
    _mark(connection, packages)


def _mark(connection: sa.Connection, packages: sa.Select[tuple[int]]) -> None:
    digests = sa.select(artifact_package.c.digest).where(artifact_package.c.package_id.in_(packages))
    connection.execute(
        sa.update(report).where(report.c.stale.is_(False), report.c.digest.in_(digests)).values(stale=True)
    )


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]
