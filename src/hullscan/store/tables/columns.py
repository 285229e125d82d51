"""What all tables are made of: their kinds of columns, and the metadata that gathers them."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

FOREVER: Final = 2**62
"""`died` of a row that no later snapshot has removed."""

metadata: Final = sa.MetaData()

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC, stored as microseconds since 1970: sorts and compares alike on both databases."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        if value is None:
            return None
        return (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(microseconds=value)


Name: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text in byte order on both databases."""

Id: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A row number; SQLite counts only plain INTEGER keys."""


KEYED: Final = {"sqlite_with_rowid": False}
"""For large tables: SQLite keeps the rows in the order of the key, and not beside an index of it."""


def table(name: str, *parts: sa.schema.SchemaItem, **options: Any) -> sa.Table:
    return sa.Table(name, metadata, *parts, **options)
