"""Files that name places far behind their end, and are kept in a file of the file system, which refuses such places."""

import io
import struct
import zipfile

import pytest
from fuzz.small_binaries import elf, go_info, jar, pe

from builders import make_layer
from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.layers.budget import Budget
from hullscan.layers.walk import walk_layer

_FAR = 2**62
_SET = DetectorSet(DETECTORS)
_FILLING = bytes(100_000)
_BUDGET = Budget(memory_bytes=1024)


def _elf(place: int, form: str, value: int) -> bytes:
    program = bytearray(elf(".go.buildinfo", go_info()) + _FILLING)
    struct.pack_into(form, program, place, value)
    return bytes(program)


def _jar_of_zip64() -> bytes:
    """An archive whose directory says that its one member is far behind its end."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("filling", _FILLING)
        archive.writestr("EGG-INFO/PKG-INFO", b"Name: a\nVersion: 1\n")
        archive.writestr("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\n")
        for member in archive.filelist[1:]:
            member.header_offset = _FAR
    return stream.getvalue()


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("usr/bin/sections", _elf(40, "<Q", _FAR)),
        ("usr/bin/segments", _elf(32, "<Q", _FAR)[:40] + bytes(8) + _elf(32, "<Q", _FAR)[48:]),
        ("usr/bin/section", _elf(len(elf(".go.buildinfo", go_info())) - 2 * 64 + 24, "<Q", _FAR)),
        ("usr/bin/a.exe", pe(".data", go_info())[:60] + struct.pack("<I", 2**32 - 1) + _FILLING),
        ("app/a.jar", _jar_of_zip64()),
        ("app/a.egg", _jar_of_zip64()),
        ("app/outer.jar", jar({"a.jar": _jar_of_zip64()}) + b""),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_place_far_behind_the_end(path: str, content: bytes) -> None:
    """The layer is walked to its end, and its other files are read."""
    blob = make_layer({path: content, "app/node_modules/b/package.json": b'{"name": "b", "version": "1"}'})

    inventory = walk_layer(lambda: io.BytesIO(blob), _SET, _BUDGET)

    assert "b" in {package.name for file in inventory.files for package in file.packages}
    assert inventory.problems == ()
