"""Opening the database, and its two kinds of transaction; the only module that knows SQLite from PostgreSQL."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from hullscan.errors import StoreError
from hullscan.store import revisions
from hullscan.store.batches import batches

_BUSY_TIMEOUT_MS: Final = 60_000
_LONGEST_LOG_PAGES: Final = 16_384
"""
Pages (64 MB) of SQLite's log at which a commit brings it into the file itself; until then a server does (`checkpoint`).

An image of two thousand packages that other images hold too changes two thousand pages of an index: at SQLite's own
limit of 1,000 every push would wait for the disk.
"""


_SQLITE_FULL: Final = 13
_SQLITE_AWAY: Final = frozenset({5, 6, 8, 10, _SQLITE_FULL, 14})
"""Busy, locked, read-only, input or output, full, cannot be opened (sqlite.org/rescode.html)."""


class Queue(IntEnum):
    """Writers that must come one after another; the number of their advisory lock on PostgreSQL."""

    FINDINGS = 0x6875_6C6C
    """A feed's swap, new packages and their findings, first start."""
    BLOBS = 0x6875_6C6D
    """What makes a blob visible or names it, and what collects those that nothing names."""


def open_database(url: str) -> sa.Engine:
    """
    Return an engine on *url*, its database made or migrated if need be.

    Raises:
        StoreError: The database cannot be reached, or a newer hullscan made it.
    """
    try:
        if url.startswith("sqlite"):
            engine = _open_sqlite(url)
        else:
            # A database made under the locale C has no encoding of its own: what is sent and read is UTF-8 all the same.
            engine = sa.create_engine(
                url, pool_size=20, max_overflow=20, pool_pre_ping=True, connect_args={"client_encoding": "utf8"}
            )
        revisions.migrate(engine)
    except DBAPIError as error:
        raise StoreError(f"database {sa.make_url(url).render_as_string()}: {error.orig}") from error
    except OSError as error:
        raise StoreError(f"database {sa.make_url(url).render_as_string()}: {error}") from error
    return engine


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """
    One consistent view of the database; never waits for writers.

    Raises:
        StoreError: The database is away, or its disk is.
    """
    with _told(), engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        yield connection


@contextmanager
def writing(engine: sa.Engine, queue: Queue | None = None) -> Iterator[sa.Connection]:
    """
    One transaction that writes; all of it or nothing.

    Writers of one *queue* come one after another on PostgreSQL too; SQLite has one writer at a time anyway.

    Raises:
        StoreError: The database is away, or its disk is full or may not be written.
    """
    with _told(), engine.connect().execution_options(hullscan_writes=True) as connection, connection.begin():
        if queue is not None and connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(int(queue))))
        yield connection


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        # SQLite's driver calls a mistake in a statement so, too.
        if getattr(error.orig, "sqlite_errorcode", _SQLITE_FULL) & 0xFF not in _SQLITE_AWAY:
            raise
        raise StoreError(f"the database could not be used: {error.orig}") from error


def checkpoint(engine: sa.Engine) -> None:
    """Bring SQLite's log into its file as far as readers allow, beside reading and writing; PostgreSQL does so by itself."""
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
    finally:
        connection.close()


def insert_rows(connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: Sequence[Any]) -> None:
    """
    Insert *rows*, tuples of plain values in the order of *columns*, by the driver itself.

    For feeds, which bring a million rows: SQLAlchemy's look at each value takes longer than the database's work.
    """
    if connection.dialect.name == "postgresql":
        driver = connection.connection.driver_connection
        assert driver is not None
        with driver.cursor() as cursor, cursor.copy(f"COPY {_into(connection, table, columns)} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    elif rows:
        connection.exec_driver_sql(_insertion(connection, table, columns), list(rows))


def insert_new_rows(connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: Sequence[Any]) -> None:
    """Insert *rows* as `insert_rows` does, leaving those alone whose key is there already."""
    if rows:
        connection.exec_driver_sql(f"{_insertion(connection, table, columns)} ON CONFLICT DO NOTHING", list(rows))


def rows_of(
    connection: sa.Connection, table: sa.Table, columns: Sequence[str], key: str, values: Sequence[Any]
) -> Iterator[tuple[Any, ...]]:
    """Yield *columns* of the rows whose *key* is one of *values*, plain values all, by the driver itself; see `insert_rows`."""
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    quote = connection.dialect.identifier_preparer.quote
    chosen = f"SELECT {', '.join(quote(column) for column in columns)} FROM {table.name} WHERE {quote(key)} IN"
    for some in batches(values):
        yield from plain_rows(connection.exec_driver_sql(f"{chosen} ({', '.join([mark] * len(some))})", tuple(some)))


def _insertion(connection: sa.Connection, table: sa.Table, columns: Sequence[str]) -> str:
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    return f"INSERT INTO {_into(connection, table, columns)} VALUES ({', '.join([mark] * len(columns))})"


def _into(connection: sa.Connection, table: sa.Table, columns: Sequence[str]) -> str:
    quote = connection.dialect.identifier_preparer.quote
    return f"{table.name} ({', '.join(quote(column) for column in columns)})"


def plain_rows(result: sa.CursorResult[Any]) -> Sequence[tuple[Any, ...]]:
    """
    Return all rows as the driver gives them, for joins that bring a hundred thousand.

    SQLAlchemy wraps each row, and Python's garbage collector visits the wrappers, but not plain tuples of plain values.
    """
    assert result.cursor is not None
    return result.cursor.fetchall()


def insert_new(
    connection: sa.Connection, table: sa.Table, rows: Iterable[dict[str, Any]], *, batch: int = 5_000
) -> None:
    """Insert *rows*, leaving those alone whose key is there already."""
    statement = _insert(connection, table).on_conflict_do_nothing()
    pending: list[dict[str, Any]] = []
    for row in rows:
        pending.append(row)
        if len(pending) >= batch:
            connection.execute(statement, pending)
            pending = []
    if pending:
        connection.execute(statement, pending)


def upsert(connection: sa.Connection, table: sa.Table, row: dict[str, Any]) -> None:
    """Insert *row*, or overwrite the one with its primary key."""
    keys = [column.name for column in table.primary_key.columns]
    changes = {name: value for name, value in row.items() if name not in keys}
    statement = _insert(connection, table).values(**row)
    if changes:
        statement = statement.on_conflict_do_update(index_elements=keys, set_=changes)
    else:
        statement = statement.on_conflict_do_nothing()
    connection.execute(statement)


def _insert(connection: sa.Connection, table: sa.Table) -> Any:
    """An insert that knows ON CONFLICT; each dialect has its own, and importing the other's takes 60 ms."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as postgresql_insert

        return postgresql_insert(table)
    from sqlalchemy.dialects.sqlite import insert as sqlite_insert

    return sqlite_insert(table)


def _open_sqlite(url: str) -> sa.Engine:
    path = sa.make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, pool_size=40, max_overflow=40, connect_args={"timeout": _BUSY_TIMEOUT_MS / 1000})
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    # The driver's own idea of when to begin a transaction is switched off; `_begin_sqlite` says it.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={_BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        f"wal_autocheckpoint={_LONGEST_LOG_PAGES}",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "cache_size=-32768",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("hullscan_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
