"""Packages say who built them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Those of before say nobody: they are asked for by older rules, and images that hold them are put together anew."""
    op.add_column("package", sa.Column("vendor", NAME, nullable=False, server_default=""))
