"""Versions that are lists of numbers and words: CRAN, Hackage, Julia, Swift, Conan and other plain ones."""

import re
from functools import lru_cache
from typing import Final

from hullscan.errors import InvalidVersion
from hullscan.patterns import pattern
from hullscan.versions.parts import is_number, number, word
from hullscan.versions.scheme import MAX_LENGTH

_PART: Final = pattern(r"[0-9]+|[A-Za-z]+", re.ASCII)
_NUMBERS: Final = pattern(r"[0-9]+(?:[.-][0-9]+)*", re.ASCII)


class Numbers:
    """
    Numbers with dots or dashes between them; fewer sort below more.

    Rules: R's ``package_version``; Haskell's PVP ("A.B.C", compared as lists).
    """

    def __init__(self, name: str) -> None:
        """Name the scheme."""
        self.name = name

    def key(self, text: str) -> bytes:
        """See `VersionScheme.key`."""
        if len(text) > MAX_LENGTH or not _NUMBERS.fullmatch(text):
            raise InvalidVersion(self.name, text[:80])
        return b"".join(b"\x02" + number(part) for part in re.split("[.-]", text)) + b"\x01"


class Words:
    """
    Numbers and words in any order; words sort below numbers, and fewer parts below more.

    For ecosystems that leave the form to each project (Homebrew, opam, Conan).
    """

    def __init__(self, name: str) -> None:
        """Name the scheme."""
        self.name = name

    def key(self, text: str) -> bytes:
        """See `VersionScheme.key`."""
        return _words(self.name, text)


@lru_cache(maxsize=16_384)
def _words(name: str, text: str) -> bytes:
    parts = _PART.findall(text.removeprefix("v"))
    if not parts or len(text) > MAX_LENGTH:
        raise InvalidVersion(name, text[:80])
    return b"".join(b"\x03" + number(part) if part.isdigit() else b"\x02" + word(part) for part in parts) + b"\x01"


class Conan:
    """
    Items with dots between them, ``-pre.release`` and ``+build``; zeros at the end of the main part do not count.

    Rule: docs.conan.io, "Version ranges" and its ``Version`` model.
    """

    name = "conan"

    def key(self, text: str) -> bytes:
        """See `VersionScheme.key`."""
        if not text or len(text) > MAX_LENGTH:
            raise InvalidVersion("conan", text[:80], "empty or too long")
        rest, plus, build = text.lower().partition("+")
        main, dash, pre = rest.partition("-")
        key = _items(main) + (_items(pre) if dash else b"\xff")
        return key + (b"\x01" + _items(build) if plus else b"\x00")


def _items(text: str) -> bytes:
    items = text.split(".")
    while items and items[-1] in ("0", ""):
        items.pop()
    return b"".join(b"\x02" + number(item) if is_number(item) else b"\x03" + word(item) for item in items) + b"\x01"
