"""Code names of releases, for those who write them where a number is meant."""

from collections.abc import Mapping
from typing import Final

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
