"""
NuGet's versions. Rule: learn.microsoft.com, "Package versioning", and ``NuGetVersion`` of NuGet.Versioning where that says more.
"""

import re
from functools import lru_cache
from typing import Final

from hullscan.errors import InvalidVersion
from hullscan.patterns import pattern
from hullscan.versions.parts import numbers, word
from hullscan.versions.scheme import MAX_LENGTH

_VERSION: Final = pattern(
    r"([0-9]+(?:\.[0-9]+){0,3})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?",
    re.ASCII,
)
_NUMBER: Final = pattern(r"-?[0-9]+", re.ASCII)
_PAST_INT32: Final = 2**31


class NuGet:
    """Up to four numbers, missing ones zero; a pre-release as in SemVer, without case."""

    name = "nuget"

    def key(self, text: str) -> bytes:
        """See `VersionScheme.key`."""
        return _key(text)


@lru_cache(maxsize=65_536)
def _key(text: str) -> bytes:
    found = _VERSION.fullmatch(text.strip()) if len(text) <= MAX_LENGTH else None
    if found is None:
        raise InvalidVersion("nuget", text[:80])
    parts = found[1].split(".")
    if any(int(part) >= _PAST_INT32 for part in parts):
        raise InvalidVersion("nuget", text[:80], "a number is too large")
    key = numbers(parts)
    if found[2] is None:
        return key + b"\xff"
    return key + b"".join(_label(one) for one in found[2].lower().split(".")) + b"\x00"


def _label(text: str) -> bytes:
    """What .NET reads as an Int32 is a number, ``-2`` too; larger ones are words, and words come after numbers."""
    if _NUMBER.fullmatch(text) and -_PAST_INT32 <= int(text) < _PAST_INT32:
        return b"\x01" + (int(text) + _PAST_INT32).to_bytes(4, "big")
    return b"\x02" + word(text)
