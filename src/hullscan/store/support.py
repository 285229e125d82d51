"""How long releases of distributions are supported, as the snapshots in use say."""

import sqlalchemy as sa

from hullscan.model.advisory import ReleaseSupport
from hullscan.store.schema import feed, release_support


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
