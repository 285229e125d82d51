"""What rules did and are to do: runs as leases, with their tasks (repositories) and subtasks (artifacts)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from hullscan.store.tables.rules import run, run_part

_OVER: Final = ("Succeed", "Failed", "Stopped")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One run; `status` is Pending, InProgress, Succeed, Failed or Stopped; `body` JSON of what is asked and was done."""

    id: int
    kind: str
    instance_id: str
    rule_id: int | None
    trigger: str
    status: str
    status_text: str
    body: bytes
    attempts: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRow:
    """A task or a subtask of a run."""

    id: int
    run_id: int
    task_id: int | None
    status: str
    body: bytes
    created_at: datetime


def add_run(
    connection: sa.Connection,
    kind: str,
    instance_id: str,
    rule_id: int | None,
    trigger: str,
    body: bytes,
    at: datetime,
) -> int:
    """Add a waiting run and return its number."""
    values = {
        "kind": kind,
        "instance_id": instance_id,
        "rule_id": rule_id,
        "trigger": trigger,
        "status": "Pending",
        "status_text": "",
        "body": body,
        "attempts": 0,
        "not_before": at,
        "created_at": at,
        "updated_at": at,
    }
    return int(connection.execute(sa.insert(run).values(**values).returning(run.c.id)).scalar_one())


def take_run(connection: sa.Connection, at: datetime, lease: timedelta) -> RunRow | None:
    """Take the oldest run that is due, or whose lease ran out."""
    question = sa.select(run).where(_free(at)).order_by(run.c.id).limit(1)
    if connection.dialect.name == "postgresql":
        question = question.with_for_update(skip_locked=True)
    row = connection.execute(question).first()
    if row is None:
        return None
    changes = {"status": "InProgress", "attempts": row.attempts + 1, "lease_until": at + lease, "updated_at": at}
    connection.execute(sa.update(run).where(run.c.id == row.id).values(**changes))
    connection.execute(sa.delete(run_part).where(run_part.c.run_id == row.id))
    return _row(row, status="InProgress", attempts=row.attempts + 1)


def is_waiting(connection: sa.Connection, at: datetime) -> bool:
    """Say whether there may be a run to take."""
    return connection.execute(sa.select(run.c.id).where(_free(at)).limit(1)).first() is not None


def end_run(connection: sa.Connection, run_id: int, status: str, text: str, body: bytes, at: datetime) -> None:
    """End a run, unless it was stopped meanwhile."""
    connection.execute(
        sa.update(run)
        .where(run.c.id == run_id, run.c.status == "InProgress")
        .values(status=status, status_text=text, body=body, lease_until=None, updated_at=at)
    )


def put_off(connection: sa.Connection, run_id: int, text: str, not_before: datetime, at: datetime) -> None:
    """Give a run back, to be tried again at *not_before*."""
    connection.execute(
        sa.update(run)
        .where(run.c.id == run_id, run.c.status == "InProgress")
        .values(status="Pending", status_text=text, lease_until=None, not_before=not_before, updated_at=at)
    )


def stop_run(connection: sa.Connection, run_id: int, at: datetime) -> bool:
    """Stop a run that waits or is under way; False if it is over."""
    result = connection.execute(
        sa.update(run)
        .where(run.c.id == run_id, run.c.status.in_(("Pending", "InProgress")))
        .values(status="Stopped", lease_until=None, updated_at=at)
    )
    return bool(result.rowcount)


def is_stopped(connection: sa.Connection, run_id: int) -> bool:
    """Say whether somebody stopped a run."""
    return connection.execute(sa.select(run.c.status).where(run.c.id == run_id)).scalar() == "Stopped"


def find_run(connection: sa.Connection, kind: str, instance_id: str, run_id: int) -> RunRow | None:
    """Return a run by number."""
    row = connection.execute(
        sa.select(run).where(run.c.kind == kind, run.c.instance_id == instance_id, run.c.id == run_id)
    ).first()
    return None if row is None else _row(row, status=row.status, attempts=row.attempts)


