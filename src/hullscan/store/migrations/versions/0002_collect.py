"""Quotas of namespaces; a blob's link says when it was last asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add what garbage collection and quotas need."""
    op.alter_column("repository_blob", "created_at", new_column_name="used_at")
    op.add_column("namespace", sa.Column("quota_bytes", sa.BigInteger()))
    op.add_column("namespace", sa.Column("quota_artifacts", sa.Integer()))
