"""Alpine's versions. Rule: apk-package(5), "Version"; the order of parts as `apk version -t` compares them."""

import re
from functools import lru_cache
from typing import Final

from hullscan.errors import InvalidVersion
from hullscan.patterns import pattern
from hullscan.versions.parts import number, word
from hullscan.versions.scheme import MAX_LENGTH

_VERSION: Final = pattern(
    r"(?P<digits>[0-9]+(?:\.[0-9]+)*)(?P<letter>[a-z])?(?P<suffixes>(?:_[a-z]+[0-9]*)*)(?:~(?P<hash>[0-9a-f]+))?(?:-r(?P<revision>[0-9]+))?",
    re.ASCII,
)
_SUFFIX: Final = pattern(r"_([a-z]+)([0-9]*)", re.ASCII)

_PRE: Final = {"alpha": 0x01, "beta": 0x02, "pre": 0x03, "rc": 0x04}
_POST: Final = {"cvs": 0x08, "svn": 0x09, "git": 0x0A, "hg": 0x0B, "p": 0x0C}
_END, _REVISION, _HASH, _LETTER, _DIGITS = b"\x05", b"\x06", b"\x07", b"\x0d", b"\x0e"
"""Where one version ends and the other goes on: pre-suffix < end < revision < hash < post-suffix < letter < digits."""


class Apk:
    """``digits{.digits}[letter]{_suffix[number]}[~hash][-rN]``."""

    name = "apk"

    def key(self, text: str) -> bytes:
        """See `VersionScheme.key`."""
        return _key(text)


@lru_cache(maxsize=65_536)
def _key(text: str) -> bytes:
    found = _VERSION.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if found is None:
        raise InvalidVersion("apk", text[:80])
    first, *rest = found["digits"].split(".")
    key = number(first)
    for part in rest:
        # A number that begins with a zero is compared as text, and is below those that do not.
        key += _DIGITS + (b"\x01" + word(part) if part.startswith("0") else b"\x02" + number(part))
    if found["letter"]:
        key += _LETTER + found["letter"].encode()
    for name, digits in _SUFFIX.findall(found["suffixes"]):
        code = _PRE.get(name) or _POST.get(name)
        if code is None:
            raise InvalidVersion("apk", text[:80], f"_{name} is no suffix")
        key += bytes((code,)) + (b"\x01" + number(digits) if digits else b"\x00")
    if found["hash"]:
        key += _HASH + word(found["hash"])
    if found["revision"]:
        key += _REVISION + number(found["revision"])
    return key + _END
