"""Modules that were linked into Go programs. Rule: Go's debug/buildinfo and runtime/debug.ParseBuildInfo."""

import re
import struct
from collections.abc import Iterator
from typing import IO, Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.programs.executables import LISTED_IN, Executable, Section, read_executable, section_windows
from hullscan.detectors.programs.program_text import find_version
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile, read_at
from hullscan.model.package import Detected, Package
from hullscan.patterns import pattern

_MAGIC: Final = b"\xff Go buildinf:"
_SECTIONS: Final = LISTED_IN["go"]
_LONGEST: Final = 16 * 1024 * 1024
_SEARCHED: Final = 256 * 1024 * 1024
_HEADER: Final = 32
_SENTINEL: Final = 16
_WORKING_COPY: Final = ("", "(devel)")
_MAIN: Final = pattern(r"^(?:mod\t(\S+)\t(\S*)|dep\t(\S+)\t\(devel\))", re.MULTILINE)
"""The module that was built. Of single files (``go build main.go``) it is but a dependency, and the only one without a version."""
_OF_A_COMMIT: Final = pattern(r"v\d+\.\d+\.\d+-(?:[\w.-]+\.)?\d{14}-[0-9a-f]{12}(?:\+[\w.+-]+)?")
"""A pseudo-version (go.dev/ref/mod, "Pseudo-versions")."""

_MAJOR: Final = pattern(r"(.+)/v(\d+)")
_LINKED: Final = pattern(r"-X[ =]['\"]?([^\s='\"]+)\.(\w+)=([^\s'\"\\]+)")
_RELEASE: Final = pattern(r"v?(\d+\.\d+\.\d+(?:[-+][\w.+-]+)?)")
_VERSION_NAMES: Final = frozenset(
    {"version", "gitversion", "gitdescribe", "buildversion", "appversion", "semver", "ver", "tag"}
)
_STAMPED: Final = frozenset({"github.com/traefik/traefik", "helm.sh/helm"})
"""Modules whose releases are built from a working copy and without paths."""

_VERSION: Final = pattern(r"go(\d+(?:\.\d+)*(?:(?:rc|beta)\d+)?)")
_DEVELOPMENT: Final = pattern(r"devel \S+")


