"""Packages that apk installed. Rule: apk-v2(5), the installed database's one-letter fields."""

from collections.abc import Iterator

from hullscan.detectors.detector import Interest
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, OwnedPaths, Package, SourcePackage
from hullscan.model.report import Problem


class Apk:
    """``P`` name, ``V`` version, ``A`` architecture, ``o`` origin (the source package), ``F`` and ``R`` files."""

    name = "apk"
    revision = 2
    directory_only = False
    interest = Interest(paths=frozenset({"lib/apk/db/installed", "usr/lib/apk/db/installed"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return path in self.interest.paths

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        fields: dict[str, str] = {}
        paths: list[str] = []
        number = 0
        with file.open() as stream:
            for raw in stream:
                line = raw.decode("utf-8", "surrogateescape").rstrip("\r\n")
                if not line:
                    if fields:
                        number += 1
                        yield from _package(fields, paths, file.path, number)
                    fields, paths = {}, []
                    continue
                key, colon, value = line.partition(":")
                if not colon or len(key) != 1:
                    message = f"record {number + 1} of apk's database holds the line {line[:60]!r}"
                    yield Problem(code="broken-record", path=file.path, message=message)
                elif key == "F":
                    fields["F"] = value
                elif key == "R":
                    paths.append(f"{fields['F']}/{value}" if fields.get("F") else value)
                else:
                    fields.setdefault(key, value)
        if fields:
            yield from _package(fields, paths, file.path, number + 1)
        elif number == 0:
            # Emptied to make an image small, or to hide what is in it: either way nothing is known of its packages.
            raise UnreadableInput("it lists no package at all")


def _package(fields: dict[str, str], paths: list[str], path: str, number: int) -> Iterator[Detected]:
    name, version = fields.get("P", ""), fields.get("V", "")
    if not name or not version:
        message = f"record {name or number} of apk's database is broken: it says no {'version' if name else 'name'}"
        yield Problem(code="broken-record", path=path, message=message)
        return
    origin = fields.get("o", "")
    architecture = fields.get("A", "")
    source = SourcePackage(name=origin, version="") if origin and origin != name else None
    yield Package(
        type="apk",
        name=name,
        version=version,
        source=source,
        qualifiers=(("arch", architecture),) if architecture else (),
        licenses=(fields["L"],) if fields.get("L") else (),
        path=path,
    )
    if paths:
        yield OwnedPaths(package=name, owner=source or SourcePackage(name=name), paths=tuple(paths))
