"""Packages of SBOMs and lists as an inventory."""

import re
from typing import Final

from hullscan.inventory.image import place_in_distro
from hullscan.model.names import split_distro
from hullscan.model.package import OS_TYPES, Distro, Inventory, Package
from hullscan.model.purls import package_from_purl
from hullscan.model.report import Problem

_MANY: Final = 10
"""Of so many packages of an image at least one is built from a source of another name."""

_MODULE_BUILD: Final = re.compile(r"\.module[+_]")

_JUDGED_BY_SOURCE: Final = frozenset({"deb", "apk"})


def inventory_of_packages(found: list[Package | Problem], distro: Distro | None, *, detectors: str) -> Inventory:
    """
    Return *found* as an inventory; packages whose purl names no release get that of *distro*, the SBOM's own system.

    Where it names none, the release that all other packages name stands in. Each of these is said, as the report then rests on
    it. Packages that stay without a release are a problem: nobody can say which feed judges them; so is it if no package of many
    names its source, as those would be looked up by the wrong names.
    """
    packages = [one for one in found if isinstance(one, Package)]
    problems = [one for one in found if isinstance(one, Problem)]
    told_by = "which the SBOM names as its operating system"
    if distro is None:
        distro = _common_distro(packages)
        told_by = "which the other packages name"
    placed = [one.name for one in packages if _is_unplaced(one)] if distro is not None and distro.id else []
    if placed and distro is not None:
        packages = [place_in_distro(one, distro) if _is_unplaced(one) else one for one in packages]
        release = distro.name or f"{distro.id} {distro.version_id}"
        problems.append(
            Problem(
                code="release-inferred",
                message=f"{len(placed)} package(s) such as {placed[0]} name no release in their package URLs: they are taken "
                f"to be of {release}, {told_by}",
                proven=True,
            )
        )
    problems += [*_unplaced(packages), *_without_sources(packages), *_without_modules(packages)]
    return Inventory(
        distro=distro,
        packages=tuple(dict.fromkeys(packages)),
        problems=tuple(dict.fromkeys(problems)),
        detectors=detectors,
    )


def _is_unplaced(package: Package) -> bool:
    return package.type in OS_TYPES and not package.qualifier("distro")


def _common_distro(packages: list[Package]) -> Distro | None:
    """The distribution that all package URLs with a release agree on."""
    releases = {one.qualifier("distro") for one in packages if one.type in OS_TYPES and one.qualifier("distro")}
    if len(releases) != 1:
        return None
    name, release = split_distro(releases.pop())
    return Distro(id=name, version_id=release) if name and release[:1].isdecimal() else None


def _unplaced(packages: list[Package]) -> list[Problem]:
    names = [one.name for one in packages if _is_unplaced(one)]
    if not names:
        return []
    return [
        Problem(
            code="no-release",
            message=f"nothing says which release {len(names)} package(s) such as {names[0]} are of: neither "
            "their package URLs nor an operating-system component",
        )
    ]


def _without_sources(packages: list[Package]) -> list[Problem]:
    judged = [one for one in packages if one.type in _JUDGED_BY_SOURCE]
    if len(judged) < _MANY or any(one.source is not None or one.qualifier("arch") == "source" for one in judged):
        return []
    return [
        Problem(
            code="no-source-packages",
            message=f"none of {len(judged)} packages such as {judged[0].name} names its source package, by which its "
            "distribution speaks of flaws: those whose source has another name could not be judged",
        )
    ]


def _without_modules(packages: list[Package]) -> list[Problem]:
    names = [
        one.name
        for one in packages
        if one.type == "rpm" and _MODULE_BUILD.search(one.version) and not one.qualifier("rpmmod")
    ]
    if not names:
        return []
    return [
        Problem(
            code="no-module-stream",
            message=f"{len(names)} package(s) such as {names[0]} were built in a module and nothing says in which stream "
            "(rpmmod in the package URL), by which their distribution speaks of flaws: they could not be judged",
        )
    ]


def read_purls(text: str) -> Inventory:
    """Read one package URL a line; ``#`` at a line's beginning makes a comment."""
    found = [
        package_from_purl(line.strip(), "")
        for line in text.splitlines()
        if line.strip() and not line.lstrip().startswith("#")
    ]
    return inventory_of_packages(found, None, detectors="purl-4")
