"""What is inside of layers and images."""

import sqlalchemy as sa

from hullscan.store.tables.columns import KEYED, Id, Name, UtcTime, table

layer_inventory = table(
    "layer_inventory",
    sa.Column("digest", Name, primary_key=True),
    sa.Column("detectors", Name, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
)

# One row per image (manifest digest) that was indexed.
image = table(
    "image",
    sa.Column("digest", Name, primary_key=True),
    sa.Column("detectors", Name, nullable=False),
    sa.Column("platform", Name, nullable=False),
    # JSON: distro and problems of the inventory.
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("indexed_at", UtcTime, nullable=False),
)

package = table(
    "package",
    sa.Column("id", Id, primary_key=True),
    # SHA-256 of the fields that tell packages apart.
    sa.Column("identity", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("purl", Name, nullable=False),
    sa.Column("type", Name, nullable=False),
    sa.Column("name", Name, nullable=False),
    sa.Column("version", Name, nullable=False),
    sa.Column("source", Name, nullable=False),
    sa.Column("source_version", Name, nullable=False),
    # Who built it, as its database says.
    sa.Column("vendor", Name, nullable=False, default=""),
    # The count of swaps at which what is found in it moved last (`store.reports.staleness`).
    sa.Column("moved", sa.BigInteger, nullable=False, default=0),
)

# Under which names the feeds may speak of a package: ecosystem with release, name, and version as a key.
package_query = table(
    "package_query",
    sa.Column("package_id", Id, sa.ForeignKey("package.id"), primary_key=True),
    sa.Column("ecosystem", Name, primary_key=True),
    sa.Column("name", Name, primary_key=True),
    # None: the scheme cannot read the version, so nothing can be said.
    sa.Column("version_key", sa.LargeBinary),
    sa.Column("version", Name, nullable=False),
    sa.Column("scheme", Name, nullable=False),
    sa.Column("module", Name, nullable=False),
    sa.Index("package_query_name", "ecosystem", "name"),
)

artifact_package = table(
    "artifact_package",
    sa.Column("digest", Name, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("package_id", Id, sa.ForeignKey("package.id"), nullable=False),
    sa.Column("layer", Name, nullable=False),
    sa.Column("path", Name, nullable=False),
    sa.Column("owner", Name, nullable=False),
    sa.Column("owner_version", Name, nullable=False),
    sa.Index("artifact_package_package", "package_id", "digest"),
    **KEYED,
)
