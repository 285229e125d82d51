"""What moved in the reports of artifacts."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the log."""
    op.create_table(
        "report_change",
        sa.Column("id", ID, nullable=False),
        sa.Column("digest", NAME, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("flaw", NAME, nullable=False),
        sa.Column("package", NAME, nullable=False),
        sa.Column("version", NAME, nullable=False),
        sa.Column("severity", NAME, nullable=False),
        sa.Column("fix_version", NAME, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("report_change_at", "report_change", ["at", "id"])
    op.create_index("report_stale", "report", ["stale"])
    op.create_index("repository_updated", "repository", ["updated_at", "id"])
