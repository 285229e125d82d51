"""
Crates of Rust programs that list none: those whose panics say where in the sources they stand.

Rules: doc.rust-lang.org, ``core::panic::Location``; Cargo Book, "Cargo Home": crates of a registry are unpacked in a folder of
its own, ``~/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/serde-1.0.219/``, whose name ends in the hash of its index.
"""

from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.programs.executables import LISTED_IN, Section, read_executable, section_windows
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.model.report import Problem
from hullscan.patterns import pattern

NO_CRATE_LIST: Final = "no-crate-list"
"""Code of the problem that not all crates of a program are known; the inventory leaves it out where another lists them."""

_TEXTS: Final = ".rodata"
"""What is only read of an ELF program: its texts."""

_SOURCES: Final = b"/registry/src/"
_CRATE: Final = pattern(
    _SOURCES + rb"[\w.-]{1,80}-[0-9a-f]{16}/([A-Za-z0-9_-]{1,64}?)-(\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]{1,60})?)[/\\]"
)
_LONGEST: Final = 400
"""Bytes of a text that `_CRATE` matches: windows overlap by so many."""


class RustPanics:
    """ELF programs of rustc: not all of their crates, for some never panic, but only such as are in the program."""

    name = "rust-panics"
    revision = 2
    directory_only = False
    interest = Interest(executables=True)

    def wants(self, path: str) -> bool:
        """See `Detector.wants`; programs are known by their first bytes, not by name."""
        return False

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`; a program that lists its crates is left to who reads that list."""
        program = file.known(read_executable)
        if program is None or not program.of_rust or program.section(*LISTED_IN["rust"]) is not None:
            return
        if program.is_cut_off((_TEXTS,)):
            raise UnreadableInput("the program is cut off")
        texts = program.section(_TEXTS)
        crates = sorted(_crates(file, texts)) if texts is not None else []
        for name, version in crates:
            yield Package(type="cargo", name=name.decode(), version=version.decode(), path=file.path)
        known = f"only the {len(crates)} whose panics name them are" if crates else "none is"
        yield Problem(
            code=NO_CRATE_LIST,
            path=file.path,
            message=f"a program of Rust that does not list its crates: {known} known, so flaws in others are not found",
        )


def _crates(file: LayerFile, texts: Section) -> set[tuple[bytes, bytes]]:
    """Names and versions in *texts*."""
    found = set()
    with file.open() as stream:
        for _, data in section_windows(stream, texts, _LONGEST, file.size_bytes):
            place = data.find(_SOURCES)
            while place >= 0:
                crate = _CRATE.match(data, place)
                if crate is not None:
                    found.add((crate[1], crate[2]))
                place = data.find(_SOURCES, place + 1)
    return found
