"""Crates that were linked into Rust programs. Rule: cargo-auditable's ``.dep-v0`` section (rust-secure-code, PARSING.md)."""

import zlib
from collections.abc import Iterator
from typing import Final

import msgspec

from hullscan.detectors.detector import Interest
from hullscan.detectors.programs.executables import LISTED_IN, read_executable, read_section
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package

_SECTIONS: Final = LISTED_IN["rust"]
_LARGEST_PACKED: Final = 16 * 1024 * 1024
_LARGEST: Final = 64 * 1024 * 1024


class _Crate(msgspec.Struct, frozen=True):
    name: str
    version: str
    kind: str = "runtime"
    root: bool = False


class _Crates(msgspec.Struct, frozen=True):
    packages: list[_Crate]


_decoder = msgspec.json.Decoder(_Crates)


class RustBinary:
    """Crates of programs that cargo-auditable built; those that only the build needed are marked."""

    name = "rust-binary"
    revision = 2
    directory_only = False
    interest = Interest(executables=True)

    def wants(self, path: str) -> bool:
        """See `Detector.wants`; programs are known by their first bytes, not by name."""
        return False

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`; a program without the section says nothing."""
        program = file.known(read_executable)
        section = program.section(*_SECTIONS) if program is not None else None
        if program is None or section is None:
            if program is not None and program.is_cut_off(_SECTIONS):
                raise UnreadableInput("the program is cut off")
            return
        with file.open() as stream:
            packed = read_section(stream, section, _LARGEST_PACKED)
        inflate = zlib.decompressobj()
        data = inflate.decompress(packed, _LARGEST)
        if not inflate.eof:
            raise UnreadableInput("its list of crates is cut off or too large")
        for crate in _decoder.decode(data).packages:
            if crate.kind != "build":
                yield Package(type="cargo", name=crate.name, version=crate.version, path=file.path)
