"""Which release of which distribution a package is of, as its package URL says it."""

import re
from typing import Final

from hullscan.matching.distributions import DISTRIBUTIONS
from hullscan.model.names import split_distro
from hullscan.model.package import Package
from hullscan.model.releases import DEBIAN_RELEASES, UBUNTU_RELEASES

_CODENAMES: Final = {
    **{name: ("debian", number) for name, number in DEBIAN_RELEASES.items()},
    **{name: ("ubuntu", number) for name, number in UBUNTU_RELEASES.items()},
}

_BEGUN: Final = re.compile(r"^(?:v|el)(?=\d)")
_SERVICE_PACK: Final = re.compile(r"(\d\d)[- ]SP(\d)")
_LONG_TERM: Final = re.compile(r"(\d\d\.\d\d) \((LTS(?:-SP\d+)?)\)")


def release_of(package: Package) -> tuple[str, str]:
    """Split the purl's distro qualifier, ``debian-12`` or ``opensuse-leap-15.5``, after the longest name that is known."""
    text = package.qualifier("distro")
    if not text:
        return package.namespace, ""
    words = text.split("-")
    for place in range(len(words), 0, -1):
        name, release = "-".join(words[:place]), "-".join(words[place:])
        if name in DISTRIBUTIONS:
            return _CODENAMES.get(release, (name, _plain(release)))
    name, release = split_distro(text)
    if name and release[:1].isdecimal():
        return name, release
    return _codename(text, package.namespace)


def _codename(text: str, namespace: str) -> tuple[str, str]:
    return _CODENAMES.get(text.rpartition("-")[2], (namespace or text, _plain(text)))


def _plain(release: str) -> str:
    """
    Return *release* as os-release's VERSION_ID has it, for those who write its VERSION or a tag of the release instead.

    Alpine's branches begin with ``v``, rpm's own tag for Red Hat's major releases with ``el``, VERSION is ``15-SP5`` at SUSE and
    ``22.03 (LTS-SP3)`` at openEuler, whose release hullscan calls 22.03-LTS-SP3 as its feeds do.
    """
    begun = _BEGUN.sub("", release)
    service_pack = _SERVICE_PACK.fullmatch(begun)
    if service_pack is not None:
        return f"{service_pack[1]}.{service_pack[2]}"
    long_term = _LONG_TERM.fullmatch(begun)
    return f"{long_term[1]}-{long_term[2]}" if long_term is not None else begun
