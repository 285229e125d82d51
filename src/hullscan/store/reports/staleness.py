"""
Which reports a swap moved under.

Swaps are counted over all feeds. A package carries the count at which what is found in it moved last, a report the
count it was rendered at: it is stale if one of its packages moved since. A swap writes to the packages it names and to no
report, so it takes as long for one image as for a hundred thousand.
"""

from typing import Final

import sqlalchemy as sa

from hullscan.store.tables.feeds import feed
from hullscan.store.tables.inventories import artifact_package, package
from hullscan.store.tables.reports import report

_SWAPS: Final = sa.select(sa.cast(sa.func.sum(feed.c.current), sa.BigInteger)).scalar_subquery()

_MOVED: Final = (
    sa.select(sa.literal_column("1"))
    .select_from(artifact_package.join(package, package.c.id == artifact_package.c.package_id))
    .where(artifact_package.c.digest == report.c.digest, package.c.moved > report.c.swaps)
    .correlate(report)
    .exists()
)

STALE: Final = sa.or_(report.c.stale, sa.and_(report.c.swaps < _SWAPS, _MOVED))
"""Whether a row of `report` must be rendered anew: it is marked, or one of its packages moved since."""


def swaps_made(connection: sa.Connection) -> int:
    """Return how many swaps the store has seen: each moves one feed's number by one."""
    return connection.execute(sa.select(_SWAPS)).scalar() or 0


def mark_moved(connection: sa.Connection, packages: sa.Select[tuple[int]] | sa.TextClause) -> None:
    """Note in *packages* (a query for their numbers) that what is found in them moves with the swap being made."""
    made = swaps_made(connection)
    chosen = packages.columns(package.c.id) if isinstance(packages, sa.TextClause) else packages
    connection.execute(sa.update(package).where(package.c.moved < made, package.c.id.in_(chosen)).values(moved=made))


def mark_all_reports(connection: sa.Connection) -> None:
    """Mark every report as stale, for what moves without any package."""
    connection.execute(sa.update(report).values(stale=True))


def settle(connection: sa.Connection, most: int) -> int:
    """Look at up to *most* reports that are older than the last swap: those that are stale are marked. Return their number."""
    older = sa.select(report.c.digest).where(report.c.swaps < _SWAPS).limit(most)
    done = connection.execute(sa.update(report).where(report.c.digest.in_(older)).values(stale=STALE, swaps=_SWAPS))
    return done.rowcount


def are_settled(connection: sa.Connection) -> bool:
    """Say whether all reports have been looked at since the last swap."""
    return connection.execute(sa.select(report.c.digest).where(report.c.swaps < _SWAPS).limit(1)).first() is None
