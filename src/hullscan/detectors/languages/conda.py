"""Conda packages of an environment. Rule: docs.conda.io, ``conda-meta/*.json``."""

from collections.abc import Iterator

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import json_object, text_field
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package


class CondaMeta:
    """``conda-meta/NAME-VERSION-BUILD.json``: what an environment has installed."""

    name = "conda-meta"
    revision = 2
    directory_only = False
    interest = Interest(suffixes=frozenset({".json"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`; ``state.json`` has an environment's variables."""
        folder, _, name = path.rpartition("/")
        return folder.rpartition("/")[2] == "conda-meta" and name != "state.json"

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        fields = json_object(file)
        name, version = text_field(fields, "name"), text_field(fields, "version")
        if not name or not version:
            raise UnreadableInput("it says no name or no version")
        license_ = text_field(fields, "license")
        yield Package(
            type="conda", name=name, version=version, licenses=(license_,) if license_ else (), path=file.path
        )
