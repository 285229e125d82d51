"""Row numbers that are kept: those of this database, and no more of them than may be."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from hullscan.model.package import Package
from hullscan.services.context import Context, now, open_context
from hullscan.services.indexing.known_packages import KnownPackages
from hullscan.settings import Settings
from hullscan.store.database import writing
from hullscan.store.reports.findings import add_packages, identity_of


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    opened = open_context(Settings.from_environment({"HULLSCAN_DATA_DIR": str(tmp_path)}))
    yield opened
    opened.close()


def _identity(name: str) -> bytes:
    return identity_of(_package(name), "")


def _package(name: str) -> Package:
    return Package(type="pypi", name=name, version="1")


def _stored(engine: sa.Engine, name: str) -> int:
    with writing(engine) as connection:
        return add_packages(connection, [(_identity(name), _package(name), ())], now())[_identity(name)]


def test_what_the_store_has_is_found_and_nothing_else(context: Context) -> None:
    known = KnownPackages()
    number = _stored(context.engine, "a")

    assert known.numbers(context.engine, [_identity("a"), _identity("b")]) == {_identity("a"): number}


def test_what_came_since_is_found(context: Context) -> None:
    """Another process may have put it there: that it was not there before is not remembered."""
    known = KnownPackages()
    assert known.numbers(context.engine, [_identity("a")]) == {}
    number = _stored(context.engine, "a")

    assert known.numbers(context.engine, [_identity("a")]) == {_identity("a"): number}


def test_databases_are_kept_apart(context: Context, tmp_path: Path) -> None:
    known = KnownPackages()
    known.keep(context.engine, {_identity("a"): 7})
    other = open_context(Settings.from_environment({"HULLSCAN_DATA_DIR": str(tmp_path / "other")}))
    try:
        assert known.numbers(context.engine, [_identity("a")]) == {_identity("a"): 7}
        assert known.numbers(other.engine, [_identity("a")]) == {}
    finally:
        other.close()


def test_the_others_make_room(context: Context) -> None:
    known = KnownPackages(most_kept=2)
    known.keep(context.engine, {_identity("a"): 7, _identity("b"): 8})
    known.keep(context.engine, {_identity("c"): 9})

    names = [_identity(name) for name in "abc"]
    assert known.numbers(context.engine, names) == {_identity("c"): 9}
