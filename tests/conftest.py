"""Fixtures that more than one room's tests use."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from hullscan.services.context import Context, open_context
from hullscan.settings import Settings

_POSTGRES = os.environ.get("HULLSCAN_TEST_POSTGRES", "")


@pytest.fixture(params=["sqlite", "postgresql"])
def context(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Context]:
    """A new store, on SQLite and on PostgreSQL (skipped where HULLSCAN_TEST_POSTGRES names none)."""
    environment = {"HULLSCAN_DATA_DIR": str(tmp_path / "data")}
    if request.param == "postgresql":
        if not _POSTGRES:
            pytest.skip("no PostgreSQL: set HULLSCAN_TEST_POSTGRES to an empty database's address")
        environment["HULLSCAN_DATABASE_URL"] = _POSTGRES
        _empty(_POSTGRES)
    opened = open_context(Settings.from_environment(environment))
    yield opened
    opened.engine.dispose()


@pytest.fixture
def sqlite_context(tmp_path: Path) -> Iterator[Context]:
    """A new store on SQLite, for what does not depend on the database."""
    opened = open_context(Settings.from_environment({"HULLSCAN_DATA_DIR": str(tmp_path / "data")}))
    yield opened
    opened.engine.dispose()


def _empty(url: str) -> None:
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    engine.dispose()
