"""Semantic versions. Rule: SemVer 2.0.0 section 11; Go's, npm's and others' ways of writing them."""

import re
from functools import lru_cache
from typing import Final

from hullscan.errors import InvalidVersion
from hullscan.patterns import pattern
from hullscan.versions.parts import number, word
from hullscan.versions.scheme import MAX_LENGTH

_LENIENT: Final = pattern(
    r"[v=\s]*(\d+)(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?((?:\.\d+)*)(?:-?([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z.-]*))?\s*",
    re.ASCII,
)
_GO: Final = pattern(
    r"(?:v|go)?(\d+)(?:\.(\d+))?(?:\.(\d+))?()(?:-?([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z.-]*))?",
    re.ASCII,
)
_TOOLCHAIN: Final = pattern(r"\A(?:go)?(\d+\.\d+(?:\.\d+)?)(rc|beta)(\d+)\Z", re.ASCII)
"""Go's own releases, ``go1.21rc2``: ``1.21.0-rc.2`` in advisories (go.dev/doc/toolchain; golang.org/x/vuln)."""

_STRICT: Final = pattern(
    r"v?(\d+)\.(\d+)\.(\d+)()(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z.-]*))?", re.ASCII
)

_COMMIT: Final = pattern(r"[0-9a-f]{40}")
"""By which GitHub Actions are pinned: no version, even where it begins with digits."""

_RELEASE: Final = b"\xff"
"""After all pre-releases."""


class SemVer:
    """
    ``major.minor.patch[-pre.release][+build]``; the build does not count.

    The lenient form (npm's loose mode, OSV's) takes a leading ``v``, missing and further numbers, and a pre-release
    without its dash.
    """

    def __init__(self, name: str, *, form: str = "lenient", builds: bool = False) -> None:
        """Name the scheme; *form* is lenient, go or strict; with *builds* (Dart's pub, Julia) the build counts at last."""
        self.name = name
        self._builds = builds
        self._pattern = {"lenient": _LENIENT, "go": _GO, "strict": _STRICT}[form]

    def key(self, text: str) -> bytes:
        """See `VersionScheme.key`."""
        if self._pattern is _GO and len(text) <= MAX_LENGTH:
            text = _TOOLCHAIN.sub(r"\1-\2.\3", text)
        return _key(self.name, self._pattern, self._builds, text)


@lru_cache(maxsize=65_536)
def _key(name: str, pattern: "re.Pattern[str]", builds: bool, text: str) -> bytes:
    found = pattern.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if found is None or _COMMIT.fullmatch(text):
        raise InvalidVersion(name, text[:80])
    major, minor, patch, more, pre, build = found.groups()
    key = number(major) + number(_plain(minor)) + number(_plain(patch))
    further = [part for part in more.split(".") if part]
    while further and not further[-1].strip("0"):
        further.pop()
    key += b"".join(b"\x02" + number(part) for part in further) + b"\x01"
    key += _RELEASE if pre is None else _pre_release(pre)
    if builds:
        key += b"\x00" if build is None else b"\x01" + _pre_release(build)
    return key


def _plain(part: str | None) -> str:
    return part if part is not None and part.isdigit() else "0"


def _pre_release(text: str) -> bytes:
    """SemVer 11.4: numbers by value and below words; words in ASCII order; more fields above fewer."""
    fields = (b"\x01" + number(part) if part.isdigit() else b"\x02" + word(part) for part in text.split("."))
    return b"".join(fields) + b"\x00"
