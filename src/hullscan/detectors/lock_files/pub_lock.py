"""Dart's lock file. Rule: dart.dev, "Package dependencies" (pubspec.lock)."""

from collections.abc import Iterator

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import text_field, yaml_documents
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package


class PubLock:
    """``pubspec.lock``: ``packages`` with source, version and how each is depended on."""

    name = "pub-lock"
    revision = 1
    directory_only = True
    interest = Interest(basenames=frozenset({"pubspec.lock"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return True

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        for document in yaml_documents(file):
            packages = document.get("packages")
            for name, one in packages.items() if isinstance(packages, dict) else ():
                version = text_field(one, "version") if isinstance(one, dict) else ""
                if version:
                    dev = text_field(one, "dependency") == "direct dev"
                    yield Package(type="pub", name=str(name), version=version, path=file.path, dev=dev)
