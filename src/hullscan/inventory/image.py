"""The inventory of a finished image: its distribution, its packages with their full names, and who owns which."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import structs

from hullscan.detectors.programs.rust_panics import NO_CRATE_LIST
from hullscan.inventory.links import Links
from hullscan.inventory.scripts import without_repeats
from hullscan.inventory.stack import Stack, stack
from hullscan.inventory.told_twice import listed_by_wheels, without_repeats_of_bills
from hullscan.model.image import Layer
from hullscan.model.package import OS_TYPES, DetectedFile, Distro, Inventory, LayerInventory, Package, SourcePackage
from hullscan.model.report import Problem
from hullscan.model.vendors import Builder, builder_of

_DISTRO_ORDER: Final = (
    "etc/os-release",
    "usr/lib/os-release",
    "usr/lib/os.release.d/",
    "etc/alpine-release",
    "etc/oracle-release",
    "etc/almalinux-release",
    "etc/rocky-release",
    "etc/centos-release",
    "etc/fedora-release",
    "etc/redhat-release",
    "etc/system-release",
    "etc/lsb-release",
    "etc/SuSE-release",
    "etc/debian_version",
)
"""
os-release(5): /etc/os-release takes precedence over /usr/lib/os-release; the older files only stand in for both.

Derivatives' own go before redhat-release, which in Oracle Linux names Red Hat.
"""


_WITH_DATABASE: Final = frozenset(
    {
        "debian", "ubuntu", "alpine", "wolfi", "chainguard", "rhel", "fedora", "centos", "almalinux", "rocky", "ol", "amzn",
        "suse", "sles", "opensuse", "opensuse-leap", "opensuse-tumbleweed", "photon", "mariner", "azurelinux", "openeuler",
        "mageia", "arch", "openwrt",
    }
)  # fmt: skip
"""os-release's ID or ID_LIKE of distributions whose package manager's database is read; others may have none (Bottlerocket)."""


_LISTS_CRATES: Final = "rust-binary"
"""The detector of programs that list all crates in them."""

_CHISEL: Final = "var/lib/chisel/"
"""Where the manifest of a chiselled image is; no slice holds the control files, which name sources."""


def build_inventory(layers: Sequence[tuple[Layer, LayerInventory]], detectors: str) -> Inventory:
    """Return what the image of *layers* (from the lowest up) holds; *detectors* is the identity of the set used."""
    return finished(stack(layers), detectors)


def finished(stacked: Stack, detectors: str) -> Inventory:
    """Return what the image holds whose layers are all *stacked*."""
    files = tuple(stacked.files())
    problems = [*stacked.problems, *(problem for file in files for problem in file.problems)]
    distro = choose_distro(files)
    listed = _without_copies([package for file in files for package in file.packages])
    whole = {file.path for file in files if file.detector == _LISTS_CRATES}
    found = without_repeats_of_bills(without_repeats(listed), whole)
    unlisted = {one.path for one in problems if one.code == NO_CRATE_LIST}
    owners = _owners(files, found, unlisted, stacked.links())
    foreign, untold = _built_by_others(found, distro)
    # Of what a distribution built it speaks itself, as it does of the libraries in its other programs.
    answered = {path for path in unlisted if path in owners and owners[path].name not in foreign}
    answered |= listed_by_wheels(listed, unlisted)
    problems = [one for one in problems if one.code != NO_CRATE_LIST or one.path not in answered]
    components = _component_folders(found)
    packages = []
    for package in found:
        if _is_of_system(package):
            packages.append(place_in_distro(package, distro))
            continue
        installed = owners.get(_outermost(package.path))
        owner = package.owner or (_source(installed) if installed else None)
        own_build = installed is None or installed.name not in foreign
        told = (owner is not None and own_build) or _lies_in(package.path, components)
        # A program that says its own version is a package only where no package manager says it; so are a runtime's own parts.
        # One that others built keeps its own: upstream's advisories judge it, those of the distribution do not.
        if not told or package.type not in ("generic", "otp"):
            packages.append(package if owner is package.owner else structs.replace(package, owner=owner))
    if distro is None and any(map(_is_of_system, found)):
        problems.append(
            Problem(
                code="no-distribution",
                message="packages of an operating system are here, but no os-release that says of which",
            )
        )
    if distro is not None and _has_a_database(distro) and not any(map(_is_of_system, found)):
        problems.append(
            Problem(
                code="no-os-packages",
                message=f"this is {distro.name or distro.id}, but its package database is not where it is kept: it was deleted, or "
                "moved, so nothing is known of the packages of the operating system",
            )
        )
    if untold and distro is not None:
        problems.append(
            Problem(
                code="no-vendor",
                message=f"{len(untold)} rpm package(s) such as {untold[0]} do not say who built them: they are judged as if "
                f"{distro.name or distro.id} had, which nothing proves",
            )
        )
    chiselled = [one.name for one in packages if one.type == "deb" and one.path.startswith(_CHISEL)]
    if chiselled:
        problems.append(
            Problem(
                code="no-source-packages",
                message=f"Chisel's manifest does not say from which sources its {len(chiselled)} packages such as {chiselled[0]} "
                "were built, by which Ubuntu speaks of flaws: those whose source has another name could not be judged",
            )
        )
    return Inventory(distro=distro, packages=tuple(packages), problems=tuple(problems), detectors=detectors)


def _is_of_system(package: Package) -> bool:
    """
    Whether the image's own package manager installed *package*.

    Databases do not say which distribution they are of; a package that does is another's, whose files were copied.
    """
    return package.type in OS_TYPES and not package.qualifier("distro")


def _has_a_database(distro: Distro) -> bool:
    """Whether even the smallest image of a distribution, or of one that is like it, lists packages."""
    return not _WITH_DATABASE.isdisjoint((distro.id, *distro.id_like))


def _built_by_others(packages: Iterable[Package], distro: Distro | None) -> tuple[frozenset[str], list[str]]:
    """The names of the packages that another than *distro* built, and of rpm's packages whose builder nothing tells."""
    if distro is None:
        return frozenset(), []
    built = [(one, builder_of(one, distro.id)) for one in packages if _is_of_system(one)]
    foreign = frozenset(one.name for one, builder in built if builder is Builder.OTHER)
    untold = [one.name for one, builder in built if builder is Builder.UNTOLD and one.type == "rpm" and not one.vendor]
    return foreign, untold


