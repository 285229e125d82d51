"""NuGet's versions. Rule: learn.microsoft.com, "Package versioning": "Version ordering" and "Normalized version numbers"."""

import re
from functools import lru_cache
from typing import Final

from hullscan.errors import InvalidVersion
from hullscan.versions.parts import number, numbers, word
from hullscan.versions.scheme import MAX_LENGTH

_VERSION: Final = re.compile(
    r"v?([0-9]+(?:\.[0-9]+)*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]*)?", re.ASCII
)


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
    key = numbers(found[1].split("."))
    if found[2] is None:
        return key + b"\xff"
    fields = found[2].lower().split(".")
    return key + b"".join(b"\x01" + number(one) if one.isdigit() else b"\x02" + word(one) for one in fields) + b"\x00"
