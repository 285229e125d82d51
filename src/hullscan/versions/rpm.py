"""RPM's versions. Rule: rpm-version(7), "VERSION COMPARISON"."""

import re
from functools import lru_cache
from typing import Final

from hullscan.errors import InvalidVersion
from hullscan.patterns import pattern
from hullscan.versions.parts import number, word
from hullscan.versions.scheme import MAX_LENGTH

_SEGMENTS: Final = pattern(r"[0-9]+|[A-Za-z]+|[~^]", re.ASCII)
_END: Final = b"\x02"


class Rpm:
    """One version or release string: segments of digits or letters; what stands between them does not count."""

    name = "rpm"

    def key(self, text: str) -> bytes:
        """See `VersionScheme.key`."""
        if len(text) > MAX_LENGTH:
            raise InvalidVersion("rpm", text[:80], "too long")
        return _segments(text)


class RpmEvr:
    """
    ``[epoch:]version[-release]``; no epoch is 0.

    A version without a release sorts below the same version with any: rpm compares releases only where both have one,
    which no order can say, and an advisory's fix without a release is reached by every build of that version.
    """

    name = "rpm-evr"

    def key(self, text: str) -> bytes:
        """See `VersionScheme.key`."""
        return _evr(text)


@lru_cache(maxsize=65_536)
def _evr(text: str) -> bytes:
    if not text or len(text) > MAX_LENGTH or any(char.isspace() for char in text):
        raise InvalidVersion("rpm-evr", text[:80])
    epoch, colon, rest = text.partition(":")
    if not colon:
        epoch, rest = "0", text
    if not epoch.isascii() or not (epoch.isdigit() or epoch == "") or not rest:
        raise InvalidVersion("rpm-evr", text[:80], "the epoch is no number, or there is no version")
    version, dash, release = rest.rpartition("-")
    if not dash:
        version, release = rest, ""
    if not version:
        raise InvalidVersion("rpm-evr", text[:80], "there is no version")
    return number(epoch or "0") + _segments(version) + (_segments(release) if release else b"\x00")


def _segments(text: str) -> bytes:
    """Tilde below the end, caret just above it, then letters, then numbers; of two the one with more segments is newer."""
    key = bytearray()
    for segment in _SEGMENTS.findall(text):
        if segment == "~":
            key.append(0x01)
        elif segment == "^":
            key.append(0x03)
        elif segment.isdigit():
            key.append(0x05)
            key += number(segment)
        else:
            key.append(0x04)
            key += word(segment)
    return bytes(key) + _END
