"""SQLite's log, brought into the file by whoever asks, beside readers; and what its refusals are told as."""

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from hullscan.errors import StoreError
from hullscan.services.context import Context
from hullscan.store.database import checkpoint, open_database, reading, writing
from hullscan.store.settings_rows import read_setting, write_setting


def _in_the_file(context: Context, folder: Path) -> bytes | None:
    """What the file holds without its log."""
    path = sa.make_url(context.settings.database_url).database
    assert path is not None
    shutil.copy(path, folder / "copy.db")
    engine = open_database(f"sqlite:///{folder / 'copy.db'}")
    with reading(engine) as connection:
        found = read_setting(connection, "test")
    engine.dispose()
    return found


def test_a_checkpoint_brings_the_log_into_the_file(sqlite_context: Context, tmp_path: Path) -> None:
    """Also while somebody reads what was there before."""
    with writing(sqlite_context.engine) as connection:
        write_setting(connection, "test", b"kept")
    with reading(sqlite_context.engine) as connection:
        assert read_setting(connection, "test") == b"kept"
        checkpoint(sqlite_context.engine)

    assert _in_the_file(sqlite_context, tmp_path) == b"kept"


def test_a_database_without_room_says_so(sqlite_context: Context) -> None:
    """As a disk's refusal, which clients may wait out; a mistake of ours in a statement stays one."""
    with pytest.raises(StoreError, match="full"), writing(sqlite_context.engine) as connection:
        pages = connection.execute(sa.text("PRAGMA page_count")).scalar_one()
        connection.execute(sa.text(f"PRAGMA max_page_count={pages}"))
        write_setting(connection, "test", bytes(1_000_000))
    with pytest.raises(OperationalError), reading(sqlite_context.engine) as connection:
        connection.execute(sa.text("SELECT * FROM nothing_of_the_kind"))
