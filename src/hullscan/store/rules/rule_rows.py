"""Rules of instances, by kind, as JSON bodies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hullscan.store.tables.places import namespace
from hullscan.store.tables.rules import rule


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """A rule; `namespace` is "" for one of the whole instance, `body` JSON of its kind's struct."""

    id: int
    kind: str
    instance_id: str
    namespace_id: int | None
    namespace: str
    name: str
    body: bytes
    creator: str
    next_run_at: datetime | None
    created_at: datetime
    updated_at: datetime


def add_rule(connection: sa.Connection, values: dict[str, Any]) -> int:
    """Add a rule and return its number."""
    return int(connection.execute(sa.insert(rule).values(**values).returning(rule.c.id)).scalar_one())


def change_rule(connection: sa.Connection, rule_id: int, values: dict[str, Any]) -> None:
    """Change columns of a rule."""
    connection.execute(sa.update(rule).where(rule.c.id == rule_id).values(**values))


def remove_rule(connection: sa.Connection, rule_id: int) -> None:
    """Remove a rule; what it did stays on record."""
    connection.execute(sa.delete(rule).where(rule.c.id == rule_id))


def remove_rules_of(connection: sa.Connection, namespace_id: int) -> None:
    """Remove the rules of a namespace that goes."""
    connection.execute(sa.delete(rule).where(rule.c.namespace_id == namespace_id))


def find_rule(connection: sa.Connection, kind: str, instance_id: str, rule_id: int) -> RuleRow | None:
    """Return a rule by number."""
    rows = _rows(connection, _question().where(rule.c.kind == kind, rule.c.id == rule_id), instance_id)
    return rows[0] if rows else None


def list_rules(
    connection: sa.Connection,
    kind: str,
    instance_id: str,
    *,
    namespace_id: int | None = None,
    contains: str = "",
    order: str = "id",
    descending: bool = False,
) -> list[RuleRow]:
    """Return rules of a kind, filtered and ordered."""
    question = _question().where(rule.c.kind == kind)
    if namespace_id is not None:
        question = question.where(rule.c.namespace_id == namespace_id)
    if contains:
        question = question.where(rule.c.name.contains(contains, autoescape=True))
    column = {"name": rule.c.name, "created_at": rule.c.created_at, "updated_at": rule.c.updated_at}.get(
        order, rule.c.id
    )
    return _rows(connection, question.order_by(column.desc() if descending else column, rule.c.id), instance_id)


def count_rules(connection: sa.Connection, instance_id: str) -> dict[str, int]:
    """Return how many rules of each kind an instance has."""
    rows = connection.execute(
        sa.select(rule.c.kind, sa.func.count().label("number"))
        .where(rule.c.instance_id == instance_id)
        .group_by(rule.c.kind)
    )
    return {row.kind: row.number for row in rows}


def due_rules(connection: sa.Connection, at: datetime) -> list[RuleRow]:
    """Return rules whose schedule says now."""
    return [_row(one) for one in connection.execute(_question().where(rule.c.next_run_at <= at).limit(100))]


def _question() -> sa.Select[Any]:
    return sa.select(rule, namespace.c.name.label("space")).select_from(
        rule.outerjoin(namespace, namespace.c.id == rule.c.namespace_id)
    )


def _rows(connection: sa.Connection, question: sa.Select[Any], instance_id: str) -> list[RuleRow]:
    found: Sequence[Any] = connection.execute(question.where(rule.c.instance_id == instance_id)).all()
    return [_row(one) for one in found]


def _row(row: Any) -> RuleRow:
    return RuleRow(
        id=row.id,
        kind=row.kind,
        instance_id=row.instance_id,
        namespace_id=row.namespace_id,
        namespace=row.space or "",
        name=row.name,
        body=bytes(row.body),
        creator=row.creator,
        next_run_at=row.next_run_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
