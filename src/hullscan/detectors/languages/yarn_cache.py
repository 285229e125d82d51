"""
npm packages that Yarn runs from their archives, with no ``node_modules`` beside them.

Rule: yarnpkg.com, "Plug'n'Play" and "Cache strategies": ``.yarn/cache/NAME-npm-VERSION-HASH-CHECKSUM.zip``, in which the package
lies as ``node_modules/NAME``; ``cacheFolder`` may be anywhere.
"""

from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.languages.node import read_package
from hullscan.detectors.zip_archive import Room, ZipArchive
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected
from hullscan.patterns import pattern

_ARCHIVE: Final = pattern(r"[^/]+-[0-9a-f]{10}(?:-[0-9a-z]{1,16})?\.zip")
_DESCRIPTION: Final = pattern(r"node_modules/(?:@[^/]+/)?[^/]+/package\.json")
_MOST_MEMBERS: Final = 500_000
_LARGEST: Final = 16 * 1024 * 1024


class YarnCache:
    """Archives called as Yarn calls them; the ``package.json`` of the package, not those of what it bundles."""

    name = "yarn-cache"
    revision = 1
    directory_only = False
    interest = Interest(suffixes=frozenset({".zip"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return _ARCHIVE.fullmatch(path[path.rfind("/") + 1 :]) is not None

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`; another program's archive may have such a name."""
        with file.open() as stream:
            archive = ZipArchive(stream, frozenset({b"json"}), _MOST_MEMBERS, Room(_LARGEST))
            found = [one for one in archive.members if _DESCRIPTION.fullmatch(one.name)]
            for one in found:
                package = read_package(archive.read(one, _LARGEST), f"{file.path}!/{one.name}")
                if package is not None:
                    yield package
            if not archive.is_whole:
                raise UnreadableInput("it is cut off")
