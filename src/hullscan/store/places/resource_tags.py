"""Tags (key and value) that users put on instances and namespaces."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from hullscan.store.database import upsert
from hullscan.store.tables.places import resource_tag


def resource_tags(connection: sa.Connection, project_id: str, kind: str, resource_id: str) -> list[tuple[str, str]]:
    """Return the tags of one resource, by key; *kind* is instances or namespaces."""
    rows = connection.execute(
        sa.select(resource_tag.c.key, resource_tag.c.value)
        .where(
            resource_tag.c.project_id == project_id,
            resource_tag.c.type == kind,
            resource_tag.c.resource_id == resource_id,
        )
        .order_by(resource_tag.c.key)
    )
    return [(row.key, row.value) for row in rows]


def put_tags(connection: sa.Connection, project_id: str, kind: str, resource_id: str, tags: Mapping[str, str]) -> None:
    """Set tags of a resource; others of it stay."""
    for key, value in tags.items():
        row = {"project_id": project_id, "type": kind, "resource_id": resource_id, "key": key, "value": value}
        upsert(connection, resource_tag, row)


def drop_tags(
    connection: sa.Connection, project_id: str, kind: str, resource_id: str, keys: Sequence[str] | None = None
) -> None:
    """Remove tags of a resource by key; all of them without *keys*."""
    statement = sa.delete(resource_tag).where(
        resource_tag.c.project_id == project_id,
        resource_tag.c.type == kind,
        resource_tag.c.resource_id == resource_id,
    )
    connection.execute(statement if keys is None else statement.where(resource_tag.c.key.in_(keys)))


def all_tags(connection: sa.Connection, project_id: str, kind: str) -> dict[str, dict[str, str]]:
    """Return resource → key → value, of all tagged resources of a kind."""
    found: dict[str, dict[str, str]] = {}
    for row in connection.execute(
        sa.select(resource_tag)
        .where(resource_tag.c.project_id == project_id, resource_tag.c.type == kind)
        .order_by(resource_tag.c.resource_id, resource_tag.c.key)
    ):
        found.setdefault(row.resource_id, {})[row.key] = row.value
    return found
