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


def replace_setting(connection: sa.Connection, key: str, old: bytes, value: bytes) -> bool:
    """Keep *value* under *key* if *old* is kept there; False if somebody else was quicker."""
    result = connection.execute(
        sa.update(setting).where(setting.c.key == key, setting.c.value == old).values(value=value)
    )
    return bool(result.rowcount)
