"""
Package databases of root file systems that lie in a folder of the image: they are told, for nothing of them is listed.

Rule: each package manager's own place of its database, as its detector has it; a folder above it is the root of another system,
as debootstrap, ``dnf --installroot`` or container tools make them. What a detector reads wherever it lies (Homebrew's kegs,
Nix's stores, Bitnami's lists) needs none of this.
"""

import re
from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.systems.apk import Apk
from hullscan.detectors.systems.cos import CosPackages
from hullscan.detectors.systems.dpkg import Dpkg
from hullscan.detectors.systems.opkg import Opkg
from hullscan.detectors.systems.rpm import Rpm
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected
from hullscan.model.report import Problem
from hullscan.patterns import pattern

_FILES: Final = frozenset(
    path
    for one in (Apk, CosPackages, Dpkg, Opkg, Rpm)
    for path in one.interest.paths
    if not path.endswith("-wal")  # it lies beside its database, and a root is told once
)
"""Databases of one file."""

_FOLDERS: Final = {
    "base-files": r"var/lib/dpkg/status\.d",
    "ALPM_DB_VERSION": "var/lib/pacman/local|usr/lib/holo/pacmandb/local",
    "CONTENTS": r"var/db/pkg/sys-apps/baselayout-[^/]+",
    "manifest.wall": "var/lib/chisel",
}
"""A file, and in which folders, that each database of many files has once: distroless's, pacman's, Portage's, Chisel's."""

_PLACES: Final = (
    *map(re.escape, sorted(_FILES)),
    *(f"(?:{folder})/{re.escape(name)}" for name, folder in _FOLDERS.items()),
)
_DATABASE: Final = pattern(rf"(?:(?P<root>.+?)/)??(?:{'|'.join(_PLACES)})")
"""A database, with the shortest root: what ``usr/lib/apk/db/installed`` ends in is a place, too."""


class OtherRoots:
    """A database that is not at the image's own root."""

    name = "other-roots"
    revision = 2
    directory_only = False
    interest = Interest(basenames=frozenset({path.rpartition("/")[2] for path in _FILES}.union(_FOLDERS)))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return bool(_root(path))

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`; an empty one is of a system in which nothing was installed."""
        if file.size_bytes:
            message = (
                f"another system has its root in {_root(file.path)}: packages of its package manager are not listed"
            )
            yield Problem(code="other-root", path=file.path, message=message)


def _root(path: str) -> str:
    """The folder whose database *path* is, "" for the image's own root or no database."""
    found = _DATABASE.fullmatch(path)
    return (found["root"] or "") if found is not None else ""
