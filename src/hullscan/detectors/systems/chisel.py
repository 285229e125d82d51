"""Chiselled Ubuntu. Rule: canonical/chisel, ``chisel.wall``: zstd of JSON lines, ``{"kind":"package",…}``."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from hullscan.detectors.detector import Interest
from hullscan.errors import NOT_JSON, UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.layers.inflate import Inflater
from hullscan.model.package import Detected, OwnedPaths, Package, SourcePackage
from hullscan.model.report import Problem

_LARGEST: Final = 64 * 1024 * 1024


class Chisel:
    """``var/lib/chisel/manifest.wall``: packages, and the paths that their slices brought."""

    name = "chisel"
    revision = 2
    directory_only = False
    interest = Interest(suffixes=frozenset({".wall"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return path.startswith("var/lib/chisel/")

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        data = _plain(file)
        paths: dict[str, list[str]] = {}
        names = []
        for number, line in enumerate(data.splitlines(), 1):
            try:
                fields: Any = msgspec.json.decode(line)
            except NOT_JSON as error:
                yield Problem(code="broken-record", path=file.path, message=f"line {number} is no JSON: {error}")
                continue
            kind = fields.get("kind") if isinstance(fields, dict) else None
            if kind == "package":
                name, version = fields.get("name"), fields.get("version")
                if not isinstance(name, str) or not isinstance(version, str):
                    message = f"line {number} names a package without a name or a version"
                    yield Problem(code="broken-record", path=file.path, message=message)
                    continue
                architecture = fields.get("arch")
                names.append(name)
                yield Package(
                    type="deb",
                    name=name,
                    version=version,
                    qualifiers=(("arch", architecture),) if isinstance(architecture, str) else (),
                    path=file.path,
                )
            elif kind == "path" and isinstance(fields.get("slices"), list):
                for piece in fields["slices"]:
                    paths.setdefault(str(piece).partition("_")[0], []).append(str(fields.get("path", "")).lstrip("/"))
        for name in names:
            if paths.get(name):
                yield OwnedPaths(package=name, owner=SourcePackage(name=name), paths=tuple(paths[name]))


def _plain(file: LayerFile) -> bytes:
    inflater = Inflater()
    plain = bytearray()
    for pieces in (inflater.feed(file.read()), inflater.finish()):
        for piece in pieces:
            plain += piece
            if len(plain) > _LARGEST:
                raise UnreadableInput(f"it inflates to more than {_LARGEST} bytes")
    if not plain:
        raise UnreadableInput("it is empty")
    return bytes(plain)
