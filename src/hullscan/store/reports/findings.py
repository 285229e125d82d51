"""The join that decides: packages' versions against affected runs, as bytes, in the database."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from hullscan.model.package import Package, SourcePackage
from hullscan.store.batches import batches
from hullscan.store.database import insert_new_rows, rows_of
from hullscan.store.tables.columns import UtcTime
from hullscan.store.tables.inventories import package, package_query

IN_RANGE: Final = (
    "q.version_key >= a.low "
    "AND (a.high IS NULL OR q.version_key < a.high OR (a.inclusive AND q.version_key = a.high)) "
    "AND a.module = q.module AND a.status <> 'not-affected'"
)
"""
Whether the package asked for as `q` lies in the run `a`; the same comparison as `matching.ranges.holds`.

Keys first: they rule out seven runs of eight, and SQLite compares in the order written.
"""

VISIBLE: Final = "EXISTS (SELECT 1 FROM feed f WHERE f.name = a.feed AND a.born <= f.current AND a.died > f.current)"
"""Whether the row `a` belongs to its feed's snapshot in use."""

_MOST_REMEMBERED: Final = 8_192
"""Identities, of some 600 bytes each."""

_PACKAGE_COLUMNS: Final = ("identity", "purl", "type", "name", "version", "source", "source_version", "vendor", "moved")
_QUERY_COLUMNS: Final = ("package_id", "ecosystem", "name", "version_key", "version", "scheme", "module")


class Asked(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One query of a package as stored: `key` is None where the scheme cannot read the version."""

    ecosystem: str
    name: str
    version: str
    key: bytes | None
    scheme: str
    module: str


def identity_of(one: Package, rules: str) -> bytes:
    """
    Return what tells distinct packages apart, wherever they are installed: names, version, source, purl, vendor.

    *rules* says how they are keyed: a package keyed by other rules is another row.
    """
    return _identity(one.type, one.namespace, one.name, one.version, one.qualifiers, one.source, one.vendor, rules)


@lru_cache(maxsize=_MOST_REMEMBERED)
def _identity(
    type_: str,
    namespace: str,
    name: str,
    version: str,
    qualifiers: tuple[tuple[str, str], ...],
    source: SourcePackage | None,
    vendor: str,
    rules: str,
) -> bytes:
    """Remembered, since most packages of an image that is pushed are those of its base, and of the image pushed before."""
    told = [source.name, source.version] if source else None
    parts = [type_, namespace, name, version, list(qualifiers), told, vendor, rules]
    return hashlib.sha256(json.dumps(parts).encode("utf-8", "surrogatepass")).digest()


def known_packages(connection: sa.Connection, identities: Sequence[bytes]) -> dict[bytes, int]:
    """Return the row numbers of those packages that the store has."""
    return dict(rows_of(connection, package, ("identity", "id"), "identity", identities))


def add_packages(
    connection: sa.Connection, new: Iterable[tuple[bytes, Package, tuple[Asked, ...]]], at: datetime
) -> dict[bytes, int]:
    """
    Add packages with their queries, match them, and return their row numbers.

    To be called in an exclusive writing transaction, so that no snapshot is swapped between insert and match.
    """
    items = list(new)
    insert_new_rows(connection, package, _PACKAGE_COLUMNS, [_package_row(identity, one) for identity, one, _ in items])
    numbers = known_packages(connection, [identity for identity, _, _ in items])
    rows = [
        (numbers[identity], query.ecosystem, query.name, query.key, query.version, query.scheme, query.module)
        for identity, _, asked in items
        for query in asked
    ]
    insert_new_rows(connection, package_query, _QUERY_COLUMNS, rows)
    for some in batches(sorted(numbers.values())):
        match(connection, some, at)
    return numbers


def match(connection: sa.Connection, package_ids: Sequence[int], at: datetime) -> None:
    """Write the findings of some packages against the snapshots in use; those that are there already stay."""
    connection.execute(
        sa.text(
            "INSERT INTO finding (package_id, affected_id, advisory_id, first_seen) "
            "SELECT q.package_id, a.id, a.advisory_id, :at FROM package_query q CROSS JOIN affected a "
            "WHERE q.package_id IN :ids AND a.ecosystem = q.ecosystem AND a.name = q.name "
            f"AND {IN_RANGE} AND {VISIBLE} ON CONFLICT DO NOTHING"
        ).bindparams(sa.bindparam("at", type_=UtcTime), sa.bindparam("ids", expanding=True)),
        {"at": at, "ids": list(package_ids)},
    )


def _package_row(identity: bytes, one: Package) -> tuple[Any, ...]:
    source, source_version = (one.source.name, one.source.version) if one.source else ("", "")
    return identity, one.purl, one.type, one.full_name, one.version, source, source_version, one.vendor, 0
