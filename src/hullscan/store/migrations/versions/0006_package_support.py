"""Packages that get less security support than their release."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add their table."""
    op.create_table(
        "package_support",
        sa.Column("ecosystem", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("feed", NAME, nullable=False),
        sa.Column("born", sa.BigInteger(), nullable=False),
        sa.Column("died", sa.BigInteger(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=True),
        sa.Column("note", NAME, nullable=False),
        sa.PrimaryKeyConstraint("ecosystem", "name", "feed", "born"),
    )
