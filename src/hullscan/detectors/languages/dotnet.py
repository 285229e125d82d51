""".NET assemblies' dependencies. Rule: dotnet/sdk, "runtime-configuration-file.md": ``libraries`` of type package."""

from collections.abc import Iterator
from typing import Any

import msgspec

from hullscan.detectors.detector import Interest
from hullscan.errors import NOT_JSON, UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package


class DotnetDeps:
    """``*.deps.json`` of published applications; the application itself is of type project and no package."""

    name = "dotnet"
    revision = 2
    directory_only = False
    interest = Interest(suffixes=frozenset({".deps.json"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return path.endswith(".deps.json")

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        yield from packages_of_deps(file.read(), file.path)


def packages_of_deps(data: bytes, path: str) -> Iterator[Package]:
    """
    Yield the packages of a ``deps.json``, whose content is *data*.

    Raises:
        UnreadableInput: It is none.
    """
    try:
        fields: Any = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except NOT_JSON as error:
        raise UnreadableInput(f"it is no JSON: {error}") from error
    if not isinstance(fields, dict) or not ("libraries" in fields or "targets" in fields):
        raise UnreadableInput("it names neither libraries nor targets")
    libraries = fields.get("libraries")
    target = _target(fields)
    for key, library in libraries.items() if isinstance(libraries, dict) else ():
        name, slash, version = key.partition("/")
        kind = library.get("type") if isinstance(library, dict) else None
        if slash and (kind == "runtimepack" or (kind == "package" and _brings(target.get(key)))):
            # A self-contained application carries the runtime itself, under its package's name.
            yield Package(type="nuget", name=name.removeprefix("runtimepack."), version=version, path=path)


def _target(fields: dict[str, Any]) -> dict[str, Any]:
    """Return what the application's own target says of each library; empty if it says nothing."""
    targets, runtime = fields.get("targets"), fields.get("runtimeTarget")
    name = runtime.get("name") if isinstance(runtime, dict) else None
    found = targets.get(name) if isinstance(targets, dict) else None
    return found if isinstance(found, dict) else {}


def _brings(entry: Any) -> bool:
    """Whether a library brings files to run: one that was only compiled against is not deployed."""
    return not isinstance(entry, dict) or any(
        key in entry for key in ("runtime", "native", "runtimeTargets", "resources")
    )
