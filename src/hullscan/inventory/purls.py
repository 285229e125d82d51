"""Packages of SBOMs and lists as an inventory."""

from hullscan.inventory.image import place_in_distro
from hullscan.model.package import OS_TYPES, Distro, Inventory, Package
from hullscan.model.purls import package_from_purl
from hullscan.model.report import Problem


def inventory_of_packages(found: list[Package | Problem], distro: Distro | None, *, detectors: str) -> Inventory:
    """
    Return *found* as an inventory; packages whose purl names no release get that of *distro*, the SBOM's own system.

    That is said, as the report then rests on it. Packages that stay without a release are a problem: nobody can say
    which feed judges them.
    """
    packages: list[Package] = []
    problems = [one for one in found if isinstance(one, Problem)]
    placed: list[str] = []
    for one in found:
        if isinstance(one, Problem):
            continue
        if one.type in OS_TYPES and not one.qualifier("distro"):
            one = place_in_distro(one, distro)
            placed += [one.name] if distro is not None and distro.id else []
        packages.append(one)
    if placed and distro is not None:
        release = distro.name or f"{distro.id} {distro.version_id}"
        problems.append(
            Problem(
                code="release-inferred",
                message=f"{len(placed)} package(s) such as {placed[0]} name no release in their package URLs: they are taken "
                f"to be of {release}, which the SBOM names as its operating system",
                proven=True,
            )
        )
    unplaced = [one.name for one in packages if one.type in OS_TYPES and not one.qualifier("distro")]
    if unplaced:
        problems.append(
            Problem(
                code="no-release",
                message=f"nothing says which release {len(unplaced)} package(s) such as {unplaced[0]} are of: neither "
                "their package URLs nor an operating-system component",
            )
        )
    return Inventory(
        distro=distro,
        packages=tuple(dict.fromkeys(packages)),
        problems=tuple(dict.fromkeys(problems)),
        detectors=detectors,
    )


def read_purls(text: str) -> Inventory:
    """Read one package URL a line; ``#`` at a line's beginning makes a comment."""
    found = [
        package_from_purl(line.strip(), "")
        for line in text.splitlines()
        if line.strip() and not line.lstrip().startswith("#")
    ]
    return inventory_of_packages(found, None, detectors="purl-1")
