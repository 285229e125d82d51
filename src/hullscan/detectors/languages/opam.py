"""OCaml packages that opam installed. Rule: opam's manual, "File hierarchies": ``.opam-switch/packages/NAME.VERSION/opam``."""

from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.patterns import pattern

_PATH: Final = pattern(r"(?:.*/)?\.opam-switch/packages/([A-Za-z0-9_+-]+)\.([^/]+)/opam")


class Opam:
    """The folder says name and version; there is no dot in a name."""

    name = "opam"
    revision = 1
    directory_only = False
    interest = Interest(basenames=frozenset({"opam"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return _PATH.fullmatch(path) is not None

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        place = _PATH.fullmatch(file.path)
        if place is not None:
            yield Package(type="opam", name=place[1], version=place[2], path=file.path)
