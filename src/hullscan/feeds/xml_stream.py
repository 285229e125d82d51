"""XML as it comes from a stream: an element at a time, for files of hundreds of megabytes."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import IO, Final

from defusedxml.ElementTree import iterparse

from hullscan.errors import NOT_XML, FeedError

_END: Final = ("end",)


def events(stream: IO[bytes], part: str, wanted: tuple[str, ...] = _END) -> Iterator[tuple[str, ET.Element]]:
    """
    Yield (event, element) as ``iterparse`` does.

    Raises:
        FeedError: *part*, which is being read, is no XML; only the parser's own errors are taken for that.
    """
    parsed = iterparse(stream, events=wanted)
    while True:
        try:
            one = next(parsed, None)
        except NOT_XML as error:
            raise FeedError(f"{part} is no XML: {error}") from error
        if one is None:
            return
        yield one
