"""Questions about all artifacts at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hullscan.store.batches import batches
from hullscan.store.tables.content import artifact, tag
from hullscan.store.tables.feeds import advisory_flaw, affected
from hullscan.store.tables.inventories import artifact_package, package, package_query
from hullscan.store.tables.places import namespace, repository
from hullscan.store.tables.reports import finding, report, report_change


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An artifact where it is; `id` rises with the time of its push."""

    id: int
    digest: str
    namespace: str
    repository: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A package version that images hold."""

    package_id: int
    purl: str
    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something moved in the report of an artifact: `kind` is added, fixed, severity or fix."""

    digest: str
    kind: str
    flaw: str
    package: str
    version: str
    severity: str
    fix_version: str
    at: datetime
    id: int = 0


def digests_with_flaw(connection: sa.Connection, flaw: str) -> list[str]:
    """Return the images of which some package matches a record that speaks of *flaw*."""
    return list(
        connection.execute(
            sa.select(artifact_package.c.digest)
            .join(finding, finding.c.package_id == artifact_package.c.package_id)
            .join(advisory_flaw, advisory_flaw.c.advisory_id == finding.c.advisory_id)
            .where(advisory_flaw.c.flaw == flaw)
            .distinct()
        ).scalars()
    )


def packages_named(connection: sa.Connection, name: str, kind: str = "") -> list[tuple[Held, bytes | None, str]]:
    """Return package versions by name (binary or source) with the key and scheme of their version."""
    question = (
        sa.select(package, package_query.c.version_key, package_query.c.scheme)
        .select_from(package.outerjoin(package_query, package_query.c.package_id == package.c.id))
        .where(sa.or_(package.c.name == name, package.c.source == name, package_query.c.name == name))
    )
    if kind:
        question = question.where(package.c.type == kind)
    found: dict[int, tuple[Held, bytes | None, str]] = {}
    for row in connection.execute(question.order_by(package.c.id)):
        held = Held(package_id=row.id, purl=row.purl, name=row.name, version=row.version)
        found.setdefault(row.id, (held, row.version_key, row.scheme or ""))
    return list(found.values())


def digests_with_packages(connection: sa.Connection, package_ids: Sequence[int]) -> dict[str, list[int]]:
    """Return image → which of the packages it holds."""
    found: dict[str, list[int]] = {}
    for some in batches(package_ids):
        rows = connection.execute(
            sa.select(artifact_package.c.digest, artifact_package.c.package_id)
            .where(artifact_package.c.package_id.in_(some))
            .distinct()
        )
        for row in rows:
            found.setdefault(row.digest, []).append(row.package_id)
    return found


def places(connection: sa.Connection, digests: Sequence[str], *, after: int = 0, limit: int = 100) -> list[Place]:
    """Return the artifacts of these digests, a page after the number *after*."""
    rows: list[Any] = []
    for some in batches(digests):
        rows += connection.execute(
            sa.select(artifact.c.id, artifact.c.digest, namespace.c.name.label("space"), repository.c.name)
            .join(repository, repository.c.id == artifact.c.repository_id)
            .join(namespace, namespace.c.id == repository.c.namespace_id)
            .where(artifact.c.digest.in_(some), artifact.c.id > after)
            .order_by(artifact.c.id)
            .limit(limit)
        ).all()
    rows = sorted(rows, key=lambda row: row.id)[:limit]
    tags: dict[int, list[str]] = {}
    for row in connection.execute(
        sa.select(tag.c.artifact_id, tag.c.name)
        .where(tag.c.artifact_id.in_([row.id for row in rows]))
        .order_by(tag.c.name)
    ):
        tags.setdefault(row.artifact_id, []).append(row.name)
    return [
        Place(
            id=row.id,
            digest=row.digest,
            namespace=row.space,
            repository=row.name,
            tags=tuple(tags.get(row.id, ())),
        )
        for row in rows
    ]


def note_changes(connection: sa.Connection, changes: Sequence[Change]) -> None:
    """Add to the log."""
    if changes:
        connection.execute(
            sa.insert(report_change),
            [
                {
                    "digest": one.digest,
                    "kind": one.kind,
                    "flaw": one.flaw,
                    "package": one.package,
                    "version": one.version,
                    "severity": one.severity,
                    "fix_version": one.fix_version,
                    "at": one.at,
                }
                for one in changes
            ],
        )


def list_changes(connection: sa.Connection, since: datetime, *, after: int = 0, limit: int = 100) -> list[Change]:
    """Return what moved since a time, the oldest first, a page after the number *after*."""
    rows = connection.execute(
        sa.select(report_change)
        .where(report_change.c.at >= since, report_change.c.id > after)
        .order_by(report_change.c.id)
        .limit(limit)
    )
    return [
        Change(
            id=row.id,
            digest=row.digest,
            kind=row.kind,
            flaw=row.flaw,
            package=row.package,
            version=row.version,
            severity=row.severity,
            fix_version=row.fix_version,
            at=row.at,
        )
        for row in rows
    ]


def stale_digests(connection: sa.Connection, limit: int) -> list[str]:
    """Return artifacts of the registry whose report is marked as stale."""
    rows = connection.execute(
        sa.select(report.c.digest)
        .where(
            report.c.stale.is_(True),
            sa.select(sa.literal(1)).where(artifact.c.digest == report.c.digest).exists(),
        )
        .limit(limit)
    )
    return list(rows.scalars())


def repositories_of(connection: sa.Connection, digest: str) -> list[int]:
    """Return the repositories that hold the artifact *digest*."""
    return list(connection.execute(sa.select(artifact.c.repository_id).where(artifact.c.digest == digest)).scalars())


def top_fixes(connection: sa.Connection, limit: int) -> list[tuple[str, str, str, int, int]]:
    """
    Return which updates remove most: (ecosystem, package as the publisher calls it, version, findings, artifacts).

    Findings are counted in each artifact; records that several publishers have of one flaw count once each.
    """
    inside = artifact_package.join(artifact, artifact.c.digest == artifact_package.c.digest)
    rows = connection.execute(
        sa.select(
            affected.c.ecosystem,
            affected.c.name,
            affected.c.fix,
            sa.func.count().label("findings"),
            sa.func.count(sa.distinct(artifact.c.id)).label("artifacts"),
        )
        .select_from(
            finding.join(affected, affected.c.id == finding.c.affected_id).join(
                inside, artifact_package.c.package_id == finding.c.package_id
            )
        )
        .where(affected.c.fix != "", affected.c.status == "affected")
        .group_by(affected.c.ecosystem, affected.c.name, affected.c.fix)
        .order_by(sa.desc("findings"), affected.c.name)
        .limit(limit)
    )
    return [(row.ecosystem, row.name, row.fix, row.findings, row.artifacts) for row in rows]
