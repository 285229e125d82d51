"""pip's requirements files. Rule: pip.pypa.io, "Requirements File Format", and PEP 508."""

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import text_of
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.model.report import Problem
from hullscan.patterns import pattern

_REQUIRED: Final = pattern(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?(?P<clauses>.*)")
_CLAUSE: Final = pattern(r"(?:===?(?P<version>\s*[A-Za-z0-9][A-Za-z0-9.!+_-]*)|[=~!<>]=?\s*[^=<>\s]+)")
"""What a version has to be (PEP 440, "Version specifiers"); ``==1.*`` is a range, too."""

_END: Final = pattern(r"[;#]|\s-")
"""What follows the clauses: a marker, a comment, options."""

_WHEEL: Final = pattern(r"(?:^|[/\s])(?P<name>[^/\s-]+)-(?P<version>\d[^/\s-]*)-[^/\s]+\.whl")
"""A wheel's file name (packaging.python.org, "Binary distribution format")."""

_SOURCE: Final = pattern(
    r"(?:^|[/\s])(?P<name>[A-Za-z0-9][\w.-]*?)-(?P<version>\d[^/\s-]*?)\.(?:tar\.gz|tgz|zip)(?:[#?\s].*)?"
)
"""A source archive's file name (packaging.python.org, "Source distribution format")."""

_EGG: Final = pattern(r"[#&]egg=(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)")
"""What names the package at an address of a version control system (pip.pypa.io, "VCS Support")."""

_ADDRESS: Final = pattern(r"(?:[a-z]+\+)?[a-z]{2,}:.+")
_INCLUDED: Final = pattern(r"(?:-r|--requirement)[\s=]*(?P<file>\S+)")
_EDITABLE: Final = pattern(r"(?:-e|--editable)[\s=]*")
_NAME: Final = pattern(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?![\w.:/+-])")
_FILE: Final = pattern(r"(?:.*[-_.])?requirements?(?:[-_.].*)?\.txt", re.IGNORECASE)


class Requirements:
    """
    ``requirements*.txt``: what is pinned by ``==`` or ``===``; a range is no version, and left empty.

    So is what comes from a version control system. A file that is taken in by ``-r`` is read for itself, and told where its
    name is not one that is read; folders are the project's own.
    """

    name = "requirements"
    revision = 3
    directory_only = True
    interest = Interest(suffixes=frozenset({".txt"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return _is_read(path)

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        yield from requirements_of(text_of(file), file.path)


def _is_read(path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return bool(_FILE.fullmatch(name)) or (name.endswith(".txt") and folder.rpartition("/")[2] == "requirements")


def requirements_of(text: str, path: str) -> Iterator[Package | Problem]:
    """Yield what the lines of a requirements file at *path* name."""
    for line in _lines(text):
        if included := _INCLUDED.fullmatch(line):
            if not _is_read(_beside(path, included["file"])):
                message = f"it takes in {included['file'][:200]}, which is not read"
                yield Problem(code="file-not-read", path=path, message=message)
            continue
        wanted = _EDITABLE.sub("", line, count=1)
        pinned = _pinned(wanted)
        found = None if pinned else _WHEEL.search(wanted) or _SOURCE.search(wanted)
        named = _EGG.search(wanted) or _NAME.match(wanted)
        if pinned is not None:
            yield Package(type="pypi", name=pinned[0], version=pinned[1], path=path)
        elif found is not None:
            yield Package(type="pypi", name=found["name"], version=found["version"], path=path)
        elif _ADDRESS.match(wanted) and named is None:
            message = f"{wanted[:200]} names no package"
            yield Problem(code="broken-record", path=path, message=message)
        elif named is not None and not wanted.startswith("-"):
            # Which version gets installed nobody can tell: the report says so.
            yield Package(type="pypi", name=named["name"], version="", path=path)


def _pinned(line: str) -> tuple[str, str] | None:
    """Return name and version where one of the clauses of a requirement pins it, and all of them are clauses."""
    found = _REQUIRED.match(line)
    if found is None:
        return None
    text = _END.split(found["clauses"], maxsplit=1)[0].strip()
    text = text[1:-1] if text[:1] == "(" and text[-1:] == ")" else text
    clauses = [_CLAUSE.fullmatch(one.strip()) for one in text.split(",")]
    versions = [one["version"].strip() for one in clauses if one is not None and one["version"]]
    return (found["name"], versions[0]) if versions and None not in clauses else None


def _beside(path: str, included: str) -> str:
    """Return the path of a file that one in the same folder names."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), included))


def _lines(text: str) -> Iterator[str]:
    """Lines joined at their backslashes, without comments (a ``#`` at the start or after a space)."""
    joined = re.sub(r"\\\r?\n", " ", text)
    for raw in joined.splitlines():
        line = re.sub(r"(?:^|\s)#.*", "", raw).strip()
        # Options of the line come after its requirement.
        line = re.sub(r"\s--?[a-z][\w-]*[ =].*", "", line).rstrip()
        if line:
            yield line
