"""Layer inventories and images' packages: what is inside, by digest, so that repositories share it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa

from hullscan.errors import NOT_JSON, StoreError
from hullscan.model.package import Distro, Inventory, SourcePackage
from hullscan.model.report import Problem
from hullscan.store.database import insert_new, insert_rows, plain_rows, upsert
from hullscan.store.tables.inventories import artifact_package, image, layer_inventory, package
from hullscan.store.tables.reports import report


class _ImageBody(msgspec.Struct, frozen=True):
    """What an image's row keeps beside its packages."""

    distro: Distro | None
    problems: tuple[Problem, ...]
    other_distros: tuple[Distro, ...] = ()


IN_PART: Final = " in part"
"""How the detectors' identity ends of an image that was indexed while something that it names was missing."""

_PLACE_COLUMNS: Final = ("digest", "position", "package_id", "layer", "path", "owner", "owner_version")

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_ImageBody)


class PlacedPackage(msgspec.Struct, frozen=True, gc=False):
    """A package row where one image holds it; made by position, as an image holds thousands."""

    owner: SourcePackage | None
    package_id: int
    purl: str
    type: str
    name: str
    version: str
    source: str
    source_version: str
    vendor: str
    layer: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredImage:
    """An image that was indexed, or an index of several: `distros` are those of all."""

    digest: str
    platform: str
    detectors: str
    distros: tuple[Distro, ...]
    problems: tuple[Problem, ...]
    packages: tuple[PlacedPackage, ...]


def layer_bodies(connection: sa.Connection, digests: Sequence[str], detectors: str) -> dict[str, bytes]:
    """Return the encoded inventories of those layers that *detectors* has seen."""
    rows = connection.execute(
        sa.select(layer_inventory.c.digest, layer_inventory.c.body).where(
            layer_inventory.c.digest.in_(list(digests)), layer_inventory.c.detectors == detectors
        )
    )
    return {row.digest: row.body for row in rows}


def add_layers(connection: sa.Connection, bodies: Mapping[str, bytes], detectors: str, at: datetime) -> None:
    """Keep the encoded inventories of layers, by digest."""
    insert_new(
        connection,
        layer_inventory,
        [{"digest": digest, "detectors": detectors, "body": body, "created_at": at} for digest, body in bodies.items()],
    )


def image_is_indexed(connection: sa.Connection, digest: str, detectors: str) -> bool:
    """Say whether the image *digest* was indexed by *detectors*."""
    found = connection.execute(sa.select(image.c.detectors).where(image.c.digest == digest)).scalar()
    return found == detectors


def image_problems(connection: sa.Connection, digest: str, detectors: str) -> tuple[Problem, ...] | None:
    """Return what could not be read of the image *digest*, None if it was not indexed by *detectors*."""
    body = connection.execute(
        sa.select(image.c.body).where(image.c.digest == digest, image.c.detectors == detectors)
    ).scalar()
    return _decode(body, digest).problems if body is not None else None


def add_image(
    connection: sa.Connection, digest: str, platform: str, inventory: Inventory, numbers: Sequence[int], at: datetime
) -> None:
    """
    Keep *inventory* as what the image *digest* holds; *numbers* are the package rows in its order.

    An older detector set's answer is replaced, and the report that rests on it goes stale.
    """
    connection.execute(sa.delete(artifact_package).where(artifact_package.c.digest == digest))
    upsert(
        connection,
        image,
        {
            "digest": digest,
            "detectors": inventory.detectors,
            "platform": platform,
            "body": _encoder.encode(
                _ImageBody(distro=inventory.distro, problems=inventory.problems, other_distros=inventory.other_distros)
            ),
            "indexed_at": at,
        },
    )
    rows = [
        (
            digest,
            position,
            number,
            one.layer,
            one.path,
            one.owner.name if one.owner else "",
            one.owner.version if one.owner else "",
        )
        for position, (number, one) in enumerate(zip(numbers, inventory.packages, strict=True))
    ]
    insert_rows(connection, artifact_package, _PLACE_COLUMNS, rows)
    connection.execute(sa.update(report).where(report.c.digest == digest).values(stale=True))


def load_image(connection: sa.Connection, digest: str) -> StoredImage | None:
    """Return what was indexed of the image *digest*, None if it was not."""
    row = connection.execute(sa.select(image).where(image.c.digest == digest)).first()
    if row is None:
        return None
    body = _decode(row.body, digest)
    placed = connection.execute(
        sa.select(
            artifact_package.c.owner,
            artifact_package.c.owner_version,
            artifact_package.c.package_id,
            package.c.purl,
            package.c.type,
            package.c.name,
            package.c.version,
            package.c.source,
            package.c.source_version,
            package.c.vendor,
            artifact_package.c.layer,
            artifact_package.c.path,
        )
        .join(package, package.c.id == artifact_package.c.package_id)
        .where(artifact_package.c.digest == digest)
        .order_by(artifact_package.c.position)
    )
    packages = [
        PlacedPackage(SourcePackage(name=owner, version=version) if owner else None, *rest)
        for owner, version, *rest in plain_rows(placed)
    ]
    return StoredImage(
        digest=digest,
        platform=row.platform,
        detectors=row.detectors,
        distros=(*((body.distro,) if body.distro else ()), *body.other_distros),
        problems=body.problems,
        packages=tuple(packages),
    )


def _decode(body: bytes, digest: str) -> _ImageBody:
    try:
        return _decoder.decode(body)
    except NOT_JSON as error:
        raise StoreError(f"the row of image {digest} is damaged: {error}; scan it again") from error
