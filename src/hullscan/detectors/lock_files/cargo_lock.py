"""Cargo's lock file. Rule: doc.rust-lang.org/cargo, "Cargo.toml vs Cargo.lock": ``[[package]]``."""

from collections.abc import Iterator

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import mappings, text_field, toml_table
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package


class CargoLock:
    """``Cargo.lock``; a package without a source is the project's own."""

    name = "cargo-lock"
    revision = 1
    directory_only = True
    interest = Interest(basenames=frozenset({"Cargo.lock"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return True

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        for one in mappings(toml_table(file).get("package")):
            name, version = text_field(one, "name"), text_field(one, "version")
            if name and version:
                yield Package(type="cargo", name=name, version=version, path=file.path)
