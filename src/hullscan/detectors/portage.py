"""Packages that portage installed. Rule: Gentoo's ``/var/db/pkg/CATEGORY/PF/`` (Package Manager Specification 8, 3.1 and 3.2)."""

import re
from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import text_of
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package

_PATH: Final = re.compile(r"var/db/pkg/([A-Za-z0-9+_.-]+)/[^/]+/PF")
_NAME_VERSION: Final = re.compile(r"([A-Za-z0-9+_-]+?)-(\d+(?:\.\d+)*[a-z]?(?:_(?:alpha|beta|pre|rc|p)\d*)*(?:-r\d+)?)")


class Portage:
    """``PF`` holds ``NAME-VERSION``; the folder above its own is the category."""

    name = "portage"
    revision = 1
    directory_only = False
    interest = Interest(basenames=frozenset({"PF"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return _PATH.fullmatch(path) is not None

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        place = _PATH.fullmatch(file.path)
        found = _NAME_VERSION.fullmatch(text_of(file).strip())
        if place is None or found is None:
            raise UnreadableInput("it is no NAME-VERSION")
        yield Package(type="ebuild", namespace=place[1], name=found[1], version=found[2], path=file.path)
