"""Version schemes: text → bytes whose plain order is the ecosystem's order."""

from collections.abc import Mapping
from typing import Final, Literal

from hullscan.errors import InvalidVersion
from hullscan.versions.alpm import Alpm
from hullscan.versions.apk import Apk
from hullscan.versions.composer import Composer
from hullscan.versions.dpkg import Dpkg
from hullscan.versions.gem import Gem
from hullscan.versions.gentoo import Gentoo
from hullscan.versions.jvm import Jvm
from hullscan.versions.maven import Maven
from hullscan.versions.nuget import NuGet
from hullscan.versions.pep440 import Pep440
from hullscan.versions.plain import Conan, Numbers, Words
from hullscan.versions.rpm import Rpm, RpmEvr
from hullscan.versions.scheme import VersionScheme
from hullscan.versions.semver import SemVer

REVISION: Final = 6
"""Raised when any scheme's keys change: feeds and packages keyed before are keyed anew, and judge nothing until then."""

_SCHEMES: Final[tuple[tuple[VersionScheme, tuple[str, ...], tuple[str, ...]], ...]] = (
    (Dpkg(), ("deb", "debian", "ubuntu"), ("Debian", "Ubuntu", "Echo")),
    (Rpm(), (), ()),
    (
        RpmEvr(),
        ("evr",),
        (
            "Red Hat",
            "AlmaLinux",
            "Rocky Linux",
            "SUSE",
            "openSUSE",
            "openEuler",
            "Mageia",
            "Photon OS",
            "Azure Linux",
            "Amazon Linux",
            "Oracle Linux",
            "Fedora",
            "EPEL",
        ),
    ),
    (
        Apk(),
        ("alpine",),
        (
            "Alpine",
            "Wolfi",
            "Chainguard",
            "Alpaquita",
            "BellSoft Hardened Containers",
            "MinimOS",
            "CleanStart",
            "DHI",
        ),
    ),
    (Alpm(), ("arch",), ("Arch Linux",)),
    (Gentoo(), ("ebuild", "portage"), ("Gentoo",)),
    (Pep440(), ("pypi", "python"), ("PyPI",)),
    (SemVer("npm"), ("semver", "npm-loose", "node"), ("npm", "SwiftURL", "GitHub Actions")),
    (SemVer("cargo", form="strict"), ("crates.io", "crates", "rust"), ("crates.io",)),
    (SemVer("go", form="go"), ("golang",), ("Go",)),
    (SemVer("hex", form="strict"), ("elixir",), ("Hex",)),
    (SemVer("pub", form="strict", builds=True), ("dart",), ("Pub",)),
    (SemVer("julia", builds=True), (), ("Julia",)),
    (SemVer("bitnami"), (), ("Bitnami",)),
    (Maven(), ("java",), ("Maven",)),
    (Jvm(), ("jdk", "jre"), ()),
    (NuGet(), ("dotnet",), ("NuGet",)),
    (Gem(), ("rubygems", "ruby"), ("RubyGems",)),
    (Composer(), ("packagist", "php"), ("Packagist",)),
    (Numbers("cran"), ("r",), ("CRAN",)),
    (Numbers("hackage"), ("haskell",), ("Hackage", "GHC")),
    (Conan(), (), ("ConanCenter",)),
    (Words("words"), (), ("opam", "Homebrew")),
)
"""Scheme, its other names, and the OSV ecosystems that use it."""

SCHEMES: Final[Mapping[str, VersionScheme]] = {
    name: scheme for scheme, names, _ in _SCHEMES for name in (scheme.name, *names)
}
"""Schemes by name, with the names that other tools call them."""

_ECOSYSTEMS: Final[Mapping[str, VersionScheme]] = {
    ecosystem: scheme for scheme, _, ecosystems in _SCHEMES for ecosystem in ecosystems
}


def scheme_for_ecosystem(ecosystem: str) -> VersionScheme | None:
    """Return the scheme of an OSV ecosystem (its release, after ``:``, does not matter); None if there is none."""
    return _ECOSYSTEMS.get(ecosystem.partition(":")[0])


def compare(scheme: str, first: str, second: str) -> Literal["<", "=", ">", "invalid"]:
    """Say how *first* stands to *second* in the scheme called *scheme*."""
    one = SCHEMES[scheme]
    try:
        left, right = one.key(first), one.key(second)
    except InvalidVersion:
        return "invalid"
    return "=" if left == right else "<" if left < right else ">"
