"""${message}"""

import sqlalchemy as sa
from alembic import op

from hullscan.store.schema import Id, Name, UtcTime

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
