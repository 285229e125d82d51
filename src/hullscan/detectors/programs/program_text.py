"""A version among the bytes of a program."""

import re
from typing import Final

from hullscan.layers.file import LayerFile

_WINDOW: Final = 256 * 1024
_AROUND: Final = 128
"""A version stands at most so many bytes from its words."""

_SEEN: Final = 2 * _AROUND
"""What must be there of the bytes before and behind words, so that what follows a version is known: ``1.2.3``, cut, is ``1.2``."""


def find_version(file: LayerFile, words: bytes, text: re.Pattern[bytes]) -> str:
    """
    Return the first version (group 1 of *text*) by *words* in the program, "" if there is none.

    It is read in windows, for some have a hundred megabytes, and in small ones, whose memory is used again by the next: each is
    kept until the next is there, or the system would take it back and zero it anew. Words near the end of what was read are
    looked at with the next window.

    Plain words are found ten times as fast as a pattern; that is tried only where they stand.
    """
    with file.open() as stream:
        rest, begin = b"", 0
        while True:
            window = stream.read(_WINDOW)
            data = rest + window
            end = max(0, len(data) - _SEEN) if window else len(data)
            place = data.find(words, begin, end + len(words) - 1)
            while place >= 0:
                version = _version_by(data, place, words, text)
                if version is not None:
                    return version.decode("ascii", "replace")
                place = data.find(words, place + 1, end + len(words) - 1)
            if not window:
                return ""
            kept = max(0, end - _SEEN)
            rest, begin = data[kept:], end - kept


def _version_by(data: bytes, place: int, words: bytes, text: re.Pattern[bytes]) -> bytes | None:
    """
    The version by the *words* at *place*.

    One that begins or ends too far from them is passed over as a whole: begun in its middle, it would be another.
    """
    if text.search(data, max(0, place - _AROUND), place + _AROUND) is None:
        return None  # by most words nothing like a version stands, which is known soonest so
    begin = max(0, place - _SEEN)
    while (found := text.search(data, begin, place + _SEEN)) is not None:
        if words not in found[0]:
            begin = found.start() + 1
        elif found.start() < place - _AROUND or found.end() > place + _AROUND:
            begin = found.end()
        else:
            version: bytes = found[1]
            return version
    return None
