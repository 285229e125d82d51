"""Arch Linux's versions. Rule: vercmp(8), and pacman's ``alpm_pkg_vercmp``, which it prints the answer of."""

import re
from functools import lru_cache
from typing import Final

from hullscan.errors import InvalidVersion
from hullscan.patterns import pattern
from hullscan.versions.parts import number, word
from hullscan.versions.scheme import MAX_LENGTH

_PARTS: Final = pattern(r"([^0-9A-Za-z]*)([0-9]+|[A-Za-z]+|$)", re.ASCII)

_LETTERS: Final = b"\x01"
_END: Final = b"\x02"
_DIGITS: Final = b"\x03"
_APART: Final = 0x04


class Alpm:
    """
    ``[epoch:]version[-release]``; no epoch is 0.

    Letters that follow a number at once come before its end (``1.0rc < 1.0``), after a separator they come after it
    (``1.0 < 1.0.a``); of two separators the longer is newer. A version without a release sorts below the same version
    with any, as in `versions.rpm`.
    """

    name = "alpm"

    def key(self, text: str) -> bytes:
        """See `VersionScheme.key`."""
        return _key(text)


@lru_cache(maxsize=4_096)
def _key(text: str) -> bytes:
    if not text or len(text) > MAX_LENGTH or any(char.isspace() for char in text):
        raise InvalidVersion("alpm", text[:80])
    epoch, colon, rest = text.partition(":")
    if not colon:
        epoch, rest = "0", text
    version, dash, release = rest.rpartition("-")
    if not dash:
        version, release = rest, ""
    if not version or not (epoch.isascii() and epoch.isdigit()):
        raise InvalidVersion("alpm", text[:80], "the epoch is no number, or there is no version")
    return number(epoch) + _parts(version) + (_parts(release) if release else b"\x00")


def _parts(text: str) -> bytes:
    key = bytearray()
    for separator, part in _PARTS.findall(text):
        if separator:
            key += bytes((_APART, min(len(separator), 255)))
        if not part:
            break
        key += _DIGITS + number(part) if part[0].isdigit() else _LETTERS + word(part)
    return bytes(key) + _END
