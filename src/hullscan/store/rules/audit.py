"""The audit log of an instance."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from hullscan.store.tables.rules import audit_log


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Somebody did something: `operation` is pull, create or delete; `resource_type` artifact, repository, tag or project."""

    instance_id: str
    operation: str
    resource_type: str
    resource: str
    username: str
    at: datetime
    id: int = 0


def note_acts(connection: sa.Connection, acts: list[Act]) -> None:
    """Write acts to the log."""
    if acts:
        connection.execute(
            sa.insert(audit_log),
            [
                {
                    "instance_id": one.instance_id,
                    "operation": one.operation,
                    "resource_type": one.resource_type,
                    "resource": one.resource,
                    "username": one.username,
                    "at": one.at,
                }
                for one in acts
            ],
        )


def list_acts(
    connection: sa.Connection, instance_id: str, operation: str, *, offset: int, limit: int
) -> tuple[list[Act], int]:
    """Return acts of one operation, the newest first, and how many there are."""
    where = (audit_log.c.instance_id == instance_id, audit_log.c.operation == operation)
    total = connection.execute(sa.select(sa.func.count()).select_from(audit_log).where(*where)).scalar_one()
    rows = connection.execute(
        sa.select(audit_log).where(*where).order_by(audit_log.c.id.desc()).offset(offset).limit(limit)
    )
    acts = [
        Act(
            id=row.id,
            instance_id=row.instance_id,
            operation=row.operation,
            resource_type=row.resource_type,
            resource=row.resource,
            username=row.username,
            at=row.at,
        )
        for row in rows
    ]
    return acts, int(total)


def forget_acts(connection: sa.Connection, before: datetime, *, most: int) -> int:
    """Delete what was done before *before*, of the *most* oldest acts, and return how many that were."""
    oldest = sa.select(audit_log.c.id).order_by(audit_log.c.id).limit(most)
    result = connection.execute(
        sa.delete(audit_log).where(audit_log.c.id.in_(oldest.scalar_subquery()), audit_log.c.at < before)
    )
    return result.rowcount
