""".NET assemblies' dependencies. Rule: dotnet/sdk, "runtime-configuration-file.md": ``libraries`` of type package."""

from collections.abc import Iterator
from typing import Any

import msgspec

from hullscan.detectors.detector import Interest
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package


class DotnetDeps:
    """``*.deps.json`` of published applications; the application itself is of type project and no package."""

    name = "dotnet"
    revision = 1
    directory_only = False
    interest = Interest(suffixes=frozenset({".deps.json"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return path.endswith(".deps.json")

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        try:
            fields: Any = msgspec.json.decode(file.read().removeprefix(b"\xef\xbb\xbf"))
        except msgspec.DecodeError as error:
            raise UnreadableInput(f"it is no JSON: {error}") from error
        libraries = fields.get("libraries") if isinstance(fields, dict) else None
        for key, library in libraries.items() if isinstance(libraries, dict) else ():
            name, slash, version = key.partition("/")
            if isinstance(library, dict) and library.get("type") == "package" and slash:
                yield Package(type="nuget", name=name, version=version, path=file.path)
