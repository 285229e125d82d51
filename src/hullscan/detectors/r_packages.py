"""R packages. Rules: rstudio.github.io/renv ``renv.lock``; CRAN "Writing R Extensions" (``DESCRIPTION`` of what is installed)."""

import re
from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import json_object, text_field, text_of
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package

_FIELD: Final = re.compile(r"^(Package|Version|License|Built):[ \t]*(\S.*)$", re.MULTILINE)


class RenvLock:
    """``renv.lock``: ``Packages`` by name."""

    name = "renv-lock"
    revision = 1
    directory_only = True
    interest = Interest(basenames=frozenset({"renv.lock"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return True

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`; what comes from elsewhere than CRAN is of another ecosystem."""
        packages = json_object(file).get("Packages")
        for one in packages.values() if isinstance(packages, dict) else ():
            name, version = text_field(one, "Package"), text_field(one, "Version")
            kind = "cran" if text_field(one, "Source") == "Repository" else "bioconductor"
            if name and version:
                yield Package(type=kind, name=name, version=version, path=file.path)


class RDescription:
    """``DESCRIPTION``: installed packages say when and by what they were ``Built``; libraries may be anywhere."""

    name = "r-description"
    revision = 2
    directory_only = False
    interest = Interest(basenames=frozenset({"DESCRIPTION"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return True

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        fields = {found[1]: found[2].strip() for found in _FIELD.finditer(text_of(file))}
        if all(key in fields for key in ("Package", "Version", "Built")):
            licenses = (fields["License"],) if "License" in fields else ()
            yield Package(
                type="cran", name=fields["Package"], version=fields["Version"], licenses=licenses, path=file.path
            )
