"""Packages that pacman installed. Rule: archlinux.org, "Arch package guidelines"; ``local/NAME-VERSION/desc`` and ``files``."""

from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import text_of
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, OwnedPaths, Package, SourcePackage

_PLACES: Final = ("var/lib/pacman/local/", "usr/lib/holo/pacmandb/local/")
"""pacman's own, and SteamOS', whose ``/var`` is not part of it."""


class Pacman:
    """``desc`` and ``files``: ``%FIELD%`` lines, each followed by its values up to an empty line."""

    name = "pacman"
    revision = 2
    directory_only = False
    interest = Interest(basenames=frozenset({"desc", "files"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return path.startswith(_PLACES)

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        fields: dict[str, list[str]] = {}
        current = ""
        for line in text_of(file).splitlines():
            if line.startswith("%") and line.endswith("%"):
                current = line.strip("%")
                fields[current] = []
            elif line and current:
                fields[current].append(line)
        folder, _, kind = file.path.rpartition("/")
        if kind == "files":
            told_in = f"{folder}/desc"
            owner = SourcePackage(name=folder.rpartition("/")[2])
            yield OwnedPaths(package=told_in, owner=owner, paths=tuple(fields.get("FILES", ())))
            return
        name, version = (next(iter(fields.get(key, ())), "") for key in ("NAME", "VERSION"))
        if not name or not version:
            raise UnreadableInput("it says no name or no version")
        base = next(iter(fields.get("BASE", ())), "")
        architecture = next(iter(fields.get("ARCH", ())), "")
        yield Package(
            type="alpm",
            name=name,
            version=version,
            source=SourcePackage(name=base) if base and base != name else None,
            qualifiers=(("arch", architecture),) if architecture else (),
            licenses=tuple(fields.get("LICENSE", ())),
            path=file.path,
        )
