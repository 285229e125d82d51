"""Dart packages that were fetched. Rule: dart.dev, "dart pub cache": ``hosted/HOST/NAME-VERSION/pubspec.yaml``."""

from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.patterns import pattern

_PATH: Final = pattern(r"(?:.*/)?hosted/[^/]+\.[^/]+/([a-z0-9_]+)-(\d+\.[^/]+)/pubspec\.yaml")


class PubCache:
    """The folders say name and version; a compiled Dart program says nothing of its packages."""

    name = "pub-cache"
    revision = 1
    directory_only = False
    interest = Interest(basenames=frozenset({"pubspec.yaml"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return _PATH.fullmatch(path) is not None

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        place = _PATH.fullmatch(file.path)
        if place is not None:
            yield Package(type="pub", name=place[1], version=place[2], path=file.path)
