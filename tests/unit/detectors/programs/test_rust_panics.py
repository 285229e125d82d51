"""Crates of Rust programs that do not list them: those whose panics say where they stand."""

import io
import json
import struct

import pytest
from fuzz.small_binaries import elf, rust_info, rust_program

from builders import DEBIAN_12, Entry, status
from hullscan.detectors.programs.rust_panics import NO_CRATE_LIST, RustPanics
from hullscan.layers.file import LayerFile
from hullscan.model.package import Package
from inventories import image_inventory

_SITE = "usr/local/lib/python3.12/site-packages"


def _crates(data: bytes) -> list[str]:
    found = RustPanics().detect(LayerFile("usr/bin/x", len(data), lambda: io.BytesIO(data)))
    return [f"{one.name} {one.version}" for one in found if isinstance(one, Package)]


def test_crates_whose_panics_name_them() -> None:
    """Numbers in names, versions before a release and of what is bound are as cargo writes them; each counts once."""
    crates = ("serde-1.0.219", "sha-1-0.10.1", "openssl-src-300.3.2+3.3.2", "rc-2.0.0-rc.1", "serde-1.0.219")

    assert _crates(rust_program(*crates)) == [
        "openssl-src 300.3.2+3.3.2",
        "rc 2.0.0-rc.1",
        "serde 1.0.219",
        "sha-1 0.10.1",
    ]


