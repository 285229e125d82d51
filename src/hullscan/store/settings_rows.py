"""Small things the store remembers, by key."""

import sqlalchemy as sa

from hullscan.store.database import upsert
from hullscan.store.tables.settings import setting


def read_setting(connection: sa.Connection, key: str) -> bytes | None:
    """Return what is kept under *key*."""
    found = connection.execute(sa.select(setting.c.value).where(setting.c.key == key)).scalar()
    return None if found is None else bytes(found)


def write_setting(connection: sa.Connection, key: str, value: bytes) -> None:
    """Keep *value* under *key*."""
    upsert(connection, setting, {"key": key, "value": value})
