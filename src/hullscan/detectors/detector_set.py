"""All detectors as one: which files they want, and what they say about each."""

import hashlib
import lzma
import re
import sqlite3
import struct
import zlib
from collections.abc import Iterable, Sequence
from typing import Final

from hullscan.detectors.detector import Detector
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.layers.programs import MAGIC_BYTES, is_program
from hullscan.model.package import DetectedFile, Distro, OwnedPaths, Package
from hullscan.model.report import Problem

BROKEN_INPUT: Final = (
    UnreadableInput,
    ValueError,  # with it UnicodeError and json's error
    LookupError,
    AttributeError,  # a JSON value of another type than its format says
    TypeError,
    ArithmeticError,
    EOFError,
    RecursionError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    sqlite3.Error,
    SyntaxError,  # XML's ParseError is one
)
"""What parsers raise when bytes are not what they should be. Anything else is our mistake, and is let out."""


class DetectorSet:
    """
    Compiles the interests of *detectors* into a few look-ups.

    Lock-file detectors (`directory_only`) take part only if *directory* is true.
    """

    def __init__(self, detectors: Sequence[Detector], *, directory: bool = False) -> None:
        self._detectors = tuple(one for one in detectors if directory or not one.directory_only)
        self._paths: dict[str, list[Detector]] = {}
        self._basenames: dict[str, list[Detector]] = {}
        self._suffixes: dict[str, list[Detector]] = {}
        self._folders: dict[str, list[Detector]] = {}
        self._stores: dict[str, list[Detector]] = {}
        self._programs = tuple(one for one in self._detectors if one.interest.executables)
        for one in self._detectors:
            for table, keys in (
                (self._paths, one.interest.paths),
                (self._basenames, one.interest.basenames),
                (self._suffixes, one.interest.suffixes),
                (self._folders, one.interest.folders),
                (self._stores, one.interest.stores),
            ):
                for key in keys:
                    table.setdefault(key, []).append(one)
        self._endings = frozenset(suffix.rpartition(".")[2] for suffix in self._suffixes)
        text = ",".join(f"{one.name}={one.revision}" for one in sorted(self._detectors, key=lambda one: one.name))
        self._identity = hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def identity(self) -> str:
        """Names and revisions together: layers seen by another set are read again."""
        return self._identity

    @property
    def wants_executables(self) -> bool:
        """See `layers.wanted.Wanted`."""
        return bool(self._programs)

    def wants(self, path: str) -> bool:
        """See `layers.wanted.Wanted`."""
        folder, _, name = path.rpartition("/")
        if path in self._paths or name in self._basenames or folder in self._folders:
            return any(one.wants(path) for one in self._asked(path))
        # Most files end here, at the look-up of their last ending.
        stem, dot, ending = name.rpartition(".")
        if not dot or (ending := ending.lower()) not in self._endings:
            return False
        if "." + ending not in self._suffixes:
            before = stem.rpartition(".")
            if not before[1] or f".{before[2].lower()}.{ending}" not in self._suffixes:
                return False
        return any(one.wants(path) for one in self._asked(path))

    def needs_siblings(self, path: str) -> bool:
        """See `layers.wanted.Wanted`."""
        return any(getattr(one, "needs_siblings", False) and one.wants(path) for one in self._asked(path))

    def folders(self, paths: Iterable[str]) -> list[str]:
        """See `layers.wanted.Wanted`; nearly all paths are passed over by one search for a plain word."""
        found: dict[str, None] = {}
        paths = tuple(paths) if len(self._stores) > 1 else paths
        for store in self._stores:
            mark = store + "/"
            member = re.compile(rf"(?:.*?/)?{re.escape(mark)}[^/]+/")
            for path in paths:
                if mark in path and (folder := member.match(path)) is not None:
                    found[folder[0]] = None
        return [folder for folder in found if any(one.wants(folder) for one in self._asked(folder))]

    def detect(self, file: LayerFile) -> tuple[DetectedFile, ...]:
        """See `layers.wanted.Wanted`; a program is looked into for what was built into it, whatever its name says."""
        asked = [one for one in self._asked(file.path) if one.wants(file.path)]
        if self._programs and (not asked or _is_program(file)):
            asked += self._programs
        found = (_detect(one, file) for one in asked)
        return tuple(one for one in found if one is not None)

    def names_for(self, path: str) -> tuple[str, ...]:
        """Return the names of the detectors that read the file at *path*; none for what is known by its first bytes."""
        return tuple(one.name for one in self._asked(path) if one.wants(path))

    def _asked(self, path: str) -> list[Detector]:
        folder, _, name = path.rpartition("/")
        if not name:
            return [one for store, some in self._stores.items() if f"/{store}/" in f"/{path}" for one in some]
        asked = [
            *self._paths.get(path, ()),
            *self._basenames.get(name, ()),
            *self._folders.get(folder, ()),
        ]
        parts = name.lower().split(".")
        if len(parts) > 1:
            asked += self._suffixes.get("." + parts[-1], ())
        if len(parts) > 2:
            asked += self._suffixes.get(f".{parts[-2]}.{parts[-1]}", ())
        return list(dict.fromkeys(asked))


def _is_program(file: LayerFile) -> bool:
    with file.open() as stream:
        return is_program(stream.read(MAGIC_BYTES))


def _detect(detector: Detector, file: LayerFile) -> DetectedFile | None:
    packages: list[Package] = []
    owned: list[OwnedPaths] = []
    problems: list[Problem] = []
    distro: Distro | None = None
    try:
        for one in detector.detect(file):
            if isinstance(one, Package):
                packages.append(one)
            elif isinstance(one, OwnedPaths):
                owned.append(one)
            elif isinstance(one, Distro):
                distro = one
            else:
                problems.append(one)
    except BROKEN_INPUT as error:
        reason = str(error) or type(error).__name__
        problems.append(
            Problem(
                code="unreadable-file", path=file.path, message=f"{detector.name} could not read it: {reason[:300]}"
            )
        )
    if not packages and not owned and not problems and distro is None:
        return None
    return DetectedFile(
        path=file.path,
        detector=detector.name,
        packages=tuple(packages),
        distro=distro,
        owned=tuple(owned),
        problems=tuple(problems),
    )
