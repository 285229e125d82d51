"""What a feed says of the support of releases and packages, in a snapshot that is being built."""

from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa
from msgspec.structs import astuple

from hullscan.model.advisory import PackageSupport, ReleaseSupport
from hullscan.store.tables.columns import FOREVER
from hullscan.store.tables.feeds import in_snapshot, package_support, release_support

Support = ReleaseSupport | PackageSupport

SUPPORT_TABLES: Final[dict[type[Support], sa.Table]] = {
    ReleaseSupport: release_support,
    PackageSupport: package_support,
}
"""Where each kind is kept; columns are called like its fields."""


class SupportRows:
    """The whole word of *feed*, which is short: written anew if it differs from the snapshot *current* at all."""

    def __init__(self, connection: sa.Connection, feed: str, current: int) -> None:
        self._feed = feed
        self._next = current + 1
        self._rows: dict[type[Support], set[tuple[Any, ...]]] = {kind: set() for kind in SUPPORT_TABLES}
        self._known = {
            kind: {
                tuple(row)
                for row in connection.execute(
                    sa.select(*(table.c[name] for name in kind.__struct_fields__)).where(
                        in_snapshot(table, feed, current)
                    )
                )
            }
            for kind, table in SUPPORT_TABLES.items()
        }

    @property
    def changed(self) -> bool:
        """Whether what was taken is not what the snapshot in use says."""
        return self._rows != self._known

    def take(self, support: Support) -> None:
        """Note *support*."""
        self._rows[type(support)].add(astuple(support))

    def finish(self, connection: sa.Connection) -> None:
        """End the rows of the snapshot in use and write those that were taken, if they are others."""
        if not self.changed:
            return
        for kind, table in SUPPORT_TABLES.items():
            connection.execute(
                sa.update(table).where(table.c.feed == self._feed, table.c.died == FOREVER).values(died=self._next)
            )
            rows = list(self._named(kind))
            if rows:
                connection.execute(sa.insert(table), rows)

    def _named(self, kind: type[Support]) -> Iterator[dict[str, Any]]:
        names = kind.__struct_fields__
        for row in self._rows[kind]:
            yield {**dict(zip(names, row, strict=True)), "feed": self._feed, "born": self._next, "died": FOREVER}
