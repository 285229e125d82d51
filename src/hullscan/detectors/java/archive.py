"""Java archives, and those inside them. Rule: Maven Archiver's pom.properties; JAR specification; Spring Boot's nested jars."""

import io
import struct
from collections.abc import Iterator
from typing import IO, Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.java.names import coordinates, manifest_fields, named_version
from hullscan.detectors.java.pom import own_coordinates
from hullscan.detectors.zip_archive import Member, Room, ZipArchive
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.model.report import Problem
from hullscan.patterns import pattern

_ENDINGS: Final = (".jar", ".war", ".ear", ".par", ".sar", ".rar", ".nar", ".jpi", ".hpi", ".kar", ".lpkg")
_MEMBER_ENDINGS: Final = frozenset({b"t.mf", b"ties", b".xml", *(ending[-4:].encode() for ending in _ENDINGS)})
"""The last four bytes of what is looked for in an archive: its manifest, ``pom.properties``, ``pom.xml``, other archives."""

_PROPERTIES: Final = "pom.properties"
_DESCRIPTOR: Final = pattern(
    r"(?:.*/)?META-INF/maven/(?P<group>[^/]+)/(?P<artifact>[^/]+)/pom\.(?P<kind>properties|xml)"
)
"""Where Maven's archiver puts both."""

_OTHER_RAR: Final = b"Rar!"

_DEEPEST: Final = 12
_MOST_MEMBERS: Final = 500_000
_LARGEST_TEXT: Final = 4 * 1024 * 1024
_LARGEST_INNER: Final = 256 * 1024 * 1024
_MOST_INNER: Final = 20_000
_LEAST_ROOM: Final = 64 * 1024 * 1024
_MOST_TIMES: Final = 50
"""Inner archives are packed already, so they hardly shrink; of texts only few are read."""


class JavaArchive:
    """
    Every ``pom.properties`` (a shaded jar lists its parts), else the manifest and the file's name.

    A ``pom.xml`` stands in where its properties are missing. No class is read. A ``.rar`` is a resource adapter, if it is not
    what the packer of that name makes. Of archives that were unpacked, ``META-INF/maven/…/pom.properties`` says what they were.
    """

    name = "java"
    revision = 6
    directory_only = False
    interest = Interest(basenames=frozenset({_PROPERTIES}), suffixes=frozenset(_ENDINGS))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return path.lower().endswith(_ENDINGS) or (path.endswith(_PROPERTIES) and bool(_DESCRIPTOR.fullmatch(path)))

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        if file.path.endswith(_PROPERTIES):
            package = _pom_properties(file.read()[:_LARGEST_TEXT], file.path)
            if package is None:
                raise UnreadableInput("it says no groupId, artifactId and version")
            yield package
            return
        with file.open() as stream:
            if file.path.lower().endswith(".rar") and stream.read(4) == _OTHER_RAR:
                return
            yield from _archive(stream, file.path, 0, _Count(file.size_bytes))


class _Count:
    """How many archives were opened in one file, and how much may still be inflated of it."""

    def __init__(self, size_bytes: int) -> None:
        self.opened = 0
        self.room = Room(_LEAST_ROOM + _MOST_TIMES * size_bytes)


def _archive(stream: IO[bytes], path: str, depth: int, count: _Count) -> Iterator[Detected]:
    archive = ZipArchive(stream, _MEMBER_ENDINGS, _MOST_MEMBERS, count.room)
    if not archive.is_whole:
        yield _problem(path, "what was read may be an archive within this one, which is cut off")
    yield from _own(archive, path)
    for member in archive.members:
        if not member.name.lower().endswith(_ENDINGS):
            continue
        inner = f"{path}!/{member.name}"
        count.opened += 1
        if depth + 1 >= _DEEPEST or count.opened > _MOST_INNER:
            yield _problem(inner, "archives are nested too deeply, or too many")
            continue
        # One broken archive inside another leaves its neighbours readable.
        try:
            data = archive.read(member, _LARGEST_INNER)
            yield from _archive(io.BytesIO(data), inner, depth + 1, count)
        except (UnreadableInput, ValueError, OSError, struct.error) as error:
            yield _problem(inner, f"the archive could not be read: {error}")


def _own(archive: ZipArchive, path: str) -> Iterator[Detected]:
    """The packages that an archive says it is or holds."""
    found = []
    for member in archive.members:
        if member.name.rpartition("/")[2] != _PROPERTIES:
            continue
        package = _pom_properties(archive.read(member, _LARGEST_TEXT), path)
        if package is not None:
            found.append(package)
        elif "META-INF/maven/" in member.name:
            yield _problem(path, f"{member.name} says no groupId, artifactId and version")
    found += _described(archive, path)
    yield from found
    file_name = path.rpartition("/")[2]
    if found and any(file_name.startswith(one.name) for one in found):
        return
    if file_name.lower().endswith((".war", ".ear")):
        return  # an application of the image's own, not a published artifact
    manifest = next((one for one in archive.members if one.name.upper() == "META-INF/MANIFEST.MF"), None)
    text = archive.read(manifest, _LARGEST_TEXT).decode("utf-8", "replace") if manifest else ""
    said = coordinates(manifest_fields(text), file_name)
    if said is None:
        return
    group, artifacts, version = said
    # One that holds others is a package of its own if its name has a version, unless it is one of them under another name.
    if not found or (named_version(file_name) and all(one.version != version for one in found)):
        for artifact in artifacts:
            yield Package(type="maven", namespace=group, name=artifact, version=version, path=path)


def _described(archive: ZipArchive, path: str) -> Iterator[Package]:
    """What is told by a ``pom.xml`` alone, as by builds that leave out its properties."""
    files: dict[tuple[str, str], dict[str, Member]] = {}
    for member in archive.members:
        place = _DESCRIPTOR.fullmatch(member.name)
        if place is not None:
            files.setdefault((place["group"], place["artifact"]), {})[place["kind"]] = member
    for (group, artifact), kinds in files.items():
        if "properties" in kinds:
            continue
        told = own_coordinates(archive.read(kinds["xml"], _LARGEST_TEXT))
        # One that its parent gives a version by a property says none; the file's own name may.
        if told is not None and told[2] and "${" not in told[2]:
            yield Package(type="maven", namespace=group, name=artifact, version=told[2], path=path)


def _pom_properties(data: bytes, path: str) -> Package | None:
    fields: dict[str, str] = {}
    for line in data.decode("utf-8", "replace").splitlines():
        key, equals, value = line.partition("=")
        if equals and not key.lstrip().startswith("#"):
            fields[key.strip()] = value.strip()
    group, artifact, version = (fields.get(key, "") for key in ("groupId", "artifactId", "version"))
    if not group or not artifact or not version or "${" in version:
        return None
    return Package(type="maven", namespace=group, name=artifact, version=version, path=path)


def _problem(path: str, message: str) -> Problem:
    return Problem(code="unreadable-file", path=path, message=message)