def choose_distro(files: Iterable[DetectedFile]) -> Distro | None:
    """Return the distribution of the most telling file."""
    distros = [file.distro for file in files if file.distro is not None]
    if not distros:
        return None
    ranks = {path: rank for rank, path in enumerate(_DISTRO_ORDER)}

    def rank(path: str) -> int:
        return ranks.get(path, ranks.get(path.rpartition("/")[0] + "/", len(ranks)))

    return min(distros, key=lambda distro: (rank(distro.path), distro.path))


def place_in_distro(package: Package, distro: Distro | None) -> Package:
    """Return *package* with the distribution in its purl: ``pkg:deb/debian/…?distro=debian-12``."""
    if distro is None or not distro.id:
        return package
    release = f"{distro.id}-{distro.version_id}" if distro.version_id else f"{distro.id}-{distro.codename}".rstrip("-")
    qualifiers = tuple(pair for pair in package.qualifiers if pair[0] != "distro")
    return structs.replace(
        package,
        namespace=package.namespace or distro.id,
        qualifiers=tuple(sorted((*qualifiers, ("distro", release)))),
    )


def _without_copies(packages: list[Package]) -> list[Package]:
    """One entry for each package and place: one file may be seen under two names that are the same."""
    seen: dict[Package, None] = dict.fromkeys(packages)
    return list(seen)


def _component_folders(packages: Iterable[Package]) -> frozenset[str]:
    """The folders of Bitnami's components, each of which says what is in it: by its own SBOM, or by the image's list."""
    found = set()
    for package in packages:
        if package.type == "bitnami":
            folder, _, name = package.path.rpartition("/")
            found.add(folder if name.startswith(".spdx-") else f"{folder}/{package.name}")
    return frozenset(found)


def _lies_in(path: str, folders: frozenset[str]) -> bool:
    while folders and path:
        path = path.rpartition("/")[0]
        if path in folders:
            return True
    return False


def _owners(
    files: Sequence[DetectedFile], packages: Iterable[Package], programs: set[str], links: Links
) -> dict[str, Package]:
    """
    Return, by *programs* and the files that packages lie in, which package of the operating system installed the file.

    Operating-system packages say so in the lists that their package manager keeps.
    """
    lists = [owned for file in files for owned in file.owned]
    if not lists:
        return {}
    # A merged /usr: dpkg may list lib/x for what lies in usr/lib/x.
    other_names = {
        path: path[4:] if path.startswith("usr/") else links.resolve_parent(path)
        for path in programs.union(_outermost(package.path) for package in packages if package.type not in OS_TYPES)
        if path
    }
    # Lists name every file of the image, of which few are asked for.
    asked = {*other_names, *other_names.values()}
    told_in = {file.path: file.packages[0].name for file in files if len(file.packages) == 1}
    listed = {
        path: told_in.get(owned.package, owned.package) for owned in lists for path in asked.intersection(owned.paths)
    }
    installed = {package.name: package for package in packages if _is_of_system(package)}
    names = {path: listed.get(path) or listed.get(other, "") for path, other in other_names.items()}
    return {path: installed[name] for path, name in names.items() if name in installed}


def _source(package: Package) -> SourcePackage:
    """The source package that *package* was built from, with its version."""
    source = package.source
    return SourcePackage(
        name=source.name if source else package.name,
        version=source.version if source and source.version else package.version,
    )


def _outermost(path: str) -> str:
    """The file that a package lies in, be it in an archive in an archive."""
    return path.partition("!")[0]
