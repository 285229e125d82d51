"""Releases as people write them: code names, tags and titles where a number is meant."""

from collections.abc import Mapping
from typing import Final

from hullscan.patterns import pattern

DEBIAN_RELEASES: Final[Mapping[str, str]] = {
    "lenny": "5",
    "squeeze": "6",
    "wheezy": "7",
    "jessie": "8",
    "stretch": "9",
    "buster": "10",
    "bullseye": "11",
    "bookworm": "12",
    "trixie": "13",
    "forky": "14",
    "duke": "15",
}
"""Code names and numbers (debian.org/releases); sid has no number and no image says it by one."""

UBUNTU_RELEASES: Final[Mapping[str, str]] = {
    "precise": "12.04",
    "trusty": "14.04",
    "xenial": "16.04",
    "bionic": "18.04",
    "focal": "20.04",
    "groovy": "20.10",
    "hirsute": "21.04",
    "impish": "21.10",
    "jammy": "22.04",
    "kinetic": "22.10",
    "lunar": "23.04",
    "mantic": "23.10",
    "noble": "24.04",
    "oracular": "24.10",
    "plucky": "25.04",
    "questing": "25.10",
    "resolute": "26.04",
}
"""Code names and numbers (wiki.ubuntu.com/Releases)."""

CODENAMES: Final[Mapping[str, tuple[str, str]]] = {
    **{name: ("debian", number) for name, number in DEBIAN_RELEASES.items()},
    **{name: ("ubuntu", number) for name, number in UBUNTU_RELEASES.items()},
}
"""Code name → os-release's ID and VERSION_ID."""

_BEGUN: Final = pattern(r"^(?:v|el)(?=\d)")
_SERVICE_PACK: Final = pattern(r"(\d\d)[- ]SP(\d)")
_LONG_TERM: Final = pattern(r"(\d\d\.\d\d) \((LTS(?:-SP\d+)?)\)")


def same_release(one: str, other: str) -> bool:
    """Whether two texts name one release, of which either may say the minor part, too: 12 and 12.13; never where one says none."""
    shorter, longer = sorted((one, other), key=len)
    return shorter != "" and f"{longer}.".startswith(f"{shorter}.")


def plain_release(release: str) -> str:
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
