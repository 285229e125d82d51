"""Chain IDs of images, by which base images are found."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the table; configs are not in the database, so the server fills it for artifacts that are there already."""
    op.create_table(
        "layer_chain",
        sa.Column("digest", NAME, nullable=False),
        sa.Column("chain", NAME, nullable=False),
        sa.Column("layers", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("layer_chain_chain", "layer_chain", ["chain"])
