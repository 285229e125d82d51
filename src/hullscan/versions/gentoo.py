"""Gentoo's versions. Rule: Package Manager Specification 8, sections 3.2 and 3.3 ("Version Comparison")."""

import re
from functools import lru_cache
from typing import Final

from hullscan.errors import InvalidVersion
from hullscan.patterns import pattern
from hullscan.versions.parts import number
from hullscan.versions.scheme import MAX_LENGTH

_FORM: Final = pattern(r"(\d+)((?:\.\d+)*)([a-z]?)((?:_(?:alpha|beta|pre|rc|p)\d*)*)(?:-r(\d+))?", re.ASCII)
_SUFFIX: Final = pattern(r"_(alpha|beta|pre|rc|p)(\d*)")
_RANKS: Final = {"alpha": 1, "beta": 2, "pre": 3, "rc": 4, "p": 6}
_NO_MORE: Final = b"\x05"
"""Between ``_rc`` and ``_p``: a version without a suffix is the release itself."""


class Gentoo:
    """``1.2.3b_rc1-r2``; components that begin with a zero count as decimal fractions."""

    name = "gentoo"

    def key(self, text: str) -> bytes:
        """See `VersionScheme.key`."""
        return _key(text)


@lru_cache(maxsize=4_096)
def _key(text: str) -> bytes:
    found = _FORM.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if found is None:
        raise InvalidVersion("gentoo", text[:80])
    first, others, letter, suffixes, revision = found.groups()
    key = bytearray(number(first))
    for component in others.split(".")[1:]:
        key += _component(component)
    key += b"\x00" + (letter.encode() or b"\x00")
    for name, digits in _SUFFIX.findall(suffixes):
        key += bytes((_RANKS[name],)) + number(digits or "0")
    return bytes(key) + _NO_MORE + number(revision or "0")


def _component(digits: str) -> bytes:
    if digits.startswith("0"):
        # Compared as text without its trailing zeros; whatever begins with a zero comes before all that do not.
        return b"\x01" + digits.rstrip("0").encode() + b"\x00"
    return b"\x02" + number(digits)
