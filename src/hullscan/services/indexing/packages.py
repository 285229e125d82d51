"""An inventory put into the store: its packages as distinct rows, asked of the feeds once."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from hullscan import versions
from hullscan.errors import InvalidVersion
from hullscan.matching.queries import REVISION, Query, queries
from hullscan.model.package import Inventory, Package
from hullscan.services.context import Context, now
from hullscan.services.indexing.known_packages import KnownPackages
from hullscan.store.artifacts.inventories import IN_PART, add_image
from hullscan.store.database import Queue, writing
from hullscan.store.reports.findings import Asked, add_packages, identity_of

_MAY_COME: Final = frozenset({"image-missing", "layer-missing"})
"""Problems that go away when what is missing is pushed: until then nobody has seen the whole."""

_numbers: Final = KnownPackages()


def indexed_as(detectors: str) -> str:
    """Return how an image is marked that *detectors* saw: with the rules by which its packages are keyed and asked for."""
    return f"{detectors}/{versions.REVISION}.{REVISION}"


def keep_inventory(context: Context, digest: str, platform: str, inventory: Inventory) -> None:
    """Store what the image *digest* holds."""
    keep_image(context, digest, platform, inventory, keep_packages(context, inventory.packages))


def keep_packages(context: Context, packages: Sequence[Package]) -> list[int]:
    """
    Store *packages*, whichever image holds them, and return their rows' numbers in the same order.

    Those that no image held before are matched in the same transaction.
    """
    identities = [identity_of(one, indexed_as("")) for one in packages]
    known = _numbers.numbers(context.engine, identities)
    new = {identity: one for identity, one in zip(identities, packages, strict=True) if identity not in known}
    if new:
        rows = [(identity, one, _asked(one)) for identity, one in new.items()]
        with writing(context.engine, Queue.FINDINGS) as connection:
            added = add_packages(connection, rows, now())
        _numbers.keep(context.engine, added)
        known |= added
    return [known[identity] for identity in identities]


def keep_image(context: Context, digest: str, platform: str, inventory: Inventory, numbers: Sequence[int]) -> None:
    """Store that the image *digest* holds *inventory*, whose packages have the rows *numbers*."""
    mark = indexed_as(inventory.detectors)
    if any(problem.code in _MAY_COME for problem in inventory.problems):
        mark += IN_PART
    with writing(context.engine, Queue.FINDINGS) as connection:
        add_image(connection, digest, platform, replace(inventory, detectors=mark), numbers, now())


def _asked(package: Package) -> tuple[Asked, ...]:
    answer = queries(package)
    return tuple(_with_key(query) for query in answer) if isinstance(answer, Sequence) else ()


def _with_key(query: Query) -> Asked:
    scheme = versions.scheme_for_ecosystem(query.ecosystem)
    key: bytes | None = None
    if scheme is not None:
        try:
            key = scheme.key(query.version)
        except InvalidVersion:
            key = None
    return Asked(
        ecosystem=query.ecosystem,
        name=query.name,
        version=query.version,
        key=key,
        scheme=scheme.name if scheme else "none",
        module=query.module,
    )
