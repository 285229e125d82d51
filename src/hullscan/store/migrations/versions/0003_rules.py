"""Rules of instances and what they did, credentials, the audit log, resource tags."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "rule",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("instance_id", NAME, nullable=False),
        sa.Column("namespace_id", ID),
        sa.Column("name", NAME, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("creator", NAME, nullable=False),
        sa.Column("next_run_at", sa.BigInteger()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"]),
        sa.ForeignKeyConstraint(["namespace_id"], ["namespace.id"]),
    )
    op.create_index("rule_kind", "rule", ["kind", "instance_id", "namespace_id"])
    op.create_index("rule_next_run", "rule", ["next_run_at"])
    op.create_table(
        "run",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("instance_id", NAME, nullable=False),
        sa.Column("rule_id", ID),
        sa.Column("trigger", NAME, nullable=False),
        sa.Column("status", NAME, nullable=False),
        sa.Column("status_text", NAME, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("run_status", "run", ["status", "not_before"])
    op.create_index("run_rule", "run", ["rule_id", "kind"])
    op.create_table(
        "run_part",
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", ID, nullable=False),
        sa.Column("task_id", ID),
        sa.Column("status", NAME, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"]),
    )
    op.create_index("run_part_run", "run_part", ["run_id", "task_id"])
    op.create_table(
        "login_credential",
        sa.Column("id", NAME, nullable=False),
        sa.Column("instance_id", NAME, nullable=False),
        sa.Column("user_id", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
    )
    op.create_index("login_credential_digest", "login_credential", ["digest"])
    op.create_index("login_credential_instance", "login_credential", ["instance_id", "user_id"])
    op.create_table(
        "audit_log",
        sa.Column("id", ID, nullable=False),
        sa.Column("instance_id", NAME, nullable=False),
        sa.Column("operation", NAME, nullable=False),
        sa.Column("resource_type", NAME, nullable=False),
        sa.Column("resource", NAME, nullable=False),
        sa.Column("username", NAME, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("audit_log_operation", "audit_log", ["instance_id", "operation", "id"])
    op.create_table(
        "resource_tag",
        sa.Column("project_id", NAME, nullable=False),
        sa.Column("type", NAME, nullable=False),
        sa.Column("resource_id", NAME, nullable=False),
        sa.Column("key", NAME, nullable=False),
        sa.Column("value", NAME, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "type", "resource_id", "key"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"]),
    )
    op.create_table(
        "user_group",
        sa.Column("id", NAME, nullable=False),
        sa.Column("account_id", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.UniqueConstraint("account_id", "name"),
    )
    op.create_table(
        "group_member",
        sa.Column("group_id", NAME, nullable=False),
        sa.Column("user_id", NAME, nullable=False),
        sa.PrimaryKeyConstraint("group_id", "user_id"),
        sa.ForeignKeyConstraint(["group_id"], ["user_group.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
    )
    op.create_table(
        "access_policy",
        sa.Column("name", NAME, nullable=False),
        sa.Column("document", NAME, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "attached_policy",
        sa.Column("policy", NAME, nullable=False),
        # A user's or a group's id.
        sa.Column("holder_id", NAME, nullable=False),
        sa.Column("project_id", NAME, nullable=False),
        sa.PrimaryKeyConstraint("policy", "holder_id", "project_id"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"]),
    )
    # Grants become attachments of the system policies.
    op.execute(
        "INSERT INTO attached_policy (policy, holder_id, project_id) SELECT policy, user_id, project_id FROM access_grant"
    )
    op.drop_table("access_grant")
    op.add_column("access_key", sa.Column("security_token", sa.LargeBinary()))
    op.add_column("access_key", sa.Column("expires_at", sa.BigInteger()))
    for name in ("accessory_type", "accessory_of"):
        op.add_column("artifact", sa.Column(name, NAME, nullable=False, server_default=""))
    op.execute("UPDATE artifact SET accessory_of = subject, accessory_type = 'subject' WHERE subject <> ''")
    op.create_index("artifact_accessory", "artifact", ["repository_id", "accessory_of"])
