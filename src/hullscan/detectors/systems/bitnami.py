"""Bitnami's list of an image's components. Rule: github.com/bitnami/containers, ``/opt/bitnami/.bitnami_components.json``."""

from collections.abc import Iterator

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import json_object, text_field
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.model.report import Problem


class BitnamiComponents:
    """Name → version, architecture and distribution; images before 2022 say it nowhere else."""

    name = "bitnami"
    revision = 1
    directory_only = False
    interest = Interest(basenames=frozenset({".bitnami_components.json"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return True

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        for name, one in json_object(file).items():
            version = text_field(one, "version") if isinstance(one, dict) else ""
            if not version:
                yield Problem(
                    code="broken-record", path=file.path, message=f"the component {name[:60]} says no version"
                )
                continue
            said = (("arch", text_field(one, "arch")), ("distro", text_field(one, "distro")))
            yield Package(
                type="bitnami",
                name=name,
                version=version,
                qualifiers=tuple(pair for pair in said if pair[1]),
                path=file.path,
            )
