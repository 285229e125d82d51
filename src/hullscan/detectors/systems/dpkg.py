"""
Packages that dpkg installed.

Rule: Debian Policy 5 and 5.6.1 (Source), deb-control(5) (Origin), dpkg(1) "Package states", distroless's layout.
"""

from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.systems.stanzas import Stanza, stanzas
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, OwnedPaths, Package, SourcePackage
from hullscan.model.report import Problem
from hullscan.model.vendors import vendor_text
from hullscan.patterns import pattern

_SOURCE: Final = pattern(r"([^\s(]+)(?:\s*\(([^)]*)\))?")

_PRESENT: Final = frozenset({"installed", "unpacked", "half-configured", "triggers-awaited", "triggers-pending"})
"""States in which a package's files are on the disk as a whole; half-installed, config-files and not-installed are not."""


_PLACES: Final = ("var/lib/dpkg", "usr/lib/dpkg", "usr/lib/sysimage/dpkg")
"""dpkg's own, and where images keep it whose ``/var`` is not part of them."""


_CONTROL_FILES: Final = (
    ".preinst", ".postinst", ".prerm", ".postrm", ".conffiles", ".config", ".templates", ".triggers", ".shlibs", ".symbols",
)  # fmt: skip
"""What else a package brings for dpkg (deb(5)): distroless images may keep it beside the package's own file."""


class Dpkg:
    """Packages of dpkg's status database, of distroless's one file a package, and the files each installed."""

    name = "dpkg"
    revision = 4
    directory_only = False
    interest = Interest(
        paths=frozenset(f"{place}/status" for place in _PLACES),
        folders=frozenset(f"{place}/{folder}" for place in _PLACES for folder in ("status.d", "info")),
    )

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        if path.endswith("/status"):
            return path in self.interest.paths
        if "/status.d/" in path:
            return not path.endswith(_CONTROL_FILES)
        return path.endswith(".list")

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        if "/info/" in file.path:
            yield owned_files(file)
        elif file.path.endswith(".md5sums"):
            yield _summed_files(file)
        else:
            yield from installed(file, "deb", single="/status.d/" in file.path)


def installed(file: LayerFile, kind: str, *, single: bool = False) -> Iterator[Detected]:
    """
    Yield the installed packages of a status file, of purl type *kind*; of one with a *single* package there is no state.

    Raises:
        UnreadableInput: It lists none.
    """
    empty = True
    with file.open() as stream:
        for stanza in stanzas(stream):
            empty = False
            yield from _package(stanza, file.path, kind, single=single)
    if empty:
        # Emptied to make an image small, or to hide what is in it: either way nothing is known of its packages.
        raise UnreadableInput("it lists no package at all")


def _package(stanza: Stanza, path: str, kind: str, *, single: bool) -> Iterator[Detected]:
    fields = stanza.fields
    name, version = fields.get("package", ""), fields.get("version", "")
    status = fields.get("status", "")
    state = status.split()[-1] if status.split() else ""
    if state and state not in _PRESENT:
        return
    if not state and not single:
        yield _broken(path, stanza, "it says no Status")
    elif not name:
        yield _broken(path, stanza, "it says no Package")
    elif not version:
        yield _broken(path, stanza, "it says no Version")
    else:
        architecture = fields.get("architecture", "")
        yield Package(
            type=kind,
            name=name,
            version=version,
            source=_source(fields.get("source", ""), name),
            qualifiers=(("arch", architecture),) if architecture else (),
            path=path,
            vendor=vendor_text(fields.get("origin", "")),
        )
        if stanza.cut:
            yield _broken(path, stanza, "the file ends in the middle of it")


def _source(text: str, name: str) -> SourcePackage | None:
    """``Source: name (version)``; absent where it is the binary's own name and version (Policy 5.6.1)."""
    found = _SOURCE.fullmatch(text) if text else None
    if found is None:
        return None
    if found[1] == name and not found[2]:
        return None
    return SourcePackage(name=found[1], version=(found[2] or "").strip())


def _broken(path: str, stanza: Stanza, reason: str) -> Problem:
    what = stanza.fields.get("package") or f"number {stanza.number}"
    return Problem(code="broken-record", path=path, message=f"the record {what} of the database is broken: {reason}")


def _summed_files(file: LayerFile) -> OwnedPaths:
    """Distroless has no lists, but digests of what each package brought; the file beside it names the package."""
    lines = (line.partition(b"  ")[2] for line in file.read().split(b"\n"))
    paths = tuple(line.decode("utf-8", "surrogateescape").strip("/") for line in lines if line)
    told_in = file.path.removesuffix(".md5sums")
    return OwnedPaths(package=told_in, owner=SourcePackage(name=told_in.rpartition("/")[2]), paths=paths)


def owned_files(file: LayerFile) -> OwnedPaths:
    """
    Return the list of one package; its name may carry the architecture (``libc6:amd64.list``). The owner is found later.

    opkg writes modes behind tabs.
    """
    name = file.path.rpartition("/")[2].removesuffix(".list").partition(":")[0]
    lines = file.read().decode("utf-8", "surrogateescape").split("\n")
    paths = (line.partition("\t")[0].strip("/") for line in lines)
    return OwnedPaths(
        package=name, owner=SourcePackage(name=name), paths=tuple(path for path in paths if path and path != ".")
    )
