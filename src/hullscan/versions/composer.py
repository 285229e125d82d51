"""
PHP's versions. Rule: getcomposer.org/doc/articles/versions.md, composer/semver's normalisation, and PHP's ``version_compare``.

A leading ``v`` is no part of a version, and branches (``dev-main``, ``1.x-dev``) have no order that an advisory could use.
"""

import re
from functools import lru_cache
from typing import Final

from hullscan.errors import InvalidVersion
from hullscan.patterns import pattern
from hullscan.versions.parts import number
from hullscan.versions.scheme import MAX_LENGTH

_MODIFIER: Final = r"[._-]?(?:(stable|beta|b|rc|alpha|a|patch|pl|p)([.-]?\d+(?:[.-]\d+)*)?)?([.-]?dev)?(?:\+\S+)?"
_CLASSIC: Final = pattern(rf"v?(\d{{1,5}}(?:\.\d+){{0,3}}){_MODIFIER}", re.IGNORECASE | re.ASCII)
_DATE: Final = pattern(rf"v?(\d{{4}}(?:[.:-]?\d{{2}}){{1,6}}(?:[.:-]?\d{{1,3}})?){_MODIFIER}", re.IGNORECASE | re.ASCII)
_DEV, _END, _NUMBER, _PATCH = b"\x01", b"\x05", b"\x06", b"\x07"
_STABILITY: Final = {
    "alpha": b"\x02",
    "a": b"\x02",
    "beta": b"\x03",
    "b": b"\x03",
    "rc": b"\x04",
    "patch": _PATCH,
    "pl": _PATCH,
    "p": _PATCH,
}
"""version_compare puts dev < alpha < beta < RC < nothing < a number < p."""


class Composer:
    """Four numbers, or a date, then a stability: dev < alpha < beta < RC < stable < patch."""

    name = "composer"

    def key(self, text: str) -> bytes:
        """See `VersionScheme.key`."""
        return _key(text)


@lru_cache(maxsize=65_536)
def _key(text: str) -> bytes:
    version = text.strip()
    if not version or len(version) > MAX_LENGTH:
        raise InvalidVersion("composer", text[:80], "empty or too long")
    parts, (stability, counter, dev) = _read(version)
    key = b"".join(_NUMBER + number(part) for part in parts)
    if stability != "stable":
        if stability:
            key += _STABILITY[stability] + b"".join(_NUMBER + number(part) for part in re.findall(r"\d+", counter))
        if dev:
            key += _DEV
    return key + _END


def _read(version: str) -> tuple[list[str], tuple[str, str, str]]:
    """The numbers, and stability, its counter and the mark of a development version, each perhaps ""."""
    classic = _CLASSIC.fullmatch(version)
    found = classic or _DATE.fullmatch(version)
    if found is None:
        raise InvalidVersion("composer", version[:80])
    release, *modifiers = (group or "" for group in found.groups())
    parts = re.findall(r"\d+", release)
    if classic is not None:
        parts += ["0"] * (4 - len(parts))
    stability, counter, dev = modifiers
    return parts, (stability.lower(), counter, dev)
