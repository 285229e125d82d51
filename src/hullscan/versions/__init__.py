"""Version schemes: text → bytes whose plain order is the ecosystem's order."""

from collections.abc import Mapping
from typing import Final, Literal

from hullscan.errors import InvalidVersion
from hullscan.versions.dpkg import Dpkg
from hullscan.versions.scheme import VersionScheme

_DPKG: Final = Dpkg()

SCHEMES: Final[Mapping[str, VersionScheme]] = {
    "dpkg": _DPKG,
    "deb": _DPKG,
    "debian": _DPKG,
}
"""Schemes by name, with the names that other tools call them."""

_ECOSYSTEMS: Final[Mapping[str, VersionScheme]] = {
    "Debian": _DPKG,
    "Ubuntu": _DPKG,
    "Echo": _DPKG,
}


def scheme_for_ecosystem(ecosystem: str) -> VersionScheme | None:
    """Return the scheme of an OSV ecosystem (its release, after ``:``, does not matter); None if there is none."""
    return _ECOSYSTEMS.get(ecosystem.partition(":")[0])


def compare(scheme: str, first: str, second: str) -> Literal["<", "=", ">", "invalid"]:
    """Say how *first* stands to *second* in the scheme called *scheme*."""
    one = SCHEMES[scheme]
    try:
        left, right = one.key(first), one.key(second)
    except InvalidVersion:
        return "invalid"
    return "=" if left == right else "<" if left < right else ">"