@pytest.mark.parametrize("size", range(255, 258))
def test_a_place_at_the_end_of_a_window(size: int) -> None:
    """A program is read in pieces, and a text may begin in one and end in the next."""
    place = b"/usr/local/cargo/registry/src/index.crates.io-1949cf8c6b5b557f/late-1.0.0/src/lib.rs"
    for shift in (0, len(place) // 2, len(place)):
        data = rust_program("early-1.0.0")
        padding = b"\0" * (size * 1024 - shift)
        longer = _with_texts(data, padding + place)
        assert _crates(longer) == ["early 1.0.0", "late 1.0.0"]


def test_a_program_that_lists_its_crates_is_not_searched() -> None:
    """The list of cargo-auditable is whole, and another detector reads it."""
    assert _crates(elf(".dep-v0", rust_info())) == []


def test_what_other_compilers_made_is_not_searched() -> None:
    """A program may hold such a text for another reason."""
    program = rust_program("serde-1.0.219")

    assert _crates(program.replace(b"rustc version", b"clang version")) == []


def _told(program: bytes, *crates: str) -> set[tuple[str, str]]:
    """Return names of crates and of files, for a wheel whose SBOM lists *crates* and which brings *program*."""
    components = [{"type": "library", "purl": f"pkg:cargo/{one}", "name": one} for one in crates]
    bill = json.dumps({"bomFormat": "CycloneDX", "components": components}).encode()
    files: dict[str, Entry] = {
        "etc/os-release": DEBIAN_12,
        "var/lib/dpkg/status": status("bash 5-1"),
        f"{_SITE}/ruff-0.9.0.dist-info/sboms/ruff.cyclonedx.json": bill,
        f"{_SITE}/ruff/_ruff.abi3.so": program,
        "usr/local/bin/ruff": program,
        "usr/local/bin/other": program,
    }
    found = image_inventory(files).packages
    return {(one.name, one.path.rpartition("/")[2]) for one in found if one.type == "cargo"}


def test_crates_of_a_program_and_of_its_wheel_are_told_once() -> None:
    """What the program's panics name is the program's, and the SBOM has the rest."""
    assert _told(rust_program("serde-1.0.219"), "serde@1.0.219", "quiet@1.0.0") == {
        ("serde", "_ruff.abi3.so"),
        ("serde", "ruff"),
        ("serde", "other"),
        ("quiet", "ruff.cyclonedx.json"),
    }


def test_crates_that_only_the_build_needed_are_not_in_a_program() -> None:
    """maturin's SBOM has them, too; a program that lists its crates says which ones are in it."""
    assert _told(elf(".dep-v0", rust_info()), "a@1.0.0", "cc@1.2.57") == {
        ("a", "_ruff.abi3.so"),
        ("a", "ruff"),
        ("a", "other"),
    }


def test_a_program_of_other_crates_is_not_the_wheels() -> None:
    """It holds what the SBOM does not list."""
    assert _told(rust_program("serde-1.0.219", "memchr-2.7.4"), "serde@1.0.219") >= {
        ("serde", "ruff.cyclonedx.json"),
        ("memchr", "other"),
    }


def _doubted(files: dict[str, Entry], *layers: dict[str, Entry]) -> list[str]:
    """Return the paths of programs of an image of *files*, and *layers* on them, whose crates are said not to be known."""
    problems = image_inventory({"etc/os-release": DEBIAN_12, **files}, *layers).problems
    return [one.path for one in problems if one.code == NO_CRATE_LIST]


_BASH = {"var/lib/dpkg/status": status("bash 5-1")}


@pytest.mark.parametrize("crates", [(), ("serde-1.0.219",)])
def test_that_the_rest_is_unknown_is_told(crates: tuple[str, ...]) -> None:
    """A crate that cannot panic, or whose path was left out of the build, may have any flaw."""
    (problem,) = image_inventory({"etc/os-release": DEBIAN_12, **_BASH, "app/tool": rust_program(*crates)}).problems

    assert (problem.code, problem.path, problem.layer, problem.proven) == (NO_CRATE_LIST, "app/tool", "layer0", False)


def test_of_a_list_nothing_is_unknown() -> None:
    """Neither of one that is whole, nor of a program that rustc did not make."""
    other = rust_program("serde-1.0.219").replace(b"rustc version", b"clang version")

    assert _doubted({**_BASH, "app/listed": elf(".dep-v0", rust_info()), "app/other": other}) == []


def test_the_distribution_speaks_of_its_own_programs() -> None:
    """Its packages are judged by its word alone; of a program beside them nobody speaks."""
    lists = {"var/lib/dpkg/info/bash.list": b"/.\n/usr/bin/rg\n"}

    assert _doubted({**_BASH, **lists, "usr/bin/rg": rust_program(), "usr/local/bin/rg": rust_program()}) == [
        "usr/local/bin/rg"
    ]


def test_a_deleted_program_is_no_doubt() -> None:
    """What is not in the finished image cannot be run; another name of it can."""
    program: dict[str, Entry] = {**_BASH, "app/tool": rust_program()}
    deletion: dict[str, Entry] = {"app/.wh.tool": b""}

    assert _doubted(program, deletion) == []
    assert _doubted({**program, "app/copy": ("hardlink", "app/tool")}, deletion) == ["app/copy"]


@pytest.mark.parametrize(
    ("path", "is_of_it"),
    [
        (f"{_SITE}/rpds/rpds.abi3.so", True),
        (f"{_SITE}/rpds_py.abi3.so", True),
        ("usr/local/bin/rpds-py", True),
        (f"{_SITE}/rpd/rpds.abi3.so", False),
        (f"{_SITE}/rpds_pyx/rpds.abi3.so", False),
        (f"{_SITE}/tables/_native.abi3.so", False),
        ("usr/local/bin/rpds-py-tool", False),
        ("opt/rpds/rpds.abi3.so", False),
    ],
)
def test_a_wheel_lists_the_crates_of_its_own_program(path: str, is_of_it: bool) -> None:
    """The crates that nearly all wheels share say nothing of whose a program is."""
    components = [
        {"type": "library", "purl": f"pkg:cargo/{one}", "name": one} for one in ("pyo3@0.29.3", "archery@1.2.1")
    ]
    bill = json.dumps({"bomFormat": "CycloneDX", "components": components}).encode()
    files = {**_BASH, f"{_SITE}/rpds_py-0.9.0.dist-info/sboms/rpds-py.cyclonedx.json": bill}

    assert _doubted({**files, path: rust_program("pyo3-0.29.3")}) == ([] if is_of_it else [path])
    assert _doubted({**files, path: rust_program("pyo3-0.28.0")}) == [path]


def _with_texts(program: bytes, more: bytes) -> bytes:
    """Put *more* behind the texts of a `rust_program`."""
    table = struct.unpack_from("<Q", program, 40)[0]
    first = bytearray(program[table:])
    size = struct.unpack_from("<Q", first, 64 + 32)[0]
    struct.pack_into("<Q", first, 64 + 32, size + len(more))
    for row in (2, 3):
        offset = struct.unpack_from("<Q", first, 64 * row + 24)[0]
        struct.pack_into("<Q", first, 64 * row + 24, offset + len(more))
    head = bytearray(program[:64])
    struct.pack_into("<Q", head, 40, table + len(more))
    return bytes(head) + program[64 : 64 + size] + more + program[64 + size : table] + bytes(first)
