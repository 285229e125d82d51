"""The one question of the hot path: the report of an artifact, by the parts of its address, in a single statement."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from hullscan.store.reports.staleness import STALE
from hullscan.store.tables.columns import UtcTime
from hullscan.store.tables.content import artifact
from hullscan.store.tables.places import instance, namespace, repository
from hullscan.store.tables.reports import report

_QUESTION: Final = (
    sa.select(report.c.body_digest, report.c.generated_at, STALE, report.c.valid_until)
    .select_from(
        artifact.join(repository, repository.c.id == artifact.c.repository_id)
        .join(namespace, namespace.c.id == repository.c.namespace_id)
        .join(instance, instance.c.id == namespace.c.instance_id)
        .join(report, report.c.digest == artifact.c.digest)
    )
    .where(
        instance.c.id == sa.bindparam("instance"),
        instance.c.project_id == sa.bindparam("project"),
        namespace.c.name == sa.bindparam("space"),
        repository.c.name == sa.bindparam("repository"),
        artifact.c.digest == sa.bindparam("digest"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLookup:
    """What a conditional request needs to know of a report."""

    body_digest: str
    generated_at: datetime
    stale: bool
    valid_until: datetime | None


class ReportFinder:
    """Asks with a statement that is compiled once for its database."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        compiled = _QUESTION.compile(dialect=engine.dialect)
        self._text = str(compiled)
        self._names = compiled.positiontup
        self._time = UtcTime()

    def find(self, *, project: str, instance: str, space: str, repository: str, digest: str) -> ReportLookup | None:
        """Return the report of an artifact, None if the address leads nowhere or no scan of it has finished."""
        values = {"project": project, "instance": instance, "space": space, "repository": repository, "digest": digest}
        given = tuple(values[name] for name in self._names) if self._names else values
        with self._engine.connect() as connection:
            row = connection.exec_driver_sql(self._text, given).first()
        if row is None:
            return None
        generated_at = self._time.process_result_value(row[1], self._engine.dialect)
        assert generated_at is not None
        return ReportLookup(
            body_digest=row[0],
            generated_at=generated_at,
            stale=bool(row[2]),
            valid_until=self._time.process_result_value(row[3], self._engine.dialect),
        )
