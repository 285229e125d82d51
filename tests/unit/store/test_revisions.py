"""Migrations bring a database to the schema, and say so."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from hullscan.services.context import Context
from hullscan.store import revisions
from hullscan.store.database import reading
from hullscan.store.schema import metadata


def test_the_newest_revision() -> None:
    """The constant that spares a look at Alembic is Alembic's own answer."""
    folder = Path(revisions.__file__).parent / "migrations"

    assert ScriptDirectory(str(folder)).get_current_head() == revisions.HEAD


def test_migrations_make_the_schema(context: Context) -> None:
    """A new database, which goes through all of them, has the tables, columns and indexes of the schema, and no others."""
    with reading(context.engine) as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)

    assert differences == []
