"""Packages say when they moved last, and reports when they were looked at; large tables in the order of their keys."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Take the marks that reports have as made up to now."""
    op.add_column("package", sa.Column("moved", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("report", sa.Column("swaps", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute("UPDATE report SET swaps = (SELECT coalesce(sum(current), 0) FROM feed)")
    op.create_index("report_swaps", "report", ["swaps"])
    if op.get_bind().dialect.name == "sqlite":
        _in_order_of_keys()


def _in_order_of_keys() -> None:
    """SQLite cannot change how a table is kept: each is copied."""
    _copied(
        "artifact_package",
        sa.Column("digest", NAME, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("package_id", ID, nullable=False),
        sa.Column("layer", NAME, nullable=False),
        sa.Column("path", NAME, nullable=False),
        sa.Column("owner", NAME, nullable=False),
        sa.Column("owner_version", NAME, nullable=False),
        sa.ForeignKeyConstraint(["package_id"], ["package.id"]),
        sa.PrimaryKeyConstraint("digest", "position"),
    )
    op.create_index("artifact_package_package", "artifact_package", ["package_id", "digest"])
    _copied(
        "finding",
        sa.Column("package_id", ID, nullable=False),
        sa.Column("affected_id", ID, nullable=False),
        sa.Column("advisory_id", ID, nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["package_id"], ["package.id"]),
        sa.PrimaryKeyConstraint("package_id", "affected_id"),
    )
    op.create_index("finding_advisory", "finding", ["advisory_id"])


def _copied(name: str, *parts: sa.schema.SchemaItem) -> None:
    op.rename_table(name, f"{name}_old")
    op.create_table(name, *parts, sqlite_with_rowid=False)
    columns = ", ".join(part.name for part in parts if isinstance(part, sa.Column))
    op.execute(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {name}_old ORDER BY 1, 2")
    op.drop_table(f"{name}_old")
