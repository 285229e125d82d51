"""What an SBOM lists, whatever its format."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from hullscan.model.package import Distro, Package
from hullscan.model.purls import distro_id
from hullscan.model.report import Problem
from hullscan.patterns import pattern

_HOLDERS: Final = ("", "oci", "docker", "generic", "github", "gitlab", "bitbucket", "swid")
"""Types of package URLs by which a document names an image or a repository that it is about, rather than a package."""

_EXACT: Final = pattern(r"v?\d[\w.:~+-]*")


class Bill(NamedTuple):
    """
    What an SBOM lists: packages, and problems where an entry names none; `kind` is its format.

    `references` are package URLs by the ids that it gives its components, that of what it is about under "".
    """

    kind: str
    found: list[Package | Problem]
    distro: Distro | None
    references: Mapping[str, str] = MappingProxyType({})


def is_package(purl: str) -> bool:
    """Say whether what a document is about is itself a package of a version, not what holds those that it lists."""
    return purl.removeprefix("pkg:").partition("/")[0] not in _HOLDERS and "@" in purl.partition("?")[0]


def told_version(version: Any) -> str:
    """Return what stands beside a package URL if it is a version: some tools write there what was asked for."""
    return version if isinstance(version, str) and _EXACT.fullmatch(version) else ""


def with_module(package: Package | Problem, label: str) -> Package | Problem:
    """Return the package with the module label that an SBOM tells beside the purl, where the purl has none."""
    if not label or isinstance(package, Problem) or package.qualifier("rpmmod"):
        return package
    return replace(package, qualifiers=tuple(sorted((*package.qualifiers, ("rpmmod", label)))))


def no_purl(name: str, path: str) -> Problem:
    """Return the doubt about an entry that nothing can be asked about."""
    return Problem(code="no-purl", path=path, message=f"component {name[:200]} has no package URL, so it is not judged")


def listed_distro(name: str, version: str) -> Distro:
    """Return the distribution that a document calls *name*, by its os-release ID where that is known."""
    return Distro(id=distro_id(name), version_id=version)
