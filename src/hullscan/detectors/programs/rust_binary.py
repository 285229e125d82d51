"""
Crates that were linked into Rust programs.

Rules: cargo-auditable's ``.dep-v0`` section (rust-secure-code, PARSING.md); without it, the places in the sources that panics tell
(doc.rust-lang.org, ``core::panic::Location``), which for crates of a registry lie in cargo's folder of it
(Cargo Book, "Cargo Home").
"""

import re
import zlib
from collections.abc import Iterator
from typing import Final

import msgspec

from hullscan.detectors.detector import Interest
from hullscan.detectors.programs.executables import LISTED_IN, Section, read_executable, read_section
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile, read_at
from hullscan.model.package import Detected, Package

_SECTIONS: Final = LISTED_IN["rust"]
_LARGEST_PACKED: Final = 16 * 1024 * 1024
_LARGEST: Final = 64 * 1024 * 1024

_WINDOW: Final = 256 * 1024
_LONGEST_PLACE: Final = 400
"""Bytes of a text that `_CRATE` matches: windows overlap by so many."""

_TEXTS: Final = ".rodata"
"""What is only read of an ELF program: its texts."""

_SOURCES: Final = b"/registry/src/"
_CRATE: Final = re.compile(
    _SOURCES + rb"[\w.-]{1,80}-[0-9a-f]{16}/([A-Za-z0-9_-]{1,64}?)-(\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]{1,60})?)[/\\]"
)
"""``~/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/serde-1.0.219/src/…``; the folder has the index's name and its hash."""


class _Crate(msgspec.Struct, frozen=True):
    name: str
    version: str
    kind: str = "runtime"
    root: bool = False


class _Crates(msgspec.Struct, frozen=True):
    packages: list[_Crate]


_decoder = msgspec.json.Decoder(_Crates)


class RustBinary:
    """
    Crates of programs that cargo-auditable built, but for those that only the build needed.

    Of others those whose panics say where they stand: not all of them, but only such as are in the program.
    """

    name = "rust-binary"
    revision = 3
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
            if program is not None and program.is_cut_off((*_SECTIONS, _TEXTS) if program.of_rust else _SECTIONS):
                raise UnreadableInput("the program is cut off")
            texts = program.section(_TEXTS) if program is not None and program.of_rust else None
            if texts is not None:
                yield from _told_by_panics(file, texts)
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


def _told_by_panics(file: LayerFile, texts: Section) -> Iterator[Package]:
    """The crates that are named in *texts*, what is only read of the program; in windows, for some have a hundred megabytes."""
    crates: set[tuple[bytes, bytes]] = set()
    with file.open() as stream:
        for start in range(0, texts.size, _WINDOW):
            data = read_at(stream, texts.offset + start, min(_WINDOW + _LONGEST_PLACE, texts.size - start))
            place = data.find(_SOURCES)
            while place >= 0:
                found = _CRATE.match(data, place)
                if found is not None:
                    crates.add((found[1], found[2]))
                place = data.find(_SOURCES, place + 1)
            if len(data) < _WINDOW:
                break
    for name, version in sorted(crates):
        yield Package(type="cargo", name=name.decode(), version=version.decode(), path=file.path)
