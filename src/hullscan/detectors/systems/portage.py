"""
Packages that portage installed.

Rules: Gentoo's ``/var/db/pkg/CATEGORY/NAME-VERSION/`` (Package Manager Specification 8, 3.1, 3.2), in it ``CONTENTS``, what the
package installed: lines ``obj PATH MD5 TIME``, ``sym PATH -> TARGET TIME``, ``dir PATH``.
"""

import re
from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, OwnedPaths, Package, SourcePackage
from hullscan.patterns import pattern

_PATH: Final = pattern(r"var/db/pkg/([A-Za-z0-9+_.-]+)/([^/]+)/CONTENTS")
_NAME_VERSION: Final = pattern(r"([A-Za-z0-9+_-]+?)-(\d+(?:\.\d+)*[a-z]?(?:_(?:alpha|beta|pre|rc|p)\d*)*(?:-r\d+)?)")


_FILE: Final = pattern(rb"^(?:obj /(.+) [0-9a-f]+ \d+|sym /(.+) -> .+)$", re.MULTILINE)


class Portage:
    """The folders of ``CONTENTS`` say category, name and version."""

    name = "portage"
    revision = 2
    directory_only = False
    interest = Interest(basenames=frozenset({"CONTENTS"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return _PATH.fullmatch(path) is not None

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        place = _PATH.fullmatch(file.path)
        found = _NAME_VERSION.fullmatch(place[2]) if place else None
        if place is None or found is None:
            raise UnreadableInput("its folder is no NAME-VERSION")
        yield Package(type="ebuild", namespace=place[1], name=found[1], version=found[2], path=file.path)
        paths = ((one[1] or one[2]).decode("utf-8", "surrogateescape") for one in _FILE.finditer(file.read()))
        yield OwnedPaths(package=file.path, owner=SourcePackage(name=found[1]), paths=tuple(paths))
