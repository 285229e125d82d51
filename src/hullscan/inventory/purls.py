"""Packages of SBOMs and lists as an inventory."""

from typing import Final

from hullscan.inventory.image import place_in_distro
from hullscan.model.names import split_distro
from hullscan.model.package import OS_TYPES, Distro, Inventory, Package
from hullscan.model.purls import package_from_purl
from hullscan.model.releases import CODENAMES, plain_release, same_release
from hullscan.model.report import Problem
from hullscan.patterns import pattern

_MANY: Final = 10
"""Of so many packages of an image at least one is built from a source of another name."""

_MODULE_BUILD: Final = pattern(r"\.module[+_]")

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
    named = _named_distros(packages)
    if distro is None:
        distro = named[0] if len(named) == 1 else None
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
        other_distros=tuple(one for one in named if distro is None or not _is_within(one, distro)),
        packages=tuple(dict.fromkeys(packages)),
        problems=tuple(dict.fromkeys(problems)),
        detectors=detectors,
    )


def _is_unplaced(package: Package) -> bool:
    return package.type in OS_TYPES and not package.qualifier("distro")


def _named_distros(packages: list[Package]) -> list[Distro]:
    """The releases that package URLs name, as far as a number says them."""
    told = (_named_distro(one) for one in packages if one.type in OS_TYPES and one.qualifier("distro"))
    return list(dict.fromkeys(one for one in told if one is not None))


def _named_distro(package: Package) -> Distro | None:
    text = package.qualifier("distro")
    name, release = split_distro(text)
    known = CODENAMES.get(release)
    if known is not None:
        return Distro(id=known[0], version_id=known[1])
    number = plain_release(release)
    name = name or package.namespace
    return Distro(id=name, version_id=number) if name and number[:1].isdecimal() else None


def _is_within(one: Distro, other: Distro) -> bool:
    return one.id == other.id and same_release(one.version_id, other.version_id)


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
    return inventory_of_packages(found, None, detectors="purl-5")
