"""Packages that rpm installed, from its database in any of its three forms, and distroless manifests of it."""

from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.systems.rpm_header import RpmHeader, read_header
from hullscan.detectors.systems.rpmdb import berkeley_blobs, ndb_blobs, sqlite_blobs
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, OwnedPaths, Package, SourcePackage
from hullscan.model.purls import source_of_rpm
from hullscan.model.report import Problem
from hullscan.model.vendors import vendor_text

_FOLDERS: Final = ("var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm")
_NAMES: Final = ("Packages", "Packages.db", "rpmdb.sqlite", "rpmdb.sqlite-wal")
_MANIFEST: Final = "var/lib/rpmmanifest/container-manifest-2"
_NONE: Final = "(none)"
"""What rpm's query prints for a tag that a package has not."""


class Rpm:
    """``Packages`` (Berkeley DB), ``Packages.db`` (ndb), ``rpmdb.sqlite`` with its log; Mariner's container manifest."""

    name = "rpm"
    revision = 4
    directory_only = False
    needs_siblings = True
    interest = Interest(paths=frozenset(f"{folder}/{name}" for folder in _FOLDERS for name in _NAMES) | {_MANIFEST})

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return path in self.interest.paths

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`; the log is read with its database."""
        name = file.path.rpartition("/")[2]
        if file.path == _MANIFEST:
            yield from _manifest(file)
        elif name == "rpmdb.sqlite":
            log = file.sibling("rpmdb.sqlite-wal")
            yield from _headers(sqlite_blobs(file), file, file.size_bytes + (log.size_bytes if log is not None else 0))
        elif name == "rpmdb.sqlite-wal":
            if file.size_bytes and file.sibling("rpmdb.sqlite") is None:
                raise UnreadableInput("the database whose last changes it holds is not in this layer")
        else:
            with file.open() as stream:
                blobs = ndb_blobs(stream) if name == "Packages.db" else berkeley_blobs(stream)
                yield from _headers(blobs, file, file.size_bytes)


def _headers(blobs: Iterator[bytes], file: LayerFile, room: int) -> Iterator[Detected]:
    path = file.path
    for number, blob in enumerate(blobs, 1):
        room -= len(blob)
        if room < 0:
            raise UnreadableInput("its headers have more bytes together than the database: it is damaged")
        try:
            header = read_header(blob)
        except UnreadableInput as error:
            message = f"header {number} of rpm's database is broken: {error}"
            yield Problem(code="broken-record", path=path, message=message)
            continue
        # Imported keys are kept as packages whose version is a key's id: no software.
        if header.name == "gpg-pubkey":
            continue
        yield _package(header, path)
        if header.files:
            source = source_of_rpm(header.source_rpm) or SourcePackage(name=header.name)
            yield OwnedPaths(package=header.name, owner=source, paths=header.files)


def _package(header: RpmHeader, path: str) -> Package:
    qualifiers = [
        ("arch", header.architecture),
        ("epoch", str(header.epoch) if header.epoch else ""),
        ("rpmmod", _stream(header.modularity)),
    ]
    return Package(
        type="rpm",
        name=header.name,
        version=header.evr,
        source=source_of_rpm(header.source_rpm),
        qualifiers=tuple(pair for pair in qualifiers if pair[1]),
        licenses=(header.license,) if header.license else (),
        path=path,
        vendor=vendor_text(header.vendor),
    )


def _stream(label: str) -> str:
    """``name:stream`` of a modularity label ``name:stream:version:context``."""
    return ":".join(label.split(":")[:2]) if label.count(":") >= 1 else ""


def _manifest(file: LayerFile) -> Iterator[Detected]:
    """Lines of rpm's query with tabs between: name, version-release, two times, vendor, …, architecture, epoch, source rpm."""
    for number, line in enumerate(file.read().decode("utf-8", "replace").splitlines(), 1):
        parts = line.split("\t")
        if len(parts) < 10:
            if line.strip():
                yield Problem(code="broken-record", path=file.path, message=f"line {number} has {len(parts)} parts")
            continue
        name, version, architecture, epoch, source = parts[0], parts[1], parts[7], parts[8], parts[9]
        text = f"{epoch}:{version}" if epoch not in ("", "0", _NONE) else version
        yield Package(
            type="rpm",
            name=name,
            version=text,
            source=source_of_rpm(source),
            qualifiers=(("arch", architecture),) if architecture else (),
            path=file.path,
            vendor="" if parts[4] == _NONE else vendor_text(parts[4]),
        )
