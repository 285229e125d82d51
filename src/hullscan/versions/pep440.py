"""Python's versions. Rule: PEP 440 and its appendix B (how versions are read)."""

import re
from functools import lru_cache
from typing import Final

from hullscan.errors import InvalidVersion
from hullscan.patterns import pattern
from hullscan.versions.parts import number, numbers, word
from hullscan.versions.scheme import MAX_LENGTH

_VERSION: Final = pattern(
    r"""\s*v?
    (?:(?P<epoch>[0-9]+)!)?
    (?P<release>[0-9]+(?:\.[0-9]+)*)
    (?:[-_.]?(?P<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?P<pre_number>[0-9]+)?)?
    (?P<post>-(?P<post_short>[0-9]+)|[-_.]?(?:post|rev|r)[-_.]?(?P<post_number>[0-9]+)?)?
    (?P<dev>[-_.]?dev[-_.]?(?P<dev_number>[0-9]+)?)?
    (?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?
    \s*""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)

_PRE: Final = {"a": b"\x01", "b": b"\x02", "c": b"\x03", "r": b"\x03", "p": b"\x03"}
"""By the first letter: alpha, beta, then rc with its other names c, pre and preview."""


class Pep440:
    """``[epoch!]release[pre][.post][.dev][+local]``."""

    name = "pep440"

    def key(self, text: str) -> bytes:
        """See `VersionScheme.key`."""
        return _key(text)


@lru_cache(maxsize=65_536)
def _key(text: str) -> bytes:
    found = _VERSION.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if found is None:
        raise InvalidVersion("pep440", text[:80])
    key = number(found["epoch"] or "0") + numbers(found["release"].split("."))
    has_post, has_dev = found["post"] is not None, found["dev"] is not None
    if found["pre"] is not None:
        key += _PRE[found["pre"][0].lower()] + number(found["pre_number"] or "0")
    else:
        # A development release of the final version comes before its pre-releases (PEP 440, "Summary of permitted suffixes").
        key += b"\x00" if has_dev and not has_post else b"\x04"
    key += b"\x01" + number(found["post_short"] or found["post_number"] or "0") if has_post else b"\x00"
    key += b"\x00" + number(found["dev_number"] or "0") if has_dev else b"\x01"
    return key + _local(found["local"])


def _local(text: str | None) -> bytes:
    if text is None:
        return b"\x00"
    fields = re.split(r"[-_.]", text.lower())
    return b"".join(b"\x03" + number(part) if part.isdigit() else b"\x02" + word(part) for part in fields) + b"\x01"
