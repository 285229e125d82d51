"""What publishers say about the packages of one image, read in a few queries."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from hullscan.store.advisory_body import AdvisoryBody, FactsBody, decode_advisory, decode_facts, merge_facts
from hullscan.store.findings import VISIBLE, Asked
from hullscan.store.schema import advisory, advisory_flaw, affected, artifact_package, feed, flaw_facts, package_query

_COLUMNS = (
    "a.id AS affected_id, a.advisory_id, a.feed, a.ecosystem, a.name, a.status, a.low, a.high, a.inclusive, a.fix, "
    'a."range" AS range_text, a.urgency, a.severity'
)


class AffectedRow(NamedTuple):
    """One run of versions of an advisory, for one package; fields in the order of `_COLUMNS`."""

    package_id: int
    affected_id: int
    advisory_id: int
    feed: str
    ecosystem: str
    name: str
    status: str
    low: bytes
    high: bytes | None
    inclusive: bool
    fix: str
    range_text: str
    urgency: str
    severity: int | None


def matched_rows(connection: sa.Connection, digest: str) -> list[AffectedRow]:
    """Return the runs that hold versions of packages of the image *digest*."""
    rows = connection.execute(
        sa.text(
            f"SELECT f.package_id, {_COLUMNS} FROM finding f JOIN affected a ON a.id = f.affected_id "
            "WHERE f.package_id IN (SELECT package_id FROM artifact_package WHERE digest = :digest) "
            "ORDER BY f.package_id, a.feed, a.advisory_id, a.id"
        ),
        {"digest": digest},
    )
    return _rows(rows)


def rows_by_name(connection: sa.Connection, package_ids: Iterable[int]) -> list[AffectedRow]:
    """Return all runs that publishers give for the names of some packages, whether they hold their versions or not."""
    found: list[AffectedRow] = []
    for ids in chunks(sorted(package_ids)):
        rows = connection.execute(
            sa.text(
                f"SELECT q.package_id, {_COLUMNS} FROM package_query q CROSS JOIN affected a "
                "WHERE q.package_id IN :ids AND a.ecosystem = q.ecosystem AND a.name = q.name AND a.module = q.module "
                f"AND {VISIBLE} ORDER BY q.package_id, a.feed, a.advisory_id, a.id"
            ).bindparams(sa.bindparam("ids", expanding=True)),
            {"ids": list(ids)},
        )
        found += _rows(rows)
    return found


def bodies(connection: sa.Connection, advisory_ids: Collection[int]) -> dict[int, AdvisoryBody]:
    """Return the facts of advisories by row number."""
    found: dict[int, AdvisoryBody] = {}
    for ids in chunks(sorted(advisory_ids)):
        rows = connection.execute(
            sa.text("SELECT id, body FROM advisory WHERE id IN :ids").bindparams(sa.bindparam("ids", expanding=True)),
            {"ids": list(ids)},
        )
        found.update((row.id, decode_advisory(row.body)) for row in rows)
    return found


def facts_of(connection: sa.Connection, flaws: Collection[str]) -> dict[str, FactsBody]:
    """Return what is known of flaws apart from packages."""
    found: dict[str, FactsBody] = {}
    visible = sa.and_(
        feed.c.name == flaw_facts.c.feed, flaw_facts.c.born <= feed.c.current, flaw_facts.c.died > feed.c.current
    )
    for some in chunks(sorted(flaws)):
        rows = connection.execute(
            sa.select(flaw_facts.c.flaw, flaw_facts.c.body)
            .join(feed, visible)
            .where(flaw_facts.c.flaw.in_(list(some)))
            .order_by(flaw_facts.c.feed)
        )
        for row in rows:
            body = decode_facts(row.body)
            known = found.get(row.flaw)
            found[row.flaw] = body if known is None else merge_facts(known, body)
    return found


def asked(connection: sa.Connection, digest: str) -> dict[int, list[Asked]]:
    """Return what was asked of the feeds for each package of the image *digest*."""
    inside = sa.select(artifact_package.c.package_id).where(artifact_package.c.digest == digest)
    rows = connection.execute(
        sa.select(package_query).where(package_query.c.package_id.in_(inside)).order_by(package_query.c.package_id)
    )
    found: dict[int, list[Asked]] = {}
    for row in rows:
        found.setdefault(row.package_id, []).append(
            Asked(
                ecosystem=row.ecosystem,
                name=row.name,
                version=row.version,
                key=row.version_key,
                scheme=row.scheme,
                module=row.module,
            )
        )
    return found


class Spoken(NamedTuple):
    """A run of versions as a publisher gives it, by the record that does."""

    feed: str
    advisory: str
    ecosystem: str
    name: str
    module: str
    status: str
    low: bytes
    high: bytes | None
    inclusive: bool
    fix: str
    range: str


def spoken_of(connection: sa.Connection, flaws: Collection[str]) -> list[Spoken]:
    """Return all that the feeds in use say of the flaws of these names, for whatever package."""
    found: list[Spoken] = []
    visible = sa.and_(
        feed.c.name == affected.c.feed, affected.c.born <= feed.c.current, affected.c.died > feed.c.current
    )
    for some in chunks(sorted(flaws)):
        rows = connection.execute(
            sa.select(
                affected.c.feed,
                advisory.c.record,
                affected.c.ecosystem,
                affected.c.name,
                affected.c.module,
                affected.c.status,
                affected.c.low,
                affected.c.high,
                affected.c.inclusive,
                affected.c.fix,
                affected.c.range,
            )
            .join(advisory, advisory.c.id == affected.c.advisory_id)
            .join(advisory_flaw, advisory_flaw.c.advisory_id == affected.c.advisory_id)
            .join(feed, visible)
            .where(advisory_flaw.c.flaw.in_(list(some)))
            .distinct()
        )
        found += [Spoken._make(row) for row in rows]
    return found


def spoken_flaws(connection: sa.Connection, names: Collection[tuple[str, str]]) -> dict[tuple[str, str], set[str]]:
    """Return the flaws that publishers speak of for (ecosystem, name), in whatever sense."""
    found: dict[tuple[str, str], set[str]] = {}
    visible = sa.and_(
        feed.c.name == affected.c.feed, affected.c.born <= feed.c.current, affected.c.died > feed.c.current
    )
    for ecosystem, name in sorted(names):
        rows = connection.execute(
            sa.select(advisory_flaw.c.flaw)
            .join(affected, affected.c.advisory_id == advisory_flaw.c.advisory_id)
            .join(feed, visible)
            .where(affected.c.ecosystem == ecosystem, affected.c.name == name)
            .distinct()
        )
        found[(ecosystem, name)] = {row.flaw for row in rows}
    return found


def spoken_names(connection: sa.Connection) -> set[str]:
    """Return the names of all flaws that any record speaks of."""
    return set(connection.execute(sa.select(advisory_flaw.c.flaw).distinct()).scalars())


def modified_times(connection: sa.Connection, name: str) -> dict[str, datetime]:
    """Return the records of the feed *name* that its snapshot in use has, and when each was changed last."""
    visible = sa.and_(
        feed.c.name == advisory.c.feed, advisory.c.born <= feed.c.current, advisory.c.died > feed.c.current
    )
    rows = connection.execute(
        sa.select(advisory.c.record, advisory.c.body).join(feed, visible).where(advisory.c.feed == name)
    )
    return {row.record: decode_advisory(row.body).modified for row in rows}


def spoken_count(connection: sa.Connection) -> int:
    """Return how often records speak of flaws: another number means other flaws."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(advisory_flaw)).scalar_one())


def ecosystems_present(connection: sa.Connection, ecosystems: Collection[str]) -> set[str]:
    """Return those of *ecosystems* (with release) for which any snapshot in use has a word."""
    question = sa.text(f"SELECT 1 FROM affected a WHERE a.ecosystem = :ecosystem AND {VISIBLE} LIMIT 1")
    return {
        ecosystem
        for ecosystem in ecosystems
        if connection.execute(question, {"ecosystem": ecosystem}).first() is not None
    }


def names_present(connection: sa.Connection, names: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return those of (ecosystem, name) of which any snapshot in use speaks."""
    question = sa.text(
        f"SELECT 1 FROM affected a WHERE a.ecosystem = :ecosystem AND a.name = :name AND {VISIBLE} LIMIT 1"
    )
    return {
        (ecosystem, name)
        for ecosystem, name in names
        if connection.execute(question, {"ecosystem": ecosystem, "name": name}).first() is not None
    }


def chunks(ids: Sequence[Any], size: int = 500) -> Iterator[Sequence[Any]]:
    """Split *ids* into runs that fit a statement."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _rows(rows: sa.CursorResult[Any]) -> list[AffectedRow]:
    return [AffectedRow._make(row) for row in rows]
