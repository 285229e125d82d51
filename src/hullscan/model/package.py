"""Packages: what is installed in an image, and what a layer says about it."""

from typing import Final

import msgspec

from hullscan.model.package_url import package_url
from hullscan.model.report import Problem

OS_TYPES: Final = frozenset({"deb", "rpm", "apk", "alpm", "ebuild", "opkg"})
"""purl types of what a distribution installs."""


class Distro(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The distribution an image is made from: os-release(5)'s ID, VERSION_ID, VERSION_CODENAME and so on."""

    id: str
    version_id: str = ""
    codename: str = ""
    name: str = ""
    id_like: tuple[str, ...] = ()
    cpe_name: str = ""
    path: str = ""


class SourcePackage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The source package (dpkg `Source`, apk `origin`, rpm `SOURCERPM`) with its own version; "" if the same."""

    name: str
    version: str = ""


class Package(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    One package that is installed, or that a lock file or SBOM names.

    Attributes:
        type: purl type: deb, apk, rpm, pypi, npm, maven, golang, cargo, gem, nuget, composer …
        namespace: purl namespace: Maven group, npm scope with its ``@``, Go module path up to the last ``/``;
            for operating-system packages the distribution's ID, filled in when layers are stacked.
        name: As its ecosystem writes it (PyPI: as installed, not normalised).
        version: As its database writes it, with the epoch (deb ``1:2.0-1``, rpm ``1:2.0-1.el9``; no ``0:``).
        source: The source package where the database names one.
        qualifiers: Further purl qualifiers in purl order, such as ``("arch", "amd64")`` or ``("distro", "debian-12")``.
        path: The file that proves the package, without a leading slash; a member of an archive is
            ``outer.jar!/BOOT-INF/lib/inner.jar``.
        layer: Digest of the layer's blob that brought this name and version and kept it; "" without layers.
        owner: The operating-system package whose file list holds `path` (its source package), if one does.
        dev: Whether only development needs it (lock files).
        vendor: Who built an operating-system package, as its database says it (`model.vendors`); "" if nothing does.
    """

    type: str
    name: str
    version: str
    namespace: str = ""
    source: SourcePackage | None = None
    qualifiers: tuple[tuple[str, str], ...] = ()
    licenses: tuple[str, ...] = ()
    path: str = ""
    layer: str = ""
    owner: SourcePackage | None = None
    dev: bool = False
    vendor: str = ""

    @property
    def purl(self) -> str:
        """The package URL in its canonical form."""
        return package_url(self.type, self.namespace, self.name, self.version, self.qualifiers)

    @property
    def full_name(self) -> str:
        """The name as its ecosystem writes it whole: ``@scope/name``, ``group:artifact``, a Go module's path."""
        if not self.namespace or self.type in ("deb", "rpm", "apk", "alpm"):
            return self.name
        return f"{self.namespace}{':' if self.type == 'maven' else '/'}{self.name}"

    def qualifier(self, key: str) -> str:
        """Return the value of a purl qualifier, or ""."""
        return next((value for name, value in self.qualifiers if name == key), "")


class OwnedPaths(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    The files (no leading slash) that an operating-system package says it installed; `owner` is its source.

    `package` is its name, or the path of the file that says the name.
    """

    package: str
    owner: SourcePackage
    paths: tuple[str, ...]


Detected = Package | Distro | OwnedPaths | Problem
"""What a detector may say about one file."""


class DetectedFile(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """All that one detector said about one file of one layer."""

    path: str
    detector: str
    packages: tuple[Package, ...] = ()
    distro: Distro | None = None
    owned: tuple[OwnedPaths, ...] = ()
    problems: tuple[Problem, ...] = ()

    def named(self, path: str) -> "DetectedFile":
        """Return the same under another name of the file, *path*; packages inside it go along."""
        packages = [
            msgspec.structs.replace(package, path=path + package.path[len(self.path) :])
            if package.path.startswith(self.path)
            else package
            for package in self.packages
        ]
        problems = [
            msgspec.structs.replace(problem, path=path) if problem.path == self.path else problem
            for problem in self.problems
        ]
        return msgspec.structs.replace(self, path=path, packages=tuple(packages), problems=tuple(problems))


class LayerInventory(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    What one layer brings and takes away, without regard to the layers below; cached by layer digest × detector set.

    All paths are normalised: no leading ``/`` or ``./``, no ``..``, no doubled or trailing slash.

    Attributes:
        files: What detectors said, in tar order; at most one entry per (path, detector).
        links: Symbolic links (path, target as written).
        hard_links: Hard links whose target is not in this layer (path, target path).
        whiteouts: Paths removed from the layers below, with all that is under them.
        opaques: Folders whose content in the layers below is hidden.
        others: All other non-folder paths and, with a trailing ``/``, folders, newline-separated: an entry replaces
            what the layers below have at its path if that is of another kind.
        problems: What could not be read (broken tar, breached budget …), beyond single files.
    """

    files: tuple[DetectedFile, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    hard_links: tuple[tuple[str, str], ...] = ()
    whiteouts: tuple[str, ...] = ()
    opaques: tuple[str, ...] = ()
    others: str = ""
    problems: tuple[Problem, ...] = ()


class Inventory(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    All packages of one finished image (or directory, or SBOM), its distribution, and what could not be read.

    Of an index, all its images'; `other_distros` are those of its further images.
    """

    distro: Distro | None = None
    other_distros: tuple[Distro, ...] = ()
    packages: tuple[Package, ...] = ()
    problems: tuple[Problem, ...] = ()
    detectors: str = ""
