"""R packages. Rules: rstudio.github.io/renv ``renv.lock``; CRAN "Writing R Extensions" (``DESCRIPTION`` of what is installed)."""

import re
from collections.abc import Iterator
from typing import Any, Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import json_object, text_field, text_of
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.patterns import pattern

_FIELD: Final = pattern(r"^(Package|Version|License|Built|Repository|biocViews):[ \t]*(\S.*)$", re.MULTILINE)


class RenvLock:
    """``renv.lock``: ``Packages`` by name."""

    name = "renv-lock"
    revision = 2
    directory_only = True
    interest = Interest(basenames=frozenset({"renv.lock"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return True

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`; what comes from GitHub or this disk is a build of the package that CRAN has."""
        packages = json_object(file).get("Packages")
        for one in packages.values() if isinstance(packages, dict) else ():
            name, version = text_field(one, "Package"), text_field(one, "Version")
            kind = "bioconductor" if _of_bioconductor(one) else "cran"
            if name and version:
                yield Package(type=kind, name=name, version=version, path=file.path)


def _of_bioconductor(one: dict[str, Any]) -> bool:
    """Say whether Bioconductor publishes it, which calls its repositories ``BioCsoft``, ``BioCann`` and so on."""
    repository = text_field(one, "Repository").lower()
    return text_field(one, "Source") == "Bioconductor" or repository.startswith(("bioc", "https://bioconductor.org"))


class RDescription:
    """``DESCRIPTION``: installed packages say when and by what they were ``Built``; libraries may be anywhere."""

    name = "r-description"
    revision = 3
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
            # Bioconductor asks for the terms of its views; a package of CRAN may have some, too.
            of_bioconductor = "biocViews" in fields and fields.get("Repository") != "CRAN"
            yield Package(
                type="bioconductor" if of_bioconductor else "cran",
                name=fields["Package"],
                version=fields["Version"],
                licenses=licenses,
                path=file.path,
            )
