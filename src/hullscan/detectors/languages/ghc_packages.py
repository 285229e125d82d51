"""Haskell packages that are installed. Rule: GHC User's Guide, "Package databases": ``package.conf.d/*.conf``."""

import re
from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import text_of
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.patterns import pattern

_FIELD: Final = pattern(r"^(name|package-name|version|license):\s+(\S+)\s*$", re.MULTILINE)


class GhcPackages:
    """One file a library; one that is part of another package (``package-name``) has that one's name."""

    name = "ghc-packages"
    revision = 1
    directory_only = False
    interest = Interest(suffixes=frozenset({".conf"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return path.rpartition("/")[0].endswith("package.conf.d")

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        fields = dict(_FIELD.findall(text_of(file)))
        name, version = fields.get("package-name") or fields.get("name"), fields.get("version")
        if not name or not version:
            raise UnreadableInput("it says no name or no version")
        licences = (fields["license"],) if "license" in fields else ()
        yield Package(type="hackage", name=name, version=version, licenses=licences, path=file.path)
