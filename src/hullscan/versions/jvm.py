"""
Java's own versions. Rule: JEP 223 and ``java.lang.Runtime.Version``; ``1.8.0_131-b11``, as before Java 9, is 8.0.131 there.

Unlike there the build does not count: advisories name releases, and each of their builds is meant.
"""

import re
from functools import lru_cache
from typing import Final

from hullscan.errors import InvalidVersion
from hullscan.patterns import pattern
from hullscan.versions.parts import number, numbers, word
from hullscan.versions.scheme import MAX_LENGTH

_OLD: Final = pattern(r"1\.(\d+)(?:\.(\d+))?(?:_(\d+))?(?:-((?!b\d)[A-Za-z0-9]+))?(?:-b\d+)?", re.ASCII)
_NEW: Final = pattern(r"(\d+(?:\.\d+)*)(?:-([A-Za-z0-9]+))?(?:\+\d*)?(?:-[-A-Za-z0-9.]+)?", re.ASCII)

_RELEASE: Final = b"\xff"
"""After all pre-releases."""


class Jvm:
    """``$VNUM(-$PRE)?(+$BUILD)?(-$OPT)?``; missing numbers are zero."""

    name = "jvm"

    def key(self, text: str) -> bytes:
        """See `VersionScheme.key`."""
        return _key(text)


def plain_number(text: str) -> str:
    """Return *text* as a plain version: ``8.0.392`` of ``1.8.0_392-b08``; what is none of Java's is given back."""
    try:
        parts, pre = _read(text)
    except InvalidVersion:
        return text
    return ".".join(str(int(part)) for part in parts) + (f"-{pre}" if pre else "")


@lru_cache(maxsize=4_096)
def _key(text: str) -> bytes:
    parts, pre = _read(text)
    return numbers(parts) + (_pre_release(pre) if pre else _RELEASE)


def _pre_release(text: str) -> bytes:
    return b"\x01" + number(text) if text.isdigit() else b"\x02" + word(text)


def _read(text: str) -> tuple[list[str], str]:
    """The numbers, and the pre-release or ""."""
    if len(text) <= MAX_LENGTH:
        old = _OLD.fullmatch(text)
        if old is not None:
            return [old[1], old[2] or "0", old[3] or "0"], old[4] or ""
        new = _NEW.fullmatch(text)
        if new is not None:
            return new[1].split("."), new[2] or ""
    raise InvalidVersion("jvm", text[:80])
