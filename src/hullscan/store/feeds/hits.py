"""What publishers say about the packages of one image, read in a few queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from hullscan.model.advisory import Severity, Status
from hullscan.model.hits import MINOR_STREAMS, Facts, Hit, Record
from hullscan.store.batches import batches
from hullscan.store.database import plain_rows
from hullscan.store.feeds.advisory_body import (
    AdvisoryBody,
    FactsBody,
    decode_advisory,
    decode_facts,
    merge_facts,
    to_cvss,
    to_severity,
)
from hullscan.store.reports.findings import VISIBLE, Asked
from hullscan.store.tables.feeds import advisory, advisory_flaw, affected, feed, flaw_facts
from hullscan.store.tables.inventories import artifact_package, package_query

_STATUSES: Final = {status.value: status for status in Status}
_SEVERITIES: Final[Mapping[int | None, Severity | None]] = {None: None, **{int(one): one for one in Severity}}


class _Run(NamedTuple):
    """A row of `affected`: by its first three columns rows stand in the order in which reports give evidence."""

    feed: str
    advisory_id: int
    id: int
    ecosystem: str
    name: str
    status: str
    low: bytes
    high: bytes | None
    fix: str
    range: str
    severity: int | None


def hits_of(connection: sa.Connection, digest: str) -> dict[int, list[Hit]]:
    """
    Return, by package, the runs that hold versions of packages of the image *digest*.

    Where one of a package's runs has no end, all others for its names come too: they may say where the flaw ends; and so
    they do where several minor releases have fixes of their own.
    """
    matched = _matched(connection, digest)
    runs = _runs(connection, {run_id for _, run_id in matched})
    unsettled = {run.id for run in runs.values() if run.high is None or run.ecosystem.startswith(MINOR_STREAMS)}
    named = _named(connection, {package_id for package_id, run_id in matched if run_id in unsettled})
    runs |= _runs(connection, {run_id for _, run_id in named} - runs.keys())
    records = _records(connection, {run.advisory_id for run in runs.values()})
    hits: defaultdict[int, list[Hit]] = defaultdict(list)
    for pairs, matches in ((matched, True), (named, False)):
        # A run may concern many packages: it is made a hit once and dealt out in order, so that no package's hits are sorted.
        concerned: defaultdict[int, list[int]] = defaultdict(list)
        for package_id, run_id in pairs:
            concerned[run_id].append(package_id)
        for run in sorted([runs[run_id] for run_id in concerned]):
            hit = _hit(run, records[run.advisory_id], matched=matches)
            for package_id in concerned[run.id]:
                hits[package_id].append(hit)
    return dict(sorted(hits.items()))


def _matched(connection: sa.Connection, digest: str) -> Sequence[tuple[int, int]]:
    """The packages of an image with the runs that hold their versions."""
    return plain_rows(
        connection.execute(
            sa.text(
                "SELECT package_id, affected_id FROM finding "
                "WHERE package_id IN (SELECT package_id FROM artifact_package WHERE digest = :digest)"
            ),
            {"digest": digest},
        )
    )


def _named(connection: sa.Connection, package_ids: Iterable[int]) -> list[tuple[int, int]]:
    """Some packages with those runs for their names that do not hold their versions."""
    question = sa.text(
        "SELECT q.package_id, a.id FROM package_query q CROSS JOIN affected a "
        "WHERE q.package_id IN :ids AND a.ecosystem = q.ecosystem AND a.name = q.name AND a.module = q.module "
        f"AND {VISIBLE} "
        "AND NOT EXISTS (SELECT 1 FROM finding f WHERE f.package_id = q.package_id AND f.affected_id = a.id)"
    ).bindparams(sa.bindparam("ids", expanding=True))
    return _answers(connection, question, package_ids)


def _runs(connection: sa.Connection, run_ids: Iterable[int]) -> dict[int, _Run]:
    question = sa.text(
        'SELECT feed, advisory_id, id, ecosystem, name, status, low, high, fix, "range", severity '
        "FROM affected WHERE id IN :ids"
    ).bindparams(sa.bindparam("ids", expanding=True))
    return {run.id: run for run in map(_Run._make, _answers(connection, question, run_ids))}


def _hit(run: _Run, record: Record, *, matched: bool) -> Hit:
    return Hit(
        record, run.ecosystem, run.name, _STATUSES[run.status], run.low, run.high, run.fix, run.range,
        _SEVERITIES[run.severity], matched,
    )  # fmt: skip


def _records(connection: sa.Connection, advisory_ids: Iterable[int]) -> dict[int, Record]:
    question = sa.text("SELECT id, feed, body FROM advisory WHERE id IN :ids").bindparams(
        sa.bindparam("ids", expanding=True)
    )
    return {
        advisory_id: _record(feed_name, decode_advisory(body))
        for advisory_id, feed_name, body in _answers(connection, question, advisory_ids)
    }


def _answers(connection: sa.Connection, question: sa.TextClause, ids: Iterable[int]) -> list[tuple[Any, ...]]:
    """The rows that *question* gives for all *ids*, which are many."""
    return [row for some in batches(sorted(ids)) for row in plain_rows(connection.execute(question, {"ids": some}))]


def _record(feed_name: str, body: AdvisoryBody) -> Record:
    return Record(
        feed=feed_name,
        id=body.record,
        flaws=body.flaws,
        names=frozenset((*body.flaws, *body.aliases)),
        severity=to_severity(body.severity),
        severity_source=body.severity_source,
        cvss=to_cvss(body.cvss),
        cwes=body.cwes,
        links=body.links,
        summary=body.summary,
        details=body.details,
    )


def facts_of(connection: sa.Connection, flaws: Collection[str]) -> dict[str, Facts]:
    """Return what is known of flaws apart from packages."""
    found: dict[str, FactsBody] = {}
    visible = sa.and_(
        feed.c.name == flaw_facts.c.feed, flaw_facts.c.born <= feed.c.current, flaw_facts.c.died > feed.c.current
    )
    for some in batches(sorted(flaws)):
        rows = connection.execute(
            sa.select(flaw_facts.c.flaw, flaw_facts.c.body)
            .join(feed, visible)
            .where(flaw_facts.c.flaw.in_(list(some)))
            .order_by(flaw_facts.c.feed)
        )
        for flaw, packed in plain_rows(rows):
            body = decode_facts(packed)
            known = found.get(flaw)
            found[flaw] = body if known is None else merge_facts(known, body)
    return {
        flaw: Facts(
            cvss=to_cvss(body.cvss), cwes=body.cwes, rejected=body.rejected, exploited=body.exploited, epss=body.epss
        )
        for flaw, body in found.items()
    }


def asked(connection: sa.Connection, digest: str) -> dict[int, list[Asked]]:
    """Return what was asked of the feeds for each package of the image *digest*."""
    inside = sa.select(artifact_package.c.package_id).where(artifact_package.c.digest == digest)
    rows = connection.execute(
        sa.select(
            package_query.c.package_id,
            package_query.c.ecosystem,
            package_query.c.name,
            package_query.c.version,
            package_query.c.version_key,
            package_query.c.scheme,
            package_query.c.module,
        )
        .where(package_query.c.package_id.in_(inside))
        .order_by(package_query.c.package_id)
    )
    found: dict[int, list[Asked]] = {}
    for package_id, ecosystem, name, version, key, scheme, module in plain_rows(rows):
        found.setdefault(package_id, []).append(
            Asked(ecosystem=ecosystem, name=name, version=version, key=key, scheme=scheme, module=module)
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
    for some in batches(sorted(flaws)):
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
    """Return the records of the feed *name* that its snapshot in use has and that tell when they were changed last."""
    visible = sa.and_(
        feed.c.name == advisory.c.feed, advisory.c.born <= feed.c.current, advisory.c.died > feed.c.current
    )
    rows = connection.execute(
        sa.select(advisory.c.record, advisory.c.body).join(feed, visible).where(advisory.c.feed == name)
    )
    times = ((row.record, decode_advisory(row.body).modified) for row in rows)
    return {record: at for record, at in times if at is not None}


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
