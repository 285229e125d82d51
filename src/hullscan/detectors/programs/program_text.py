"""A version among the bytes of a program."""

import re
from typing import Final

from hullscan.layers.file import LayerFile

_WINDOW: Final = 256 * 1024
_AROUND: Final = 128
"""A version stands at most so many bytes from its words."""


def find_version(file: LayerFile, words: bytes, text: re.Pattern[bytes]) -> str:
    """
    Return the first version (group 1 of *text*) by *words* in the program, "" if there is none.

    It is read in windows, for some have a hundred megabytes, and in small ones, whose memory is used again by the next.

    Plain words are found ten times as fast as a pattern; that is tried only where they stand.
    """
    with file.open() as stream:
        rest = b""
        while window := stream.read(_WINDOW):
            data = rest + window
            place = data.find(words)
            while place >= 0:
                found = text.search(data, max(0, place - _AROUND), place + _AROUND)
                if found is not None and words in found[0]:
                    return found[1].decode("ascii", "replace")
                place = data.find(words, place + 1)
            rest = data[-2 * _AROUND :]
    return ""