def list_runs(
    connection: sa.Connection,
    kind: str,
    instance_id: str,
    *,
    rule_id: int | None = None,
    status: str = "",
    before: int | None = None,
    offset: int = 0,
    limit: int,
) -> list[RunRow]:
    """Return at most *limit* runs, the newest first, those older than the run *before* if it is given."""
    question = sa.select(run).where(*_runs_of(kind, instance_id, rule_id, status))
    if before is not None:
        question = question.where(run.c.id < before)
    rows = connection.execute(question.order_by(run.c.id.desc()).offset(offset).limit(limit))
    return [_row(row, status=row.status, attempts=row.attempts) for row in rows]


def count_runs(
    connection: sa.Connection, kind: str, instance_id: str, *, rule_id: int | None = None, status: str = ""
) -> int:
    """Return how many runs there are."""
    question = sa.select(sa.func.count()).select_from(run).where(*_runs_of(kind, instance_id, rule_id, status))
    return int(connection.execute(question).scalar_one())


def forget_runs(connection: sa.Connection, before: datetime, *, most: int) -> int:
    """Delete at most *most* runs that were over before *before*, with their parts, and return how many that were."""
    over = sa.select(run.c.id).where(run.c.status.in_(_OVER), run.c.updated_at < before).order_by(run.c.id).limit(most)
    numbers = list(connection.execute(over).scalars())
    connection.execute(sa.delete(run_part).where(run_part.c.run_id.in_(numbers)))
    connection.execute(sa.delete(run).where(run.c.id.in_(numbers)))
    return len(numbers)


def add_part(
    connection: sa.Connection, run_id: int, task_id: int | None, status: str, body: bytes, at: datetime
) -> int:
    """Add a task (*task_id* None) or a subtask, and return its number."""
    values = {"run_id": run_id, "task_id": task_id, "status": status, "body": body, "created_at": at}
    return int(connection.execute(sa.insert(run_part).values(**values).returning(run_part.c.id)).scalar_one())


def list_parts(
    connection: sa.Connection, run_id: int, task_id: int | None, *, status: str = "", offset: int = 0, limit: int
) -> list[PartRow]:
    """Return at most *limit* of a run's tasks (*task_id* None), or of a task's subtasks, in the order of their making."""
    rows = connection.execute(
        sa.select(run_part)
        .where(*_parts_of(run_id, task_id, status))
        .order_by(run_part.c.id)
        .offset(offset)
        .limit(limit)
    )
    return [
        PartRow(
            id=row.id,
            run_id=row.run_id,
            task_id=row.task_id,
            status=row.status,
            body=bytes(row.body),
            created_at=row.created_at,
        )
        for row in rows
    ]


def count_parts(connection: sa.Connection, run_id: int, task_id: int | None, *, status: str = "") -> int:
    """Return how many tasks (*task_id* None) a run has, or subtasks a task."""
    question = sa.select(sa.func.count()).select_from(run_part).where(*_parts_of(run_id, task_id, status))
    return int(connection.execute(question).scalar_one())


def is_task(connection: sa.Connection, run_id: int, task_id: int) -> bool:
    """Say whether a run has this task."""
    task = (run_part.c.id == task_id, run_part.c.run_id == run_id, run_part.c.task_id.is_(None))
    return connection.execute(sa.select(run_part.c.id).where(*task)).first() is not None


def _runs_of(kind: str, instance_id: str, rule_id: int | None, status: str) -> list[sa.ColumnElement[bool]]:
    found = [run.c.kind == kind, run.c.instance_id == instance_id]
    if rule_id is not None:
        found.append(run.c.rule_id == rule_id)
    if status:
        found.append(run.c.status == status)
    return found


def _parts_of(run_id: int, task_id: int | None, status: str) -> list[sa.ColumnElement[bool]]:
    found = [run_part.c.run_id == run_id]
    found.append(run_part.c.task_id.is_(None) if task_id is None else run_part.c.task_id == task_id)
    if status:
        found.append(run_part.c.status == status)
    return found


def _free(at: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(
        sa.and_(run.c.status == "Pending", run.c.not_before <= at),
        sa.and_(run.c.status == "InProgress", run.c.lease_until < at),
    )


def _row(row: Any, *, status: str, attempts: int) -> RunRow:
    return RunRow(
        id=row.id,
        kind=row.kind,
        instance_id=row.instance_id,
        rule_id=row.rule_id,
        trigger=row.trigger,
        status=status,
        status_text=row.status_text,
        body=bytes(row.body),
        attempts=attempts,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
