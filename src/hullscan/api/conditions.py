"""What a client has already, what part it wants, and how it may be packed (RFC 9110, sections 12.5.3, 13.1 and 14)."""

import re
from typing import Final

from starlette.datastructures import Headers

_UNIT: Final = re.compile(r"bytes=(.*)", re.IGNORECASE | re.DOTALL)
_RANGE: Final = re.compile(r"(\d{0,18})-(\d{0,18})", re.ASCII)


class UnmetRange(Exception):
    """A range of bytes that holds none of the content."""


def has_tag(headers: Headers, etag: str) -> bool | None:
    """Say whether ``If-None-Match`` names *etag*; None where it is not there. A tag without its quotes counts, too."""
    told = headers.get("if-none-match")
    if told is None:
        return None
    tags = [tag.strip().removeprefix("W/") for tag in told.split(",")]
    return told.strip() == "*" or etag in tags or etag.strip('"') in tags


def wanted_range(headers: Headers, size: int, etag: str) -> tuple[int, int] | None:
    """
    Return (start, stop) of the range that is asked for, None for the whole.

    Units other than bytes and several ranges at once are ignored, as a server may do, and so is a range of content
    (``If-Range``) that is another by now.

    Raises:
        UnmetRange: It is malformed, or holds no byte.
    """
    unit = _UNIT.fullmatch(headers.get("range", "").strip())
    if unit is None or "," in unit[1] or headers.get("if-range", etag).strip() != etag:
        return None
    found = _RANGE.fullmatch(unit[1].strip())
    if found is None or not (found[1] or found[2]):
        raise UnmetRange
    if not found[1]:
        start, stop = max(size - int(found[2]), 0), size
    else:
        start = int(found[1])
        stop = min(int(found[2]) + 1, size) if found[2] else size
    if start >= stop:
        raise UnmetRange
    return start, stop


def takes_gzip(headers: Headers) -> bool:
    """Say whether ``Accept-Encoding`` names gzip, and not to refuse it (``q=0``)."""
    for one in headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = one.replace(" ", "").partition(";q=")
        if name in ("gzip", "x-gzip"):
            return not re.fullmatch(r"0(\.0*)?", weight)
    return False
