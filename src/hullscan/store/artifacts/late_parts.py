"""What manifests name and came after them: who waits for it, and what is here by now."""

from typing import Final, NamedTuple

import sqlalchemy as sa

from hullscan.store.artifacts.garbage import held
from hullscan.store.artifacts.inventories import IN_PART
from hullscan.store.batches import batches
from hullscan.store.tables.content import artifact, manifest_part
from hullscan.store.tables.inventories import image
from hullscan.store.tables.places import namespace, repository
from hullscan.store.tables.reports import report

_BATCH: Final = 500


class Waiting(NamedTuple):
    """An artifact that was indexed in part; `reported` says that it has a report, or is scanned whenever it is pushed."""

    digest: str
    repository_id: int
    instance_id: str
    reported: bool


def waiting_for(connection: sa.Connection, digest: str) -> list[Waiting]:
    """Return those artifacts that name *digest* and were indexed in part, and those that name these, and so on."""
    found: dict[str, Waiting] = {}
    names = {digest}
    while names:
        rows = [row for part in batches(sorted(names), _BATCH) for row in connection.execute(_naming(part))]
        names = {row.digest for row in rows} - found.keys()
        for row in rows:
            reported = row.auto_scan or row.report is not None
            known = found.get(row.digest)
            if known is None or (reported and not known.reported):
                found[row.digest] = Waiting(row.digest, row.repository_id, row.instance_id, reported)
    return list(found.values())


def parts_here(connection: sa.Connection, digest: str) -> frozenset[str]:
    """Return what the artifact *digest* names and is here, and what that names, and so on."""
    found: set[str] = set()
    names = {digest}
    while names:
        parts = {
            one
            for some in batches(sorted(names), _BATCH)
            for one in connection.execute(
                sa.select(manifest_part.c.digest).where(manifest_part.c.manifest.in_(some))
            ).scalars()
        }
        names = held(connection, parts) - found
        found |= names
    return frozenset(found)


def _naming(digests: list[str]) -> sa.Select[tuple[str, int, str, bool, str | None]]:
    inside = (
        manifest_part.join(artifact, artifact.c.digest == manifest_part.c.manifest)
        .join(image, image.c.digest == artifact.c.digest)
        .join(repository, repository.c.id == artifact.c.repository_id)
        .join(namespace, namespace.c.id == repository.c.namespace_id)
        .outerjoin(report, report.c.digest == artifact.c.digest)
    )
    return (
        sa.select(
            artifact.c.digest,
            artifact.c.repository_id,
            namespace.c.instance_id,
            namespace.c.auto_scan,
            report.c.digest.label("report"),
        )
        .select_from(inside)
        .where(manifest_part.c.digest.in_(digests), image.c.detectors.endswith(IN_PART))
    )
