"""Namespaces with their scan policy and allowlist."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hullscan.store.tables.places import allowed_cve, namespace, repository


@dataclass(frozen=True, slots=True, kw_only=True)
class NamespaceRow:
    """A namespace; `severity` is the threshold of pull blocking, lower case; `allowlist` CVE ids in order."""

    id: int
    instance_id: str
    name: str
    public: bool
    auto_scan: bool
    prevent_vul: bool
    severity: str
    quota_bytes: int | None
    quota_artifacts: int | None
    repositories: int
    allowlist: tuple[str, ...]
    allowlist_expires_at: datetime | None
    allowlist_created_at: datetime | None
    allowlist_updated_at: datetime | None
    created_at: datetime
    updated_at: datetime


def add_namespace(connection: sa.Connection, values: dict[str, Any]) -> int | None:
    """Add a namespace and return its id; None if the instance has one of that name."""
    known = sa.select(namespace.c.id).where(
        namespace.c.instance_id == values["instance_id"], namespace.c.name == values["name"]
    )
    if connection.execute(known).first() is not None:
        return None
    result = connection.execute(sa.insert(namespace).values(**values).returning(namespace.c.id))
    return int(result.scalar_one())


def find_namespace(connection: sa.Connection, instance_id: str, name: str) -> NamespaceRow | None:
    """Return a namespace by name."""
    rows = list_namespaces(connection, instance_id, exact=name)
    return rows[0] if rows else None


def list_namespaces(
    connection: sa.Connection,
    instance_id: str,
    *,
    exact: str = "",
    contains: str = "",
    public: bool | None = None,
    order: str = "updated_at",
    descending: bool = True,
    offset: int = 0,
    limit: int | None = None,
) -> tuple[NamespaceRow, ...]:
    """Return namespaces of an instance, filtered, ordered and cut to a page."""
    question = _filtered(sa.select(namespace), instance_id, exact, contains, public)
    column = (
        namespace.c.name
        if order == "name"
        else namespace.c.created_at
        if order == "created_at"
        else namespace.c.updated_at
    )
    question = question.order_by(column.desc() if descending else column, namespace.c.id).offset(offset).limit(limit)
    rows = connection.execute(question).all()
    ids = [row.id for row in rows]
    counts = {
        row.namespace_id: row.number
        for row in connection.execute(
            sa.select(repository.c.namespace_id, sa.func.count().label("number"))
            .where(repository.c.namespace_id.in_(ids))
            .group_by(repository.c.namespace_id)
        )
    }
    allowed: dict[int, list[str]] = {}
    for row in connection.execute(
        sa.select(allowed_cve).where(allowed_cve.c.namespace_id.in_(ids)).order_by(allowed_cve.c.position)
    ):
        allowed.setdefault(row.namespace_id, []).append(row.cve)
    return tuple(
        NamespaceRow(
            id=row.id,
            instance_id=row.instance_id,
            name=row.name,
            public=bool(row.public),
            auto_scan=bool(row.auto_scan),
            prevent_vul=bool(row.prevent_vul),
            severity=row.severity,
            quota_bytes=row.quota_bytes,
            quota_artifacts=row.quota_artifacts,
            repositories=counts.get(row.id, 0),
            allowlist=tuple(allowed.get(row.id, ())),
            allowlist_expires_at=row.allowlist_expires_at,
            allowlist_created_at=row.allowlist_created_at,
            allowlist_updated_at=row.allowlist_updated_at,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
        for row in rows
    )


def count_namespaces(
    connection: sa.Connection, instance_id: str, *, contains: str = "", public: bool | None = None
) -> int:
    """Return how many namespaces the filters leave."""
    question = _filtered(sa.select(sa.func.count()).select_from(namespace), instance_id, "", contains, public)
    return int(connection.execute(question).scalar_one())


def change_namespace(
    connection: sa.Connection, namespace_id: int, values: dict[str, Any], allowlist: tuple[str, ...] | None
) -> None:
    """Change columns of a namespace, and its allowlist if one is given."""
    connection.execute(sa.update(namespace).where(namespace.c.id == namespace_id).values(**values))
    if allowlist is not None:
        connection.execute(sa.delete(allowed_cve).where(allowed_cve.c.namespace_id == namespace_id))
        if allowlist:
            connection.execute(
                sa.insert(allowed_cve),
                [
                    {"namespace_id": namespace_id, "cve": cve, "position": position}
                    for position, cve in enumerate(allowlist)
                ],
            )


def remove_namespace(connection: sa.Connection, namespace_id: int) -> bool:
    """Remove a namespace that holds no repository; False if it holds one."""
    if connection.execute(sa.select(repository.c.id).where(repository.c.namespace_id == namespace_id).limit(1)).first():
        return False
    connection.execute(sa.delete(allowed_cve).where(allowed_cve.c.namespace_id == namespace_id))
    connection.execute(sa.delete(namespace).where(namespace.c.id == namespace_id))
    return True


def _filtered(
    question: sa.Select[Any], instance_id: str, exact: str, contains: str, public: bool | None
) -> sa.Select[Any]:
    question = question.where(namespace.c.instance_id == instance_id)
    if exact:
        question = question.where(namespace.c.name == exact)
    if contains:
        question = question.where(namespace.c.name.contains(contains, autoescape=True))
    if public is not None:
        question = question.where(namespace.c.public.is_(public))
    return question
