"""How long releases of distributions, and single packages of them, are supported, as the snapshots in use say."""

from collections.abc import Collection

import sqlalchemy as sa

from hullscan.model.advisory import PackageSupport, ReleaseSupport
from hullscan.store.tables.feeds import feed, package_support, release_support


def load_support(connection: sa.Connection, distro: str) -> dict[tuple[str, str], ReleaseSupport]:
    """Return the releases of *distro* (os-release ID) by (distro, version)."""
    columns = release_support.c
    visible = sa.and_(feed.c.name == columns.feed, columns.born <= feed.c.current, columns.died > feed.c.current)
    rows = connection.execute(sa.select(release_support).join(feed, visible).where(columns.distro == distro))
    return {
        (row.distro, row.version_id): ReleaseSupport(
            distro=row.distro,
            version_id=row.version_id,
            codename=row.codename,
            ends=row.ends,
            extended_ends=row.extended_ends,
        )
        for row in rows
    }


def load_package_support(connection: sa.Connection, ecosystems: Collection[str]) -> tuple[PackageSupport, ...]:
    """Return what is said of single packages of *ecosystems*, which the releases' are."""
    columns = package_support.c
    visible = sa.and_(feed.c.name == columns.feed, columns.born <= feed.c.current, columns.died > feed.c.current)
    wanted = {base for ecosystem in ecosystems for base in (ecosystem, ecosystem.partition(":")[0])}
    rows = connection.execute(
        sa.select(package_support)
        .join(feed, visible)
        .where(columns.ecosystem.in_(sorted(wanted)))
        .order_by(columns.ecosystem, columns.name)
    )
    return tuple(PackageSupport(ecosystem=row.ecosystem, name=row.name, ends=row.ends, note=row.note) for row in rows)
