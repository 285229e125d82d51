"""Container-Optimized OS. Rule: cloud.google.com/container-optimized-os, ``/etc/cos-package-info.json``."""

from collections.abc import Iterator

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import json_object, mappings, text_field
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package


class CosPackages:
    """``installedPackages`` and ``buildTimePackages``, by category and name as in Gentoo."""

    name = "cos"
    revision = 1
    directory_only = False
    interest = Interest(paths=frozenset({"etc/cos-package-info.json"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return path in self.interest.paths

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        fields = json_object(file)
        for key, dev in (("installedPackages", False), ("buildTimePackages", True)):
            for one in mappings(fields.get(key)):
                name, version = text_field(one, "name"), text_field(one, "version")
                if name and version:
                    yield Package(
                        type="cos",
                        namespace=text_field(one, "category"),
                        name=name,
                        version=version,
                        path=file.path,
                        dev=dev,
                    )
