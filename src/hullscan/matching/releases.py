"""Which release of which distribution a package is of, as its package URL says it."""

from typing import Final

from hullscan.matching.distributions import DISTRIBUTIONS
from hullscan.model.names import split_distro
from hullscan.model.package import Package
from hullscan.model.releases import DEBIAN_RELEASES, UBUNTU_RELEASES

_CODENAMES: Final = {
    **{name: ("debian", number) for name, number in DEBIAN_RELEASES.items()},
    **{name: ("ubuntu", number) for name, number in UBUNTU_RELEASES.items()},
}


def release_of(package: Package) -> tuple[str, str]:
    """Split the purl's distro qualifier, ``debian-12`` or ``opensuse-leap-15.5``, after the longest name that is known."""
    text = package.qualifier("distro")
    if not text:
        return package.namespace, ""
    words = text.split("-")
    for place in range(len(words), 0, -1):
        name, release = "-".join(words[:place]), "-".join(words[place:])
        if name in DISTRIBUTIONS:
            return _CODENAMES.get(release, (name, release))
    name, release = split_distro(text)
    if name and release[:1].isdecimal():
        return name, release
    return _codename(text, package.namespace)


def _codename(text: str, namespace: str) -> tuple[str, str]:
    return _CODENAMES.get(text.rpartition("-")[2], (namespace or text, text))
