"""Julia's manifests. Rule: pkgdocs.julialang.org, "Manifest.toml": ``deps`` (format 2) or the table itself (format 1)."""

from collections.abc import Iterator

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import mappings, text_field, toml_table
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package


class JuliaManifest:
    """``Manifest.toml``: each name with its entries; one without a version is of the standard library."""

    name = "julia-manifest"
    revision = 1
    directory_only = True
    interest = Interest(basenames=frozenset({"Manifest.toml", "JuliaManifest.toml"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return True

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        fields = toml_table(file)
        entries = fields.get("deps") if "manifest_format" in fields else fields
        # The standard library has Julia's own version.
        julia = text_field(fields, "julia_version")
        for name, told in entries.items() if isinstance(entries, dict) else ():
            for one in mappings(told):
                version = text_field(one, "version") or julia
                uuid = text_field(one, "uuid")
                if version:
                    yield Package(
                        type="julia",
                        name=name,
                        version=version,
                        qualifiers=(("uuid", uuid),) if uuid else (),
                        path=file.path,
                    )
