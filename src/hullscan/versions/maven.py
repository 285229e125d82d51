"""Maven's versions. Rule: maven.apache.org/pom.html, "Version Order Specification"; ComparableVersion as of Maven 3.8.7."""

import re
from functools import lru_cache
from typing import Final

from hullscan.errors import InvalidVersion
from hullscan.patterns import pattern
from hullscan.versions.parts import is_number, number, word
from hullscan.versions.scheme import MAX_LENGTH

_QUALIFIERS: Final = {"alpha": 0x01, "beta": 0x02, "milestone": 0x03, "rc": 0x04, "snapshot": 0x05, "sp": 0x0B}
_ALIASES: Final = {"ga": "", "final": "", "release": "", "cr": "rc"}
_SHORT: Final = {"a": "alpha", "b": "beta", "m": "milestone"}
_GA_BEFORE_LESS, _NEGATIVE_LIST, _ZERO_BEFORE_LESS, _END, _GA = b"\x06", b"\x07", b"\x08", b"\x09", b"\x0a"
_UNKNOWN, _LIST, _NUMBER = b"\x0c", b"\x0d", b"\x0e"
"""
The order of what may stand at one place: known pre-releases < ga, a dash or zero before one < nothing < ga before more < sp
< any word < dash < number.
"""

_NO_VERSION: Final = pattern(
    r".*[\[\](),{}].*|unknown|unspecified|undefined|null|none|latest|release", re.IGNORECASE | re.DOTALL
)
"""
What stands for a version that nobody has worked out: a property (``${revision}``), a range, ``LATEST`` and ``RELEASE`` of a
POM, Gradle's ``unspecified``, the words of tools that found none. ComparableVersion would read them as words, below all numbers.
"""

_TOKEN: Final = pattern(r"[0-9]+|[^0-9.\-]+|[.\-]")


class Maven:
    """Numbers and words; a dash, or a change from digits to letters and back, begins a list of its own."""

    name = "maven"

    def key(self, text: str) -> bytes:
        """See `VersionScheme.key`."""
        return _key(text)


@lru_cache(maxsize=65_536)
def _key(text: str) -> bytes:
    version = text.strip().lower()
    if not version or len(version) > MAX_LENGTH:
        raise InvalidVersion("maven", text[:80], "empty or too long")
    if _NO_VERSION.fullmatch(version):
        raise InvalidVersion("maven", text[:80], "it only stands for a version")
    lists = _lists(version)
    key = b""
    for position, items in enumerate(lists):
        if position:
            key += _NEGATIVE_LIST if _is_negative(lists[position:]) else _LIST
        for place, item in enumerate(items):
            if _is_null(item) and _is_negative([items[place:]]):
                key += _ZERO_BEFORE_LESS if item else _GA_BEFORE_LESS
            else:
                key += _item(item)
    return key + _END


def _lists(version: str) -> list[list[str]]:
    """Items of nested lists, each list being the last item of the one before; nulls at the ends of each are cut."""
    lists: list[list[str]] = [[]]
    tokens = _TOKEN.findall(version)
    previous = ""
    for index, token in enumerate(tokens):
        if token in ".-":
            if previous in ("", ".", "-"):
                lists[-1].append("0")
            if token == "-":
                lists.append([])
        else:
            following = tokens[index + 1] if index + 1 < len(tokens) else ""
            followed_by_digit = is_number(following)
            if previous and previous not in ".-":
                lists.append([])  # 1a and a1: the change of kind is like a dash
            elif lists[-1] and not is_number(token) and following not in (".", "-"):
                lists.append([])  # 1.alpha1 and 1.alpha are 1-alpha1 and 1-alpha (MNG-7644)
            lists[-1].append(_word(token, followed_by_digit=followed_by_digit))
        previous = token
    trimmed = [_trim(items) for items in lists]
    # One that is empty between others is still a step down: 1-0-1 is below 1-1.
    while len(trimmed) > 1 and not trimmed[-1]:
        trimmed.pop()
    return trimmed


def _word(token: str, *, followed_by_digit: bool) -> str:
    if is_number(token):
        return token
    if followed_by_digit and token in _SHORT:
        return _SHORT[token]
    return _ALIASES.get(token, token)


def _trim(items: list[str]) -> list[str]:
    end = len(items)
    while end and _is_null(items[end - 1]):
        end -= 1
    return items[:end]


def _is_null(item: str) -> bool:
    return not item.strip("0")


def _is_negative(lists: list[list[str]]) -> bool:
    """Whether a list sorts below nothing: what it has after zeros, which are as good as nothing, is a pre-release."""
    for items in lists:
        for item in items:
            if not _is_null(item):
                return _QUALIFIERS.get(item, 0xFF) < 0x06
    return False


def _item(item: str) -> bytes:
    if is_number(item):
        return _NUMBER + number(item)
    if item == "":
        return _GA
    code = _QUALIFIERS.get(item)
    return bytes((code,)) if code is not None else _UNKNOWN + word(item)
