"""
Package databases of root file systems that lie in a folder of the image: they are told, for nothing of them is listed.

Rule: each package manager's own place of its database, as its detector has it; a folder above it is the root of another system,
as debootstrap, ``dnf --installroot`` or container tools make them.
"""

from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected
from hullscan.model.report import Problem

_RPM: Final = tuple(
    f"{folder}/{name}"
    for folder in ("var/lib/rpm", "usr/lib/sysimage/rpm")
    for name in ("Packages", "Packages.db", "rpmdb.sqlite")
)
_DATABASES: Final = ("usr/lib/apk/db/installed", "lib/apk/db/installed", "var/lib/dpkg/status", *_RPM)
"""With the longer of two that end alike before the other."""


class OtherRoots:
    """A database that is not at the image's own root."""

    name = "other-roots"
    revision = 1
    directory_only = False
    interest = Interest(basenames=frozenset(path.rpartition("/")[2] for path in _DATABASES))

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
    for one in _DATABASES:
        if path.endswith(one):
            return path[: -len(one) - 1] if path[: -len(one)].endswith("/") else ""
    return ""
