"""Brings a database to the schema of this release, forward only."""

from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, ProgrammingError

from hullscan.errors import StoreError

HEAD: Final = "0008"
"""The newest revision under `migrations/versions`; a test compares it with Alembic's own answer."""


def migrate(engine: sa.Engine) -> None:
    """
    Run the migrations that *engine*'s database lacks; a look at one row when there are none.

    Raises:
        StoreError: A newer hullscan made this database.
    """
    current = current_revision(engine)
    if current == HEAD:
        return
    if current is not None and current > HEAD:
        raise StoreError(f"the database is at revision {current}, newer than this hullscan ({HEAD}): upgrade hullscan")
    from alembic import command  # a third of a second to import, and only new databases need it
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.connect().execution_options(hullscan_writes=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(1752525164)"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def current_revision(engine: sa.Engine) -> str | None:
    """Return the revision of *engine*'s database, None if it is empty."""
    with engine.connect() as connection:
        try:
            return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        except (OperationalError, ProgrammingError) as error:
            # Both databases have an error of their own for a table that is not there; anything else is real.
            if "alembic_version" in str(error.orig):
                return None
            raise
