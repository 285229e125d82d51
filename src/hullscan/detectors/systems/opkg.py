"""Packages that opkg installed. Rule: git.yoctoproject.org, opkg: dpkg's status format, at a place of its own."""

from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.systems.dpkg import installed, owned_files
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected

_PLACES: Final = ("usr/lib/opkg", "var/lib/opkg")
"""OpenWrt's and Yocto's."""


class Opkg:
    """The status file, and the files each package installed."""

    name = "opkg"
    revision = 2
    directory_only = False
    interest = Interest(
        paths=frozenset(f"{place}/status" for place in _PLACES),
        folders=frozenset(f"{place}/info" for place in _PLACES),
    )

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return path in self.interest.paths or path.endswith(".list")

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        if file.path in self.interest.paths:
            yield from installed(file, "opkg")
        else:
            yield owned_files(file)
