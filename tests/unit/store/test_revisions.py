"""Migrations bring a database to the schema, and say so."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from hullscan.services.context import Context
from hullscan.store import revisions
from hullscan.store.database import open_database, reading
from hullscan.store.reports.report_rows import find_report
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


_ROWS = """
INSERT INTO feed (name, ecosystems, current, fingerprint, location, error) VALUES ('f', '[]', 3, '', '', '');
INSERT INTO package VALUES (7, x'00', 'p', 'deb', 'n', '1', '', '');
INSERT INTO artifact_package VALUES ('b', 1, 7, 'l1', 'p1', '', ''), ('b', 0, 7, 'l0', 'p0', 'o', '1'), ('a', 0, 7, '', '', '', '');
INSERT INTO finding VALUES (7, 12, 5, 1), (7, 11, 4, 2);
INSERT INTO report VALUES ('a', 'x', 'y', 0, 'clean', 'None', '{"total": 0, "fixable": 0, "by_severity": {}}', x'5b5d', NULL, 1);
INSERT INTO report VALUES ('b', 'x', 'y', 0, 'clean', 'None', '{"total": 0, "fixable": 0, "by_severity": {}}', x'5b5d', NULL, 0);
"""


def _at(revision: str, path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(Path(revisions.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for statement in _ROWS.strip().split(";\n"):
            connection.exec_driver_sql(statement.rstrip(";"))
    engine.dispose()


def test_rows_and_marks_are_kept(tmp_path: Path) -> None:
    """Tables that 0007 keeps anew have the rows that they had; a report that was marked is stale, another is not."""
    _at("0004", tmp_path / "old.db")

    engine = open_database(f"sqlite:///{tmp_path / 'old.db'}")

    with reading(engine) as connection:
        placed = connection.execute(sa.text("SELECT digest, position, layer, owner FROM artifact_package")).all()
        found = connection.execute(
            sa.text("SELECT package_id, affected_id, advisory_id, first_seen FROM finding")
        ).all()
        stale = {digest: row.stale for digest in "ab" if (row := find_report(connection, digest)) is not None}
    engine.dispose()
    assert placed == [("a", 0, "", ""), ("b", 0, "l0", "o"), ("b", 1, "l1", "")]
    assert found == [(7, 11, 4, 2), (7, 12, 5, 1)]
    assert stale == {"a": True, "b": False}
