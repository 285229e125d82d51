"""Which release of which distribution a package is of, as its package URL says it."""

from hullscan.matching.distributions import DISTRIBUTIONS
from hullscan.model.names import split_distro
from hullscan.model.package import Package
from hullscan.model.releases import CODENAMES, plain_release


def release_of(package: Package) -> tuple[str, str]:
    """Split the purl's distro qualifier, ``debian-12`` or ``opensuse-leap-15.5``, after the longest name that is known."""
    text = package.qualifier("distro")
    if not text:
        return package.namespace, ""
    words = text.split("-")
    for place in range(len(words), 0, -1):
        name, release = "-".join(words[:place]), "-".join(words[place:])
        if name in DISTRIBUTIONS:
            return CODENAMES.get(release, (name, plain_release(release)))
    name, release = split_distro(text)
    if name and release[:1].isdecimal():
        return name, release
    return _codename(text, package.namespace)


def _codename(text: str, namespace: str) -> tuple[str, str]:
    return CODENAMES.get(text.rpartition("-")[2], (namespace or text, plain_release(text)))
