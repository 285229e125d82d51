"""Lua rocks that are installed. Rule: luarocks.org, "Rocks repositories": ``rocks-5.x/NAME/VERSION/rock_manifest``."""

from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.patterns import pattern

_PATH: Final = pattern(r"(?:.*/)?luarocks/rocks(?:-\d+\.\d+)?/([^/]+)/([^/]+)/rock_manifest")


class LuaRocks:
    """The folders say name and version; the manifest beside the rock says that it was installed whole."""

    name = "luarocks"
    revision = 1
    directory_only = False
    interest = Interest(basenames=frozenset({"rock_manifest"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return _PATH.fullmatch(path) is not None

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        place = _PATH.fullmatch(file.path)
        if place is not None:
            yield Package(type="luarocks", name=place[1].lower(), version=place[2], path=file.path)
