"""Which release of which distribution a package is of, as its package URL says it."""

from typing import Final

from hullscan.matching.distributions import DISTRIBUTIONS
from hullscan.model.names import split_distro
from hullscan.model.package import Package

_CODENAMES: Final = {
    **{
        name: ("debian", number)
        for name, number in (
            ("wheezy", "7"),
            ("jessie", "8"),
            ("stretch", "9"),
            ("buster", "10"),
            ("bullseye", "11"),
            ("bookworm", "12"),
            ("trixie", "13"),
        )
    },
    **{
        name: ("ubuntu", number)
        for name, number in (
            ("precise", "12.04"),
            ("trusty", "14.04"),
            ("xenial", "16.04"),
            ("bionic", "18.04"),
            ("focal", "20.04"),
            ("groovy", "20.10"),
            ("hirsute", "21.04"),
            ("impish", "21.10"),
            ("jammy", "22.04"),
            ("kinetic", "22.10"),
            ("lunar", "23.04"),
            ("mantic", "23.10"),
            ("noble", "24.04"),
            ("oracular", "24.10"),
            ("plucky", "25.04"),
            ("questing", "25.10"),
        )
    },
}
"""Code names of releases that have their number (debian.org/releases, wiki.ubuntu.com/Releases)."""


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