class GoBinary:
    """The main module, its dependencies as they were built (a replacement counts), and the standard library."""

    name = "go-binary"
    revision = 7
    directory_only = False
    interest = Interest(executables=True)

    def wants(self, path: str) -> bool:
        """See `Detector.wants`; programs are known by their first bytes, not by name."""
        return False

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`; a program that is not Go's says nothing."""
        program = file.known(read_executable)
        if program is None:
            return
        with file.open() as stream:
            found = _build_info(stream, program)
        if found is not None:
            version, modules = found
            main = _MAIN.search(modules)
            own = _own_version(file, modules, main) if main is not None else None
            for package in _packages(version, modules, file.path):
                if own is None or package.full_name != own.full_name:
                    yield package
            if own is not None:
                yield own


def _own_version(file: LayerFile, modules: str, main: re.Match[str]) -> Package | None:
    """
    The program's own module by the version that its linker was told, where the build information has none that is a release.

    Go 1.24 and later make one of the commit (go.dev/doc/go1.24, "Go command"), which where tags are missing begins with v0.0.0.
    """
    name, version = main[1] or main[3], main[2] or ""
    if version in _WORKING_COPY:
        built = _linked_version(modules, name) or _stamped_version(file, name)
    else:
        built = _linked_version(modules, name) if _OF_A_COMMIT.fullmatch(version) else ""
    return _module(name, built, file.path) if built else None


def _build_info(stream: IO[bytes], program: Executable) -> tuple[str, str] | None:
    """Return (Go version, module lines), None if there is no build information."""
    section = program.section(*_SECTIONS) or program.section(".data", "__data")
    place = _place_of_info(stream, section) if section is not None else -1
    data = read_at(stream, section.offset + place, _HEADER) if section is not None and place >= 0 else b""
    if section is None or len(data) < _HEADER:
        if program.is_cut_off(_SECTIONS):
            raise UnreadableInput("the program is cut off")
        if program.is_packed(stream):
            raise UnreadableInput("the program is packed by UPX, so what was built into it cannot be seen")
        return None
    flags = data[15]
    if flags & 2:
        body = read_at(stream, section.offset + place + _HEADER, _LONGEST)
        version, rest = _inline(body)
        modules, _ = _inline(rest)
    else:
        order = ">" if flags & 1 else "<"
        form = order + ("Q" if data[14] == 8 else "I")
        size = struct.calcsize(form)
        version = _pointed(stream, program, struct.unpack_from(form, data, 16)[0], form)
        modules = _pointed(stream, program, struct.unpack_from(form, data, 16 + size)[0], form)
    if len(modules) >= 2 * _SENTINEL + 1 and modules[-_SENTINEL - 1 : -_SENTINEL] == b"\n":
        modules = modules[_SENTINEL:-_SENTINEL]
    return version.decode("utf-8", "replace"), modules.decode("utf-8", "replace")


def _place_of_info(stream: IO[bytes], section: Section) -> int:
    """
    Return where in *section* the information begins, -1 if it is nowhere.

    Go's linker puts it first; one of C, which joins what both compiled, puts it anywhere in the data.
    """
    for place, data in section_windows(stream, section, len(_MAGIC), _SEARCHED):
        if (found := data.find(_MAGIC)) >= 0:
            return place + found
    return -1


def _inline(data: bytes) -> tuple[bytes, bytes]:
    """A string with its length before it, as an unsigned varint (encoding/binary)."""
    length = shift = 0
    for place, byte in enumerate(data[:10]):
        length |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            if place + 1 + length > len(data):
                raise UnreadableInput("the Go build information is cut off")
            return data[place + 1 : place + 1 + length], data[place + 1 + length :]
    raise UnreadableInput("the Go build information is damaged")


def _pointed(stream: IO[bytes], program: Executable, address: int, form: str) -> bytes:
    """A Go string by the address of its header: pointer and length."""
    size = struct.calcsize(form)
    header = program.read_address(stream, address, 2 * size)
    if len(header) < 2 * size:
        return b""
    pointer, length = struct.unpack_from(form, header)[0], struct.unpack_from(form, header, size)[0]
    return program.read_address(stream, pointer, min(length, _LONGEST))


def _packages(version: str, modules: str, path: str) -> Iterator[Package]:
    found = _VERSION.match(version)
    # A toolchain of a commit (``devel go1.24-3a5df9d2b2``) is between releases, and nobody can say what it has.
    toolchain = found[1] if found is not None else (_DEVELOPMENT.match(version) or ("",))[0]
    if toolchain:
        yield Package(type="golang", name="stdlib", version=toolchain, path=path)
    pending: Package | None = None
    for line in modules.split("\n"):
        parts = line.split("\t")
        if parts[0] == "=>" and len(parts) >= 3:
            # In place of a folder on the builder's disk ("./staging/…") there is no module, and no version.
            pending = None if parts[2] in _WORKING_COPY else _module(parts[1], parts[2], path)
            continue
        if pending is not None:
            yield pending
            pending = None
        if parts[0] in ("mod", "dep") and len(parts) >= 3:
            # Built from a working copy, it has no version that an advisory could name.
            pending = None if parts[2] in _WORKING_COPY else _module(parts[1], parts[2], path)
    if pending is not None:
        yield pending


def _linked_version(modules: str, module: str) -> str:
    """
    The version that the linker was told to write into the program (``-ldflags "-X main.version=v1.0.0"``), if it is one.

    Of several, one that is written into *module* itself counts: others may be of what it uses.
    """
    flags = next((line for line in modules.split("\n") if line.startswith("build\t-ldflags=")), "")
    told: dict[bool, set[str]] = {True: set(), False: set()}
    for place, name, value in _LINKED.findall(flags):
        release = _RELEASE.fullmatch(value)
        if name.lower() in _VERSION_NAMES and release is not None:
            own = place == "main" or f"{place}/".startswith(module + "/")
            told[own].add(release[1])
    versions = told[True] | told[False]
    counting = versions if len(versions) == 1 else told[True]
    return f"v{next(iter(counting))}" if len(counting) == 1 else ""


def _stamped_version(file: LayerFile, module: str) -> str:
    """
    The version in the program itself, where its build information leaves out the linker's flags (``-trimpath``).

    What the linker writes ends with a NUL, as no other text of a Go program does; the module's path says the major version.
    """
    place = _MAJOR.fullmatch(module)
    if place is None or place[1] not in _STAMPED:
        return ""
    words = f"{place[2]}.".encode()
    found = find_version(file, words, re.compile(rb"(?<![\w.])v?(%s\d+\.\d+(?:-(?:alpha|beta|rc)\.?\d+)?)\0" % words))
    return f"v{found}" if found else ""


def _module(name: str, version: str, path: str) -> Package:
    namespace, _, last = name.rpartition("/")
    return Package(type="golang", namespace=namespace, name=last, version=version, path=path)
