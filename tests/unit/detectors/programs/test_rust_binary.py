"""Crates of Rust programs: those that cargo-auditable lists, and without its list those whose panics say where they stand."""

import io
import json
import struct

import pytest
from fuzz.small_binaries import elf, rust_info, rust_program

from builders import DEBIAN_12, status
from hullscan.detectors.programs.rust_binary import RustBinary
from hullscan.layers.file import LayerFile
from hullscan.model.package import Package
from inventories import image_inventory

_SITE = "usr/local/lib/python3.12/site-packages"


def _crates(data: bytes) -> list[str]:
    found = RustBinary().detect(LayerFile("usr/bin/x", len(data), lambda: io.BytesIO(data)))
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
    place = b"/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/late-1.0.0/src/lib.rs"
    for shift in (0, len(place) // 2, len(place)):
        data = rust_program("early-1.0.0")
        padding = b"\0" * (size * 1024 - shift)
        longer = _with_texts(data, padding + place)
        assert _crates(longer) == ["early 1.0.0", "late 1.0.0"]


def test_the_list_of_cargo_auditable_goes_before() -> None:
    """It is whole."""
    assert _crates(elf(".dep-v0", rust_info())) == ["a 1.0.0"]


def test_what_other_compilers_made_is_not_searched() -> None:
    """A program may hold such a text for another reason."""
    program = rust_program("serde-1.0.219")

    assert _crates(program.replace(b"rustc version", b"clang version")) == []


def test_crates_that_a_wheel_lists_are_told_once() -> None:
    """Of what maturin built, the SBOM is whole; the program is named by the crates that only it tells."""
    bill = {
        "bomFormat": "CycloneDX",
        "components": [{"type": "library", "name": "serde", "version": "1.0.219", "purl": "pkg:cargo/serde@1.0.219"}],
    }
    program = rust_program("serde-1.0.219", "memchr-2.7.4")
    inventory = image_inventory(
        {
            "etc/os-release": DEBIAN_12,
            "var/lib/dpkg/status": status("bash 5-1"),
            f"{_SITE}/ruff-0.9.0.dist-info/sboms/ruff.cyclonedx.json": json.dumps(bill).encode(),
            f"{_SITE}/ruff/_ruff.abi3.so": program,
            "usr/local/bin/ruff": program,
            "usr/local/bin/other": program,
        }
    )

    assert {(one.name, one.path.rpartition("/")[2]) for one in inventory.packages if one.type == "cargo"} == {
        ("serde", "ruff.cyclonedx.json"),
        ("memchr", "_ruff.abi3.so"),
        ("memchr", "ruff"),
        ("memchr", "other"),
        ("serde", "other"),
    }


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
