"""The registry's hot question: the manifest of a name and reference, by one statement that is compiled once."""

from typing import Final, NamedTuple

import sqlalchemy as sa

from hullscan.store.tables.content import artifact, tag
from hullscan.store.tables.places import instance, namespace, repository


class ManifestLookup(NamedTuple):
    """Where a reference leads, and what its namespace says of pulls."""

    digest: str
    media_type: str
    artifact_id: int
    repository_id: int
    instance_id: str
    instance_name: str
    project_id: str
    prevent_vul: bool


_INSIDE: Final = (
    artifact.join(repository, repository.c.id == artifact.c.repository_id)
    .join(namespace, namespace.c.id == repository.c.namespace_id)
    .join(instance, instance.c.id == namespace.c.instance_id)
)
_COLUMNS: Final = (
    artifact.c.digest,
    artifact.c.media_type,
    artifact.c.id,
    repository.c.id,
    instance.c.id,
    instance.c.name,
    instance.c.project_id,
    namespace.c.prevent_vul,
)
_HERE: Final = (
    instance.c.name == sa.bindparam("instance"),
    namespace.c.name == sa.bindparam("space"),
    repository.c.name == sa.bindparam("repository"),
)
_BY_DIGEST: Final = (
    sa.select(*_COLUMNS).select_from(_INSIDE).where(*_HERE, artifact.c.digest == sa.bindparam("reference"))
)
_BY_TAG: Final = (
    sa.select(*_COLUMNS)
    .select_from(_INSIDE.join(tag, tag.c.artifact_id == artifact.c.id))
    .where(*_HERE, tag.c.repository_id == repository.c.id, tag.c.name == sa.bindparam("reference"))
)


class ManifestFinder:
    """Asks with statements in the database's own words, past SQLAlchemy's."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._questions = [
            (str(compiled), compiled.positiontup)
            for compiled in (one.compile(dialect=engine.dialect) for one in (_BY_DIGEST, _BY_TAG))
        ]

    def find(self, *, instance: str, space: str, repository: str, reference: str) -> ManifestLookup | None:
        """Return what *reference* (a digest or a tag) names, None if it names nothing."""
        text, names = self._questions[0 if ":" in reference else 1]
        values = {"instance": instance, "space": space, "repository": repository, "reference": reference}
        given = tuple(values[name] for name in names) if names else values
        with self._engine.connect() as connection:
            row = connection.exec_driver_sql(text, given).first()
        return None if row is None else ManifestLookup._make((*row[:7], bool(row[7])))
