"""Ruby's versions. Rule: Gem::Version; a platform after a dash is no part of the version (rubygems, "Platform")."""

import re
from functools import lru_cache
from typing import Final

from hullscan.errors import InvalidVersion
from hullscan.patterns import pattern
from hullscan.versions.parts import number, word
from hullscan.versions.scheme import MAX_LENGTH

_VERSION: Final = pattern(r"[0-9]+(?:\.[0-9a-zA-Z]+)*(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?", re.ASCII)
_SEGMENT: Final = pattern(r"[0-9]+|[a-zA-Z]+", re.ASCII)
_PLATFORM: Final = pattern(
    r"-(?:java|jruby|ruby|mswin\d*|mingw\w*|dalvik\w*|universal|(?:x86|x64|x86_64|amd64|arm|arm64|armv\w+|aarch64|i[3-6]86|ppc\w*|powerpc\w*|s390x?|riscv64)"
    r"(?:[-_](?:linux|darwin|mingw|mswin|solaris|freebsd|openbsd|unknown|musl|gnu|ucrt|android)[\w-]*)?)(?:[-_][\w.-]*)?$",
    re.ASCII,
)


_WORD, _END, _NUMBER = b"\x01", b"\x02", b"\x03"
"""
The end stands for zeros without end: a word comes before it and a number after it, the nearer the more zeros they have
before them.
"""


class Gem:
    """Numbers and words; a word makes a pre-release, and missing segments are zero."""

    name = "gem"

    def key(self, text: str) -> bytes:
        """See `VersionScheme.key`."""
        return _key(text)


@lru_cache(maxsize=65_536)
def _key(text: str) -> bytes:
    version = text.strip()
    if len(version) > MAX_LENGTH:
        raise InvalidVersion("gem", text[:80], "too long")
    version = _PLATFORM.sub("", version) or "0"
    if not _VERSION.fullmatch(version):
        raise InvalidVersion("gem", text[:80])
    segments = _SEGMENT.findall(version.replace("-", ".pre."))
    key = bytearray()
    zeros = 0
    for segment in _canonical(segments):
        if segment.isdigit() and not segment.strip("0"):
            zeros = min(zeros + 1, 255)
        elif segment.isdigit():
            key += _NUMBER + bytes((255 - zeros,)) + number(segment)
            zeros = 0
        else:
            key += _WORD + bytes((zeros,)) + word(segment)
            zeros = 0
    return bytes(key) + _END


def _canonical(segments: list[str]) -> list[str]:
    """Zeros just before the first word, and at the end, say nothing (Gem::Version#canonical_segments)."""
    first = next((place for place, segment in enumerate(segments) if not segment.isdigit()), len(segments))
    return _without_zeros(segments[:first]) + _without_zeros(segments[first:])


def _without_zeros(segments: list[str]) -> list[str]:
    end = len(segments)
    while end and segments[end - 1].isdigit() and not segments[end - 1].strip("0"):
        end -= 1
    return segments[:end]
