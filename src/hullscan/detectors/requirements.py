"""pip's requirements files. Rule: pip.pypa.io, "Requirements File Format", and PEP 508."""

import re
from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import text_of
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package

_PINNED: Final = re.compile(
    r"""(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*
        \(?\s*===?\s*(?P<version>[A-Za-z0-9][A-Za-z0-9.!+_-]*)\s*\)?\s*(?:;.*)?(?:\s--?\w.*)?(?:\#.*)?""",
    re.VERBOSE,
)
_WHEEL: Final = re.compile(r"(?:^|[/\s])(?P<name>[^/\s-]+)-(?P<version>\d[^/\s-]*)-[^/\s]+\.whl")
"""A wheel's file name (packaging.python.org, "Binary distribution format")."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?![\w.:/-])")
_FILE: Final = re.compile(r"(?:.*[-_.])?requirements?(?:[-_.].*)?\.txt", re.IGNORECASE)


class Requirements:
    """``requirements*.txt``: what is pinned by ``==`` or ``===``; a range is no version, and left empty."""

    name = "requirements"
    revision = 1
    directory_only = True
    interest = Interest(suffixes=frozenset({".txt"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        folder, _, name = path.rpartition("/")
        return bool(_FILE.fullmatch(name)) or folder.rpartition("/")[2] == "requirements"

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        for line in _lines(text_of(file)):
            found = _PINNED.fullmatch(line)
            if found is not None:
                yield Package(type="pypi", name=found["name"], version=found["version"], path=file.path)
            elif wheel := _WHEEL.search(line):
                yield Package(type="pypi", name=wheel["name"], version=wheel["version"], path=file.path)
            elif named := _NAME.match(line):
                # Which version gets installed nobody can tell: the report says so.
                yield Package(type="pypi", name=named[0], version="", path=file.path)


def _lines(text: str) -> Iterator[str]:
    """Lines joined at their backslashes, without comments (a ``#`` at the start or after a space)."""
    joined = re.sub(r"\\\r?\n", " ", text)
    for raw in joined.splitlines():
        line = re.sub(r"(?:^|\s)#.*", "", raw).strip()
        # Options of the line come after its requirement.
        line = re.sub(r"\s+--?[a-z][\w-]*[ =].*", "", line)
        if line and not line.startswith("-"):
            yield line
