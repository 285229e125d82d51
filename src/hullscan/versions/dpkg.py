"""Debian's versions. Rule: Debian Policy 5.6.12 and deb-version(7), as `dpkg --compare-versions` does it."""

import re
from functools import lru_cache
from typing import Final

from hullscan.errors import InvalidVersion
from hullscan.patterns import pattern
from hullscan.versions.parts import number
from hullscan.versions.scheme import MAX_LENGTH

_VERSION: Final = pattern(r"(?:([0-9]+):)?([0-9][A-Za-z0-9.+:~-]*|[A-Za-z0-9.+:~-]+)", re.ASCII)
_REVISION: Final = pattern(r"[A-Za-z0-9.+~]+", re.ASCII)
_PARTS: Final = pattern(r"([^0-9]*)([0-9]*)", re.ASCII)

_END: Final = 0x02
"""After the last part: above a tilde, below everything else."""

_ORDER: Final = bytes(
    0x01
    if char == ord("~")
    else (char - ord("A") + 0x10)
    if chr(char).isalpha() and char < 128
    else (char + 0x60) & 0xFF
    for char in range(256)
)
"""Non-digits: the tilde first, then letters, then all other signs, each by its code."""


class Dpkg:
    """``[epoch:]upstream-version[-debian-revision]``."""

    name = "dpkg"

    def key(self, text: str) -> bytes:
        """See `VersionScheme.key`."""
        return _key(text)


@lru_cache(maxsize=65_536)
def _key(text: str) -> bytes:
    version = text.strip(" \t\n")
    if not version or len(version) > MAX_LENGTH:
        raise InvalidVersion("dpkg", text[:80], "empty or too long")
    epoch, separator, rest = version.partition(":")
    if not separator:
        epoch, rest = "0", version
    if not epoch.isascii() or not epoch.isdigit() or int(epoch) > 2**31 - 1:
        raise InvalidVersion("dpkg", text, "the epoch is not a number")
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "0")
    if not upstream or not upstream[0].isdigit() or not upstream.isascii():
        raise InvalidVersion("dpkg", text, "the version does not start with a digit")
    if "-" in rest and not _REVISION.fullmatch(revision):
        raise InvalidVersion("dpkg", text, "the revision is empty or holds a sign that it may not")
    if not _VERSION.fullmatch(upstream):
        raise InvalidVersion("dpkg", text, "the version holds a sign that it may not")
    return number(epoch) + _part(upstream) + _part(revision)


def _part(text: str) -> bytes:
    """
    One part as alternating non-digits and numbers.

    Non-digits end in `_END`, which is where a shorter run compares with a tilde or a letter of a longer one.
    """
    key = bytearray()
    for letters, digits in _PARTS.findall(text):
        if not letters and not digits:
            continue
        key += letters.encode("ascii").translate(_ORDER)
        key.append(_END)
        key += number(digits or "0")
    # The end compares with what a longer part has here as an empty run does: above a tilde, below all else.
    key.append(_END)
    return bytes(key)
