"""PHP's versions. Rule: getcomposer.org/doc/articles/versions.md and composer/semver's normalisation."""

import re
from functools import lru_cache
from typing import Final

from hullscan.errors import InvalidVersion
from hullscan.versions.parts import number, numbers
from hullscan.versions.scheme import MAX_LENGTH

_VERSION: Final = re.compile(
    r"v?(\d+(?:[.-]\d+)*)(?:[._-]?(?:(stable|beta|b|rc|alpha|a|patch|pl|p)([.-]?\d+(?:[.-]\d+)*)?)?)?([._-]?dev\d*)?(?:\+[^\s]*)?",
    re.IGNORECASE | re.ASCII,
)
_STABILITY: Final = {
    "dev": b"\x00",
    "alpha": b"\x01",
    "a": b"\x01",
    "beta": b"\x02",
    "b": b"\x02",
    "rc": b"\x03",
    "stable": b"\x04",
    "": b"\x04",
    "patch": b"\x05",
    "pl": b"\x05",
    "p": b"\x05",
}


class Composer:
    """Numbers, then a stability: dev < alpha < beta < RC < stable < patch."""

    name = "composer"

    def key(self, text: str) -> bytes:
        """See `VersionScheme.key`."""
        return _key(text)


@lru_cache(maxsize=65_536)
def _key(text: str) -> bytes:
    version = text.strip()
    found = _VERSION.fullmatch(version) if 0 < len(version) <= MAX_LENGTH else None
    if found is None:
        raise InvalidVersion("composer", text[:80])
    release, stability, counter, dev = found.groups()
    key = numbers(re.split(r"[.-]", release))
    if stability is None and dev:
        return key + _STABILITY["dev"]
    digits = [part for part in re.split(r"[.-]", counter or "") if part]
    key += _STABILITY[(stability or "").lower()]
    key += b"".join(b"\x02" + number(part) for part in digits) + b"\x01"
    return key + (b"\x00" if dev else b"\x01")
