"""What an instance was told to do, and what was done in it."""

import sqlalchemy as sa

from hullscan.store.tables.columns import Id, Name, UtcTime, table

rule = table(
    "rule",
    sa.Column("id", Id, primary_key=True),
    # immutable, retention, signature, replication, registry, webhook, gc or endpoint.
    sa.Column("kind", Name, nullable=False),
    sa.Column("instance_id", Name, sa.ForeignKey("instance.id"), nullable=False),
    # None: of the whole instance.
    sa.Column("namespace_id", Id, sa.ForeignKey("namespace.id")),
    sa.Column("name", Name, nullable=False),
    # JSON of the kind's struct in `model.rules`.
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("creator", Name, nullable=False),
    # When its schedule says so next; None without a schedule.
    sa.Column("next_run_at", UtcTime),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Index("rule_kind", "kind", "instance_id", "namespace_id"),
    sa.Index("rule_next_run", "next_run_at"),
)

run = table(
    "run",
    sa.Column("id", Id, primary_key=True),
    sa.Column("kind", Name, nullable=False),
    sa.Column("instance_id", Name, nullable=False),
    sa.Column("rule_id", Id),
    # manual, scheduled or event_based.
    sa.Column("trigger", Name, nullable=False),
    # Pending, InProgress, Succeed, Failed or Stopped.
    sa.Column("status", Name, nullable=False),
    sa.Column("status_text", Name, nullable=False, default=""),
    # JSON: what it was asked to do, and what came of it.
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("not_before", UtcTime, nullable=False),
    # As a scan's: a worker that died lets it run out.
    sa.Column("lease_until", UtcTime),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Index("run_status", "status", "not_before"),
    sa.Index("run_rule", "rule_id", "kind"),
)

run_part = table(
    "run_part",
    sa.Column("id", Id, primary_key=True),
    sa.Column("run_id", Id, sa.ForeignKey("run.id"), nullable=False),
    # None: a task (one repository); else a subtask of it (one artifact).
    sa.Column("task_id", Id),
    sa.Column("status", Name, nullable=False),
    # JSON.
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Index("run_part_run", "run_id", "task_id"),
)

audit_log = table(
    "audit_log",
    sa.Column("id", Id, primary_key=True),
    sa.Column("instance_id", Name, nullable=False),
    # pull, create or delete.
    sa.Column("operation", Name, nullable=False),
    # artifact, repository, tag or project.
    sa.Column("resource_type", Name, nullable=False),
    sa.Column("resource", Name, nullable=False),
    sa.Column("username", Name, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Index("audit_log_operation", "instance_id", "operation", "id"),
)
