"""Packages that Homebrew installed. Rule: docs.brew.sh, "Formula Cookbook": ``Cellar/NAME/VERSION/INSTALL_RECEIPT.json``."""

from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.patterns import pattern

_PATH: Final = pattern(r"(?:.*/)?Cellar/([^/]+)/([^/]+)/INSTALL_RECEIPT\.json")
_REBUILD: Final = pattern(r"_\d+$")


class Homebrew:
    """The keg's folders say name and version; ``_1`` behind a version counts rebuilds of the same."""

    name = "homebrew"
    revision = 1
    directory_only = False
    interest = Interest(basenames=frozenset({"INSTALL_RECEIPT.json"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return _PATH.fullmatch(path) is not None

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        place = _PATH.fullmatch(file.path)
        if place is not None:
            yield Package(type="brew", name=place[1], version=_REBUILD.sub("", place[2]), path=file.path)
