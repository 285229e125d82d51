"""The row numbers of packages that the store was asked for before."""

from collections.abc import Iterable, Mapping
from typing import Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from hullscan.store.database import reading
from hullscan.store.reports.findings import known_packages

_MOST_KEPT: Final = 100_000
"""Some 15 MB; the images of one base share nearly all of theirs."""


class KnownPackages:
    """
    Numbers by database and identity (`store.reports.findings.identity_of`).

    A package's row is never changed to mean another, and never deleted, so they never grow old.
    """

    def __init__(self, most_kept: int = _MOST_KEPT) -> None:
        self._most_kept = most_kept
        self._kept: WeakKeyDictionary[sa.Engine, dict[bytes, int]] = WeakKeyDictionary()

    def numbers(self, engine: sa.Engine, identities: Iterable[bytes]) -> dict[bytes, int]:
        """Return the row numbers of those packages that the store has."""
        kept = self._kept.setdefault(engine, {})
        found: dict[bytes, int] = {}
        unknown: list[bytes] = []
        for identity in dict.fromkeys(identities):
            number = kept.get(identity)
            if number is None:
                unknown.append(identity)
            else:
                found[identity] = number
        if unknown:
            with reading(engine) as connection:
                stored = known_packages(connection, unknown)
            self.keep(engine, stored)
            found |= stored
        return found

    def keep(self, engine: sa.Engine, numbers: Mapping[bytes, int]) -> None:
        """Remember *numbers*, which are committed; where that would be too many, instead of the others."""
        kept = self._kept.setdefault(engine, {})
        if len(kept) + len(numbers) > self._most_kept:
            kept.clear()
        kept.update(numbers)
