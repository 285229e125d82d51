"""Julia's packages. Rules: pkgdocs.julialang.org, "Project.toml", "Manifest.toml" (``deps`` in format 2, the table itself in 1)."""

from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import mappings, text_field, toml_table
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.patterns import pattern

_INSTALLED: Final = pattern(r"(?:.*/)?packages/[^/]+/[A-Za-z0-9]{4,5}/(?:Julia)?Project\.toml")


class JuliaPackages:
    """``packages/NAME/SLUG/Project.toml`` of a depot: what was installed."""

    name = "julia-packages"
    revision = 1
    directory_only = False
    interest = Interest(basenames=frozenset({"Project.toml", "JuliaProject.toml"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return _INSTALLED.fullmatch(path) is not None

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        fields = toml_table(file)
        name, version = text_field(fields, "name"), text_field(fields, "version")
        if not name or not version:
            raise UnreadableInput("it says no name or no version")
        yield _package(name, version, text_field(fields, "uuid"), file.path)


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
                if version:
                    yield _package(name, version, text_field(one, "uuid"), file.path)


def _package(name: str, version: str, uuid: str, path: str) -> Package:
    qualifiers = (("uuid", uuid),) if uuid else ()
    return Package(type="julia", name=name, version=version, qualifiers=qualifiers, path=path)
