"""
Installed Python distributions.

Rules: PyPA "Recording installed projects" and "Core metadata"; setuptools' egg formats; docs.python.org, "zipapp", applications
in one archive, into which pex and shiv put the distributions that they need.
"""

import re
from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.zip_archive import Room, ZipArchive
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.model.report import Problem
from hullscan.patterns import pattern

_LARGEST_METADATA: Final = 16 * 1024 * 1024
_LONGEST_LICENCE: Final = 100
_IN_EGG: Final = "EGG-INFO/PKG-INFO"
_MOST_MEMBERS: Final = 500_000
_APPLICATIONS: Final = (".pex", ".pyz")
_IN_APPLICATION: Final = pattern(r"(?:.*/)?[^/]+\.dist-info/METADATA")
_OTHER_PYZ: Final = b"PYZ\0"
"""What PyInstaller calls so is no zip archive, and holds code only."""

_LARGEST_TOGETHER: Final = 256 * 1024 * 1024
_FIELD: Final = pattern(r"([A-Za-z][A-Za-z0-9-]*):(.*)")
_NAME: Final = pattern(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


class PythonDist:
    """``NAME.dist-info/METADATA``, ``NAME.egg-info/PKG-INFO``, ``NAME.egg-info`` as a file, ``EGG-INFO`` in eggs; ``*.pex``."""

    name = "python"
    revision = 5
    directory_only = False
    interest = Interest(
        basenames=frozenset({"METADATA", "PKG-INFO"}), suffixes=frozenset({".egg-info", ".egg", *_APPLICATIONS})
    )

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        folder, _, name = path.rpartition("/")
        if name == "METADATA":
            return folder.endswith(("dist-info", "DIST-INFO"))
        if name == "PKG-INFO":
            return folder.endswith(("egg-info", "EGG-INFO"))
        return name.endswith((".egg-info", ".egg", *_APPLICATIONS))

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        if file.path.endswith(_APPLICATIONS):
            yield from _in_application(file)
            return
        if file.path.endswith(".egg"):
            with file.open() as stream:
                archive = ZipArchive(stream, frozenset({b"info"}), _MOST_MEMBERS)
                member = next((one for one in archive.members if one.name == _IN_EGG), None)
                if member is None:
                    raise UnreadableInput(f"it has no {_IN_EGG}")
                data = archive.read(member, _LARGEST_METADATA)
        else:
            data = file.read()[:_LARGEST_METADATA]
        yield _package(data, file.path)


def _in_application(file: LayerFile) -> Iterator[Detected]:
    """The distributions in an application's archive; one that is broken leaves the others readable."""
    with file.open() as stream:
        if stream.read(len(_OTHER_PYZ)) == _OTHER_PYZ:
            return
        archive = ZipArchive(stream, frozenset({b"data"}), _MOST_MEMBERS, Room(_LARGEST_TOGETHER))
        for member in archive.members:
            if _IN_APPLICATION.fullmatch(member.name):
                path = f"{file.path}!/{member.name}"
                try:
                    yield _package(archive.read(member, _LARGEST_METADATA), path)
                except UnreadableInput as error:
                    yield Problem(code="unreadable-file", path=path, message=str(error))
        if not archive.is_whole:
            raise UnreadableInput("what was read may be an archive within this one, which is cut off")


def _package(data: bytes, path: str) -> Package:
    fields = _fields(data)
    name, version = _first(fields, "name"), _first(fields, "version")
    if not _NAME.fullmatch(name):
        raise UnreadableInput(f"it says no name of a distribution ({name[:60]!r})")
    if not version:
        raise UnreadableInput(f"it says no version of {name}")
    return Package(type="pypi", name=name, version=version, licenses=_licences(fields), path=path)


def _fields(data: bytes) -> dict[str, list[str]]:
    """
    Return the header's fields by lower-case name; the description below it may hold anything.

    Not by `email`: it ends the header at a line that is no field, which some old ``Summary`` of several lines holds.
    """
    fields: dict[str, list[str]] = {}
    lines: list[tuple[str, list[str]]] = []
    header = re.split(rb"\r?\n\r?\n", data, maxsplit=1)[0]
    for line in header.decode("utf-8-sig", "replace").splitlines():
        field = _FIELD.fullmatch(line)
        if field is not None:
            lines.append((field[1].lower(), [field[2].strip()]))
        elif lines and line[:1] in (" ", "\t"):
            lines[-1][1].append(line)
    for name, parts in lines:
        fields.setdefault(name, []).append("\n".join(parts))
    return fields


def _first(fields: dict[str, list[str]], name: str) -> str:
    return fields.get(name, [""])[0]


def _licences(fields: dict[str, list[str]]) -> tuple[str, ...]:
    """Core metadata: ``License-Expression``, before it the free text ``License`` and classifiers; a whole text is none's name."""
    licence = _first(fields, "license-expression") or _first(fields, "license")
    if licence and len(licence) < _LONGEST_LICENCE:
        return (licence,)
    told = fields.get("classifier", ())
    return tuple(one.rpartition(" :: ")[2] for one in told if one.startswith("License :: "))
