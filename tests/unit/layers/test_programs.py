"""Programs without their machine code: what they say is found all the same."""

import io
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from fuzz.small_binaries import elf, go_info, rust_info

from builders import make_layer
from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.layers.programs import HEADER_BYTES, machine_code
from hullscan.layers.walk import LayerWalker, walk_layer

_SET = DetectorSet(DETECTORS)
_CODE = bytes(range(256)) * 1000


def _found(layer: bytes) -> tuple[list[str], bool]:
    """Return the packages that one walk finds and whether it asks for another, or else what both find."""
    walker = LayerWalker(_SET)
    walker.feed(layer)
    inventory = walker.finish()
    again = walker.again() is not None
    if again:
        inventory = walk_layer(lambda: io.BytesIO(layer), _SET)
    assert inventory.problems == ()
    assert all(file.problems == () for file in inventory.files)
    return sorted(package.name for file in inventory.files for package in file.packages), again


@pytest.mark.parametrize("runs", [False, True], ids=["behind the code", "among the code"])
@pytest.mark.parametrize(
    ("section", "content", "names"),
    [(".go.buildinfo", go_info(), ["d", "m", "stdlib"]), (".dep-v0", rust_info(), ["a"])],
    ids=["go", "rust"],
)
def test_what_a_program_lists_is_found(section: str, content: bytes, names: list[str], runs: bool) -> None:
    """Only where the list lies among what is run, as old linkers put it, the layer has to be walked once more."""
    program = elf(section, content, _CODE, runs=runs)
    assert machine_code(program[:HEADER_BYTES], len(program))

    assert _found(make_layer({"opt/tool": program, "opt/other": elf(".text", b"", _CODE)})) == (names, runs)


@pytest.mark.parametrize(
    "damage",
    [
        lambda program: program[:32] + b"\xff" * 8 + program[40:],
        lambda program: program[:54] + b"\1\0" + program[56:],
        lambda program: program[:72] + b"\xff" * 8 + program[80:],
        lambda program: program[:96] + b"\xff" * 8 + program[104:],
    ],
    ids=["headers elsewhere", "headers too small", "segment elsewhere", "segment without end"],
)
def test_damaged_program_headers_lose_nothing(damage: object) -> None:
    """Whatever they say is left out, the section headers lead to the list."""
    program = damage(elf(".go.buildinfo", go_info(), _CODE))  # type: ignore[operator]

    assert _found(make_layer({"opt/tool": program}))[0] == ["d", "m", "stdlib"]


def test_a_program_that_is_cut_off_within_its_code_is_no_clean_one() -> None:
    """Where its sections are gone, nobody knows what it held."""
    program = elf(".go.buildinfo", go_info(), _CODE)[:150_000]

    inventory = walk_layer(lambda: io.BytesIO(make_layer({"opt/tool": program})), _SET)

    assert {problem.code for file in inventory.files for problem in file.problems} == {"unreadable-file"}


@pytest.mark.parametrize("layout", ["separate-code", "noseparate-code"])
def test_programs_of_a_real_linker(tmp_path: Path, layout: str) -> None:
    """The list among data that are only read: in a segment of their own, or in one with the code."""
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("gcc is not on this machine")
    listed = zlib.compress(b'{"packages":[{"name":"a","version":"1.0.0","source":"crates.io"}]}')
    source = tmp_path / "main.c"
    source.write_text(
        f'__attribute__((section(".dep-v0"), used)) const unsigned char list[] = {{{",".join(map(str, listed))}}};\n'
        'int main(void) { __asm__ volatile (".fill 200000, 1, 0x90"); return 0; }\n'
    )
    subprocess.run([compiler, "-Wl,-z," + layout, "-o", "program", "main.c"], cwd=tmp_path, check=True)
    program = (tmp_path / "program").read_bytes()
    assert len(machine_code(program[:HEADER_BYTES], len(program))) > 190_000

    assert _found(make_layer({"opt/program": program})) == (["a"], layout == "noseparate-code")


def test_the_code_is_where_readelf_says() -> None:
    """Against binutils, for the interpreter that runs this."""
    reader = shutil.which("readelf")
    path = Path(sys.executable).resolve()
    if reader is None or path.read_bytes()[:6] != b"\x7fELF\x02\x01":
        pytest.skip("readelf is not on this machine, or Python is no such program")
    printed = subprocess.run([reader, "-lW", str(path)], check=True, capture_output=True, text=True).stdout
    rows = [line.split() for line in printed.splitlines() if line.split()[:1] == ["LOAD"]]
    run = [row for row in rows if "E" in row[6:-1]]
    parts = [(max(int(row[1], 16), 4096), int(row[1], 16) + int(row[4], 16)) for row in run]

    code = machine_code(path.read_bytes()[:HEADER_BYTES], path.stat().st_size)

    assert (code.start, code.stop) == max(parts, key=lambda part: part[1] - part[0])
