"""Repositories: found, listed, counted, removed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hullscan.store.database import insert_new
from hullscan.store.tables.content import artifact, repository_blob, tag, upload
from hullscan.store.tables.places import namespace, repository


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryRow:
    """A repository; `name` is without its namespace."""

    id: int
    namespace_id: int
    namespace: str
    instance_id: str
    name: str
    description: str
    pull_count: int
    created_at: datetime
    updated_at: datetime
    tag_count: int = 0
    artifact_count: int = 0


def find_repository(connection: sa.Connection, instance_id: str, space: str, name: str) -> RepositoryRow | None:
    """Return a repository by namespace and name."""
    rows = list_repositories(connection, instance_id, space=space, exact=name, limit=1)
    return rows[0] if rows else None


def find_repository_by_id(connection: sa.Connection, repository_id: int) -> RepositoryRow | None:
    """Return a repository by its number, without counts."""
    rows = _plain(connection, repository.c.id == repository_id)
    return rows[0] if rows else None


def find_repository_in(connection: sa.Connection, namespace_id: int, name: str) -> RepositoryRow | None:
    """Return a repository by its namespace's number and its name, without counts."""
    rows = _plain(connection, sa.and_(repository.c.namespace_id == namespace_id, repository.c.name == name))
    return rows[0] if rows else None


def repositories_by_id(connection: sa.Connection, ids: Collection[int]) -> list[RepositoryRow]:
    """Return repositories by their numbers, without counts."""
    return _plain(connection, repository.c.id.in_(list(ids)))


def list_repositories(
    connection: sa.Connection,
    instance_id: str,
    *,
    space: str = "",
    namespace_id: int | None = None,
    exact: str = "",
    contains: str = "",
    order: str = "updated_at",
    after: int = 0,
    descending: bool = True,
    offset: int = 0,
    limit: int | None = None,
) -> tuple[RepositoryRow, ...]:
    """Return repositories, filtered, ordered and cut to a page, with how many tags and artifacts each has."""
    question = _filter_repositories(
        sa.select(repository, namespace.c.name.label("space"), namespace.c.instance_id).join(
            namespace, namespace.c.id == repository.c.namespace_id
        ),
        instance_id,
        space,
        namespace_id,
        exact,
        contains,
    )
    if order == "id":
        question = question.where(repository.c.id > after)

    def in_order(of: Any, space: Any) -> tuple[Any, ...]:
        column = of.created_at if order == "created_at" else of.updated_at
        if order == "name":
            return (space, of.name)
        return (of.id,) if order == "id" else (column.desc() if descending else column, of.id)

    page = question.order_by(*in_order(repository.c, namespace.c.name)).offset(offset).limit(limit).subquery()
    # Counted for the page's rows only; a page has no order of its own once it is asked about again.
    counted = sa.select(page, *(_count_of(table, page.c.id) for table in (tag, artifact)))
    rows = connection.execute(counted.order_by(*in_order(page.c, page.c.space)))
    return tuple(_row(row, row.tags, row.artifacts) for row in rows)


def count_repositories(
    connection: sa.Connection, instance_id: str, *, space: str = "", namespace_id: int | None = None
) -> int:
    """Return how many repositories the filters leave."""
    question = sa.select(sa.func.count()).select_from(repository)
    if namespace_id is not None:
        question = question.where(repository.c.namespace_id == namespace_id)
    else:
        inside = sa.select(namespace.c.id).where(namespace.c.instance_id == instance_id)
        question = question.where(
            repository.c.namespace_id.in_(inside.where(namespace.c.name == space) if space else inside)
        )
    return int(connection.execute(question).scalar_one())


def ensure_repository(connection: sa.Connection, namespace_id: int, name: str, at: datetime) -> int:
    """Return the id of a repository, which appears with its first push."""
    insert_new(
        connection,
        repository,
        [
            {
                "namespace_id": namespace_id,
                "name": name,
                "description": "",
                "pull_count": 0,
                "created_at": at,
                "updated_at": at,
            }
        ],
    )
    return int(
        connection.execute(
            sa.select(repository.c.id).where(repository.c.namespace_id == namespace_id, repository.c.name == name)
        ).scalar_one()
    )


def remove_repository(connection: sa.Connection, repository_id: int) -> None:
    """Remove a repository with all that is in it."""
    for table in (tag, artifact, repository_blob, upload):
        connection.execute(sa.delete(table).where(table.c.repository_id == repository_id))
    connection.execute(sa.delete(repository).where(repository.c.id == repository_id))


def _filter_repositories(
    question: sa.Select[Any], instance_id: str, space: str, namespace_id: int | None, exact: str, contains: str
) -> sa.Select[Any]:
    # By EXISTS, so that a page walks the repositories in their order and looks up where each is.
    home = namespace.alias()
    owner = sa.select(sa.literal(1)).select_from(home).where(home.c.id == repository.c.namespace_id)
    owner = owner.where(home.c.instance_id == instance_id).correlate(repository)
    if namespace_id is not None:
        question = question.where(repository.c.namespace_id == namespace_id)
    if space:
        named = sa.select(namespace.c.id).where(namespace.c.instance_id == instance_id, namespace.c.name == space)
        question = question.where(repository.c.namespace_id.in_(named))
    else:
        question = question.where(owner.exists())
    if exact:
        question = question.where(repository.c.name == exact)
    if contains:
        question = question.where(repository.c.name.contains(contains, autoescape=True))
    return question


def _plain(connection: sa.Connection, which: sa.ColumnElement[bool]) -> list[RepositoryRow]:
    """Repositories without counts, which take as long as there are tags."""
    question = sa.select(repository, namespace.c.name.label("space"), namespace.c.instance_id)
    rows = connection.execute(question.join(namespace, namespace.c.id == repository.c.namespace_id).where(which))
    return [_row(row, 0, 0) for row in rows]


def _row(row: Any, tags: int, artifacts: int) -> RepositoryRow:
    return RepositoryRow(
        id=row.id,
        namespace_id=row.namespace_id,
        namespace=row.space,
        instance_id=row.instance_id,
        name=row.name,
        description=row.description,
        pull_count=row.pull_count,
        created_at=row.created_at,
        updated_at=row.updated_at,
        tag_count=tags,
        artifact_count=artifacts,
    )


def _count_of(table: sa.Table, repository_id: Any) -> sa.Label[int]:
    counted = sa.select(sa.func.count()).where(table.c.repository_id == repository_id)
    return counted.scalar_subquery().label(f"{table.name}s")
