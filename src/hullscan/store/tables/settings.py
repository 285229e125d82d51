"""What the store knows of itself."""

import sqlalchemy as sa

from hullscan.store.tables.columns import Name, table

setting = table(
    "setting",
    sa.Column("key", Name, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)
