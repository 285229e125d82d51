"""Programs by their headers: whole, without section headers, cut off, and what only begins like one."""

import io
import struct

import pytest
from fuzz.small_binaries import elf, go_info, mach_o, pe, rust_info

from hullscan.detectors.detector_set import DetectorSet
from hullscan.detectors.programs.executables import read_executable
from hullscan.detectors.programs.go_binary import GoBinary
from hullscan.detectors.programs.rust_binary import RustBinary
from hullscan.layers.file import LayerFile

_SET = DetectorSet((GoBinary(), RustBinary()))


def _detect(data: bytes) -> tuple[set[str], set[str]]:
    """Return names of packages, and detectors that told a problem."""
    found = _SET.detect(LayerFile("usr/bin/x", len(data), lambda: io.BytesIO(data)))
    return {package.name for one in found for package in one.packages}, {one.detector for one in found if one.problems}


def _without_section_headers(program: bytes) -> bytes:
    changed = bytearray(program)
    struct.pack_into("<Q", changed, 40, 0)
    struct.pack_into("<HHH", changed, 58, 0, 0, 0)
    return bytes(changed)


def test_go_without_section_headers() -> None:
    """The build information is in the segment that is written to, as Go's own debug/buildinfo looks for it; not in the first."""
    program = elf(".go.buildinfo", go_info(), code=bytes(64))

    assert _detect(_without_section_headers(program)) == ({"stdlib", "m", "d"}, set())


@pytest.mark.parametrize(
    "program", [elf(".go.buildinfo", go_info()), pe(".data", go_info()), mach_o("__go_buildinfo", go_info())]
)
def test_a_go_program_that_was_cut_off(program: bytes) -> None:
    """Wherever it ends: what is in it is found, or its being cut off is told."""
    whole, _ = _detect(program)
    for place in range(256, len(program)):
        found, told = _detect(program[:place])
        assert found == whole or "go-binary" in told, place


def test_a_rust_program_that_was_cut_off() -> None:
    """Without its section headers nobody can tell whether it had a list of crates."""
    program = elf(".dep-v0", rust_info())
    for place in range(256, len(program)):
        assert "rust-binary" in _detect(program[:place])[1], place


@pytest.mark.parametrize(
    "data",
    [
        b"MZ" + bytes(400),
        b"\xca\xfe\xba\xbe" + struct.pack(">HH", 0, 52) + bytes(400),
        b"\xfe\xed\xfa\xcf" + bytes(400),
        _without_section_headers(elf(".text", b"no build information" * 20)),
    ],
    ids=["DOS", "a Java class", "Mach-O of the other byte order", "ELF without section headers"],
)
def test_what_is_no_program_of_these_says_nothing(data: bytes) -> None:
    """Images are full of such; a problem for each would say that nothing is proven."""
    assert _detect(data) == (set(), set())


def test_only_wanted_sections_are_given() -> None:
    """An ELF program that names none of them is asked no further."""
    program = read_executable(io.BytesIO(elf(".text", b"x")))

    assert program is not None and program.sections == () and not program.is_cut_off((".dep-v0",))
