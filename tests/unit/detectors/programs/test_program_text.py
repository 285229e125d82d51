"""Versions among the bytes of programs, which are read in windows."""

import io
import re

import pytest

from hullscan.detectors.programs.program_text import _AROUND, _WINDOW, find_version
from hullscan.layers.file import LayerFile

_BEHIND = (b"curl/", re.compile(rb"\bcurl/(\d+\.\d+(?:\.\d+)?(?:-rc\d)?)"))
_BEFORE = (b"\0branch\0", re.compile(rb"(\d+\.\d+(?:\.\d+)?)\0branch\0"))


class _Slow(io.BytesIO):
    """A stream that gives less than it is asked for, as one may."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(100 if size is None or size < 0 else min(size, 100))


def _found(data: bytes, what: tuple[bytes, re.Pattern[bytes]], stream: type[io.BytesIO] = io.BytesIO) -> str:
    return find_version(LayerFile("bin/x", len(data), lambda: stream(data)), *what)


@pytest.mark.parametrize("edge", [_WINDOW, 2 * _WINDOW])
@pytest.mark.parametrize(
    ("what", "text", "version"),
    [
        (_BEHIND, b" curl/18.15.12-rc1 ", "18.15.12-rc1"),
        (_BEHIND, b" curl/%s curl/18.15.12 ", "18.15.12"),
        (_BEFORE, b"\x0018.15.12\0branch\0", "18.15.12"),
    ],
)
def test_a_version_at_the_edge_of_a_window(
    edge: int, what: tuple[bytes, re.Pattern[bytes]], text: bytes, version: str
) -> None:
    """It is read whole wherever the edge cuts it, or what is before or behind it."""
    told = {
        _found(bytes(edge - offset) + text + bytes(after), what)
        for offset in range(-2, 3 * _AROUND)
        for after in (0, _WINDOW)
    }

    assert told == {version}


@pytest.mark.parametrize("what", [_BEHIND, _BEFORE])
def test_pieces_of_any_size(what: tuple[bytes, re.Pattern[bytes]]) -> None:
    """What a read brings need not be a window."""
    for offset in range(500):
        assert _found(bytes(offset) + b"\x0018.15.12\0branch\0 curl/18.15.12", what, _Slow) == "18.15.12"


@pytest.mark.parametrize("distance", range(_AROUND - 40, _AROUND + 40))
def test_a_version_far_from_words(distance: int) -> None:
    """Where they are too far from each other there is none; nowhere is a part of one."""
    far = (b"curl ", re.compile(rb"curl +(\d+\.\d+(?:\.\d+)?)"))
    before = (b"curl", re.compile(rb"(\d+\.\d+(?:\.\d+)?) +curl"))
    apart = b" " * (distance - 4)

    assert _found(bytes(999) + b"curl" + apart + b"18.15.12" + bytes(999), far) in ("18.15.12", "")
    assert _found(bytes(999) + b"18.15.12" + apart + b"curl" + bytes(999), before) in ("18.15.12", "")


def test_the_next_words_have_a_version_of_their_own() -> None:
    """Of two that stand at any distance the second is read whole, too."""
    for apart in range(2 * _AROUND):
        assert _found(b" curl/%s" + bytes(apart) + b" curl/18.15.12" + bytes(999), _BEHIND) == "18.15.12"


def test_a_version_at_the_very_ends() -> None:
    """A program may begin or end with it."""
    assert _found(b"curl/8.15.12", _BEHIND) == "8.15.12"
    assert _found(b"8.15.12\0branch\0", _BEFORE) == "8.15.12"
    assert _found(b"", _BEHIND) == ""
