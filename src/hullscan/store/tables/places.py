"""Where things are: projects, their instances, namespaces and repositories."""

import sqlalchemy as sa

from hullscan.store.tables.columns import Id, Name, UtcTime, table

project = table(
    "project",
    sa.Column("id", Name, primary_key=True),
    sa.Column("account_id", Name, sa.ForeignKey("account.id"), nullable=False),
    sa.Column("name", Name, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.UniqueConstraint("account_id", "name"),
)

instance = table(
    "instance",
    sa.Column("id", Name, primary_key=True),
    sa.Column("project_id", Name, sa.ForeignKey("project.id"), nullable=False),
    sa.Column("name", Name, nullable=False),
    sa.Column("description", Name, nullable=False, default=""),
    sa.Column("anonymous_access", sa.Boolean, nullable=False, default=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.UniqueConstraint("project_id", "name"),
)

namespace = table(
    "namespace",
    sa.Column("id", Id, primary_key=True),
    sa.Column("instance_id", Name, sa.ForeignKey("instance.id"), nullable=False),
    sa.Column("name", Name, nullable=False),
    sa.Column("public", sa.Boolean, nullable=False, default=False),
    sa.Column("auto_scan", sa.Boolean, nullable=False, default=False),
    sa.Column("prevent_vul", sa.Boolean, nullable=False, default=False),
    sa.Column("severity", Name, nullable=False, default="none"),
    # None: as much as there is room for.
    sa.Column("quota_bytes", sa.BigInteger),
    sa.Column("quota_artifacts", sa.Integer),
    # None: the allowlist never expires.
    sa.Column("allowlist_expires_at", UtcTime),
    sa.Column("allowlist_created_at", UtcTime),
    sa.Column("allowlist_updated_at", UtcTime),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.UniqueConstraint("instance_id", "name"),
)

allowed_cve = table(
    "allowed_cve",
    sa.Column("namespace_id", Id, sa.ForeignKey("namespace.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("cve", Name, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
)

repository = table(
    "repository",
    sa.Column("id", Id, primary_key=True),
    sa.Column("namespace_id", Id, sa.ForeignKey("namespace.id"), nullable=False),
    # Without the namespace; may hold slashes.
    sa.Column("name", Name, nullable=False),
    sa.Column("description", Name, nullable=False, default=""),
    sa.Column("pull_count", sa.Integer, nullable=False, default=0),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.UniqueConstraint("namespace_id", "name"),
    sa.Index("repository_updated", "updated_at", "id"),
)

resource_tag = table(
    "resource_tag",
    sa.Column("project_id", Name, sa.ForeignKey("project.id"), primary_key=True),
    # instances, or namespaces (whose resource is "INSTANCE/NAMESPACE").
    sa.Column("type", Name, primary_key=True),
    sa.Column("resource_id", Name, primary_key=True),
    sa.Column("key", Name, primary_key=True),
    sa.Column("value", Name, nullable=False),
)
