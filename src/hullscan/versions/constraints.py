"""
Constraints: what a version must satisfy, ``> 1.0, < 2.0 || = 3.0`` in its scheme's order.

Alternatives stand between ``||``, what must hold at once between commas; a version alone means that one, and no text at
all every version. It is how Grype's database and many advisories write ranges.
"""

import operator
import re
from collections.abc import Callable
from typing import Final

from hullscan.errors import InvalidReference
from hullscan.patterns import pattern
from hullscan.versions import SCHEMES

_COMPARATOR: Final = pattern(r"""\s*(<=|>=|<|>|=|)\s*(['"]?)([^\s'"<>=|,]+)\2\s*""")
_LONGEST: Final = 4_096

_OPERATORS: Final[dict[str, Callable[[bytes, bytes], bool]]] = {
    "": operator.eq,
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def bitnami_release(version: str) -> str:
    """
    Return the upstream's release of one of Bitnami's versions.

    Its own revision follows after a dash, and its records know the former (github.com/bitnami/vulndb).
    """
    return re.sub(r"-\d+$", "", version)


def satisfies(scheme: str, version: str, constraint: str) -> bool:
    """
    Say whether *version* satisfies *constraint* in the scheme called *scheme*.

    Raises:
        InvalidVersion: The scheme cannot read the version or a bound.
        InvalidReference: The text is no constraint.
    """
    SCHEMES[scheme].key(version)
    if not constraint.strip():
        return True
    if len(constraint) > _LONGEST:
        raise InvalidReference(f"a constraint of {len(constraint)} characters")
    alternatives = [
        [_holds(scheme, version, one) for one in alternative.split(",")] for alternative in constraint.split("||")
    ]
    return any(all(together) for together in alternatives)


def _holds(scheme: str, version: str, comparator: str) -> bool:
    found = _COMPARATOR.fullmatch(comparator)
    if found is None:
        raise InvalidReference(f"{comparator.strip()[:80]!r} is no comparison with a version")
    key = SCHEMES[scheme].key
    return _OPERATORS[found[1]](key(_counted(scheme, version, found[3])), key(found[3]))


def _counted(scheme: str, version: str, bound: str) -> str:
    """What of *version* counts against *bound*."""
    if scheme == "bitnami":
        return bitnami_release(version)
    if scheme == "pep440" and "+" not in bound:
        return version.partition("+")[0]  # PEP 440, "Version specifiers": a bound without a local part means all
    return version
