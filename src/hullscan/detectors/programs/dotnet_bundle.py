"""
NuGet packages of .NET applications that are published as one file.

Rule: dotnet/designs, "Single-file Publish" and its bundler: behind the host program lie the application's files and a header,
whose place stands in the program's data before a mark; since .NET 5 the header says where the application's ``deps.json`` is.
"""

import hashlib
import struct
from collections.abc import Iterator
from typing import IO, Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.languages.dotnet import packages_of_deps
from hullscan.detectors.programs.executables import Section, read_executable
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile, read_at
from hullscan.model.package import Detected

_MARK: Final = hashlib.sha256(b".net core bundle\n").digest()
_DATA: Final = (".data",)
_LONGEST_DATA: Final = 16 * 1024 * 1024
_LARGEST: Final = 64 * 1024 * 1024
_LARGEST_LIST: Final = 16 * 1024 * 1024
_MOST_FILES: Final = 100_000

_DEPS_JSON: Final = 3
"""What the list of files says of a file's kind (HostModel, FileType)."""


class DotnetBundle:
    """ELF and PE programs with files behind their ends; one that names no ``deps.json`` was published without."""

    name = "dotnet-bundle"
    revision = 1
    directory_only = False
    interest = Interest(executables=True)

    def wants(self, path: str) -> bool:
        """See `Detector.wants`; programs are known by their first bytes, not by name."""
        return False

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        program = file.known(read_executable)
        section = program.section(*_DATA) if program is not None and program.is_extended else None
        if program is None or section is None:
            return
        with file.open() as stream:
            header = _place_of_header(stream, section)
            if not header:
                return
            place, size = _deps_json(stream, header)
            if not size:
                return
            if not 0 < place <= place + size <= program.file_bytes or size > _LARGEST:
                raise UnreadableInput("the list of what is in the application is cut off or damaged")
            data = read_at(stream, place, size)
        yield from packages_of_deps(data, file.path)


def _place_of_header(stream: IO[bytes], section: Section) -> int:
    """Where the bundle's header is, 0 if the program has none: the host of an application in many files says 0, too."""
    data = read_at(stream, section.offset, min(section.size, _LONGEST_DATA))
    place = data.find(_MARK)
    return int(struct.unpack_from("<q", data, place - 8)[0]) if place >= 8 else 0


def _deps_json(stream: IO[bytes], header: int) -> tuple[int, int]:
    """
    Return place and size of the ``deps.json``, 0 for none.

    The header: version, count of files, an id with its length before it; from version 2 on places and sizes of ``deps.json`` and
    ``runtimeconfig.json``, and flags. .NET Core 3, version 1, has them in the list of files only.
    """
    head = read_at(stream, header, 13) if header > 0 else b""
    if len(head) < 13:
        raise UnreadableInput("the application is cut off, so what is in it cannot be seen")
    major, count, length = struct.unpack("<I4xIB", head)
    place = header + 13 + length
    if major > 1:
        found = read_at(stream, place, 16)
        if len(found) < 16:
            raise UnreadableInput("the application is cut off, so what is in it cannot be seen")
        start, size = struct.unpack("<qq", found)
        return start, size
    rows = read_at(stream, place, _LARGEST_LIST)
    position = 0
    for _ in range(min(count, _MOST_FILES)):
        if position + 18 > len(rows):
            raise UnreadableInput("the application's list of files is cut off")
        start, size, kind = struct.unpack_from("<qqB", rows, position)
        named, position = _length(rows, position + 17)
        if kind == _DEPS_JSON or rows[position : position + named].endswith(b".deps.json"):
            return start, size
        position += named
    return 0, 0


def _length(data: bytes, place: int) -> tuple[int, int]:
    """A length in one or two pieces of seven bits (BinaryWriter.Write(String)), and where what it is of begins."""
    length = data[place] & 0x7F
    if data[place] < 0x80 or place + 1 >= len(data):
        return length, place + 1
    return length | data[place + 1] << 7, place + 2
