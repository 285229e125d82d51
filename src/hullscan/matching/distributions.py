"""Distributions, and under which ecosystems publishers speak of the packages of each of their releases."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from hullscan.matching.sources import judged_version, source_name
from hullscan.model.names import ARCHITECTURES, built_for
from hullscan.model.package import Package

Ecosystems: TypeAlias = Callable[[Package, str], list[str]]
"""The ecosystems in which a package of a release (``12``, ``22.04``; "" where none is known) is spoken of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """
    How one distribution's feed is asked: its ecosystems for a release, by source or binary name.

    `sources_too`: by both; `sources_apart`: what is told of sources stands in an ecosystem of its own.
    `epochs` is False where records leave the epoch out, as the file names of source packages do.
    `guests`: other builders (how their vendor text begins, in lower case) whose packages for it have advisories of their own,
    by binary name.
    """

    ecosystems: Ecosystems
    by_source: bool
    needs_release: bool = True
    sources_apart: bool = False
    sources_too: bool = False
    epochs: bool = True
    guests: Mapping[str, Ecosystems] = field(default_factory=dict)


def _major(version_id: str) -> str:
    return version_id.partition(".")[0]


def _debian(package: Package, release: str) -> list[str]:
    # ~bpo12 is the package of the next release, rebuilt: that release's word counts (backports.debian.org, "Versioning").
    backport = re.search(r"~bpo(\d+)", judged_version(package))
    number = str(int(backport[1]) + 1) if backport else _major(release)
    # Up to squeeze releases were called 6.0, and osv.dev does so yet.
    return [f"Debian:{number}", *((f"Debian:{number}.0",) if number in ("4", "5", "6") else ())]


def _ubuntu(package: Package, release: str) -> list[str]:
    # A point release, 24.04.1, is the same release with newer installation media.
    release = ".".join(release.split(".")[:2])
    year, _, month = release.partition(".")
    long_term = month == "04" and year.isdecimal() and int(year) % 2 == 0
    release = f"{release}:LTS" if long_term else release
    source = source_name(package)
    if "fips" in judged_version(package).lower() or source.endswith("-fips"):
        # As certified: its fixes come in channels of its own, and those of the others sort below it.
        return [f"Ubuntu:Pro:{channel}:{release}" for channel in ("FIPS-updates", "FIPS", "FIPS-preview")]
    if source == "linux-realtime" or source.startswith("linux-realtime-"):
        return [f"Ubuntu:Pro:{release}:Realtime:Kernel"]
    if source.startswith("linux-bluefield"):
        return [f"Ubuntu:{release}:for:NVIDIA:BlueField", f"Ubuntu:{release}"]
    return [f"Ubuntu:{release}", f"Ubuntu:Pro:{release}"]


def _alpine(package: Package, release: str) -> list[str]:
    if release == "edge" or "_alpha" in release:
        return ["Alpine:edge"]
    return ["Alpine:v" + ".".join(release.split(".")[:2])]


def _red_hat(package: Package, release: str) -> list[str]:
    major = _major(release)
    parts = ("baseos", "appstream", "crb", "supplementary", "highavailability", "realtime", "nfv")
    classic = ("server", "client", "workstation", "computenode")
    own = f"Red Hat:enterprise_linux:{major}"
    return [own, *(f"{own}::{part}" for part in (*parts, *classic)), *_RED_HAT_MORE.get(major, ())]


_RED_HAT_MORE: Final = {
    "6": ("Red Hat:rhel_els:6", "Red Hat:rhel_software_collections:3::el6"),
    "7": (
        "Red Hat:rhel_els:7",
        "Red Hat:rhel_extras_other:7",
        "Red Hat:rhel_software_collections:3::el7",
    ),
}
"""
Products that go on where a release's own advisories end, or have packages of names of their own beside it.

Rule: access.redhat.com, "Red Hat Enterprise Linux Life Cycle": Extended Life Cycle Support fixes the last minor release, which all
systems of the major one are by then, so that what it fixes is what they lack. Software Collections (``rh-python38-python``) and
Extras were repositories of RHEL 6 and 7 itself.
"""


def _plain(prefix: str) -> Ecosystems:
    return lambda package, release: [f"{prefix}:{release}"]


def _by_major(prefix: str) -> Ecosystems:
    return lambda package, release: [f"{prefix}:{_major(release)}"]


def _amazon(package: Package, release: str) -> list[str]:
    """Trivy says more than the release: ``2 (Karoo)``, ``2023.3.20240131 (Amazon Linux)``; the first one was 2018.03."""
    number = release.partition(" ")[0]
    return [f"Amazon Linux:{number}", "Amazon Linux:1"] if number == "2018.03" else [f"Amazon Linux:{_major(number)}"]


def _oracle(package: Package, release: str) -> list[str]:
    """Oracle's updates say of which architecture they are; a package for all, or of an unknown one, may have any of these."""
    everywhere = f"Oracle Linux:{_major(release)}"
    architecture = package.qualifier("arch")
    built = (architecture,) if architecture in ARCHITECTURES else (*ARCHITECTURES, "i386")
    return [everywhere, *(built_for(everywhere, one) for one in built)]


def _rolling(name: str) -> Ecosystems:
    return lambda package, release: [name]


_SUSE_MODULES: Final = (
    "Basesystem",
    "Server Applications",
    "Development Tools",
    "Containers",
    "Desktop Applications",
    "Certifications",
    "Legacy",
    "Package Hub",
    "Public Cloud",
    "Python 3",
    "Systems Management",
    "Transactional Server",
    "Web and Scripting",
)
"""From SLES 15 on the packages are in modules, and updates name those (documentation.suse.com, "Modules and Extensions")."""

_SUSE_12_MODULES: Final = (
    "Advanced Systems Management",
    "Containers",
    "Legacy",
    "Public Cloud",
    "Toolchain",
    "Web and Scripting",
)
"""Those of SLES 12 are one for all of its service packs, beside a development kit for each."""


def _service_pack(release: str) -> str:
    """``15 SP6`` of ``15.6``; from 16 on there are minor releases."""
    major, _, service_pack = release.partition(".")
    return f"{major} SP{service_pack}" if service_pack and major.isdecimal() and int(major) < 16 else release


def _sles(package: Package, release: str) -> list[str]:
    text = _service_pack(release)
    server = [f"SUSE:Linux Enterprise Server {text}", f"SUSE:Linux Enterprise Server {text}-LTSS"]
    if _major(release) == "15":
        return server + [f"SUSE:Linux Enterprise Module for {module} {text}" for module in _SUSE_MODULES]
    if _major(release) == "12":
        server += [f"{server[1]} Extended Security", f"SUSE:Linux Enterprise Software Development Kit {text}"]
        server += [f"SUSE:Linux Enterprise Module for {module} 12" for module in _SUSE_12_MODULES]
    return server


def _sles_for_sap(package: Package, release: str) -> list[str]:
    own = f"SUSE:Linux Enterprise Server for SAP Applications {_service_pack(release)}"
    return [own, *_sles(package, release)]


def _by_both_names(name: str) -> Distribution:
    """Their advisories are of the apk that ships the flaw, which may be the origin or another of its packages (trivy#11015)."""
    return Distribution(ecosystems=_rolling(name), by_source=False, sources_too=True, needs_release=False)


def _spaced(prefix: str) -> Ecosystems:
    return lambda package, release: [f"{prefix} {release}"]


def _package_hub(package: Package, release: str) -> list[str]:
    # That for SLES 12 is one for all of its service packs.
    names = (f"SUSE:Package Hub {_service_pack(release)}", f"SUSE:Package Hub {_major(release)}")
    return list(dict.fromkeys(names))


_PACKAGE_HUB: Final = {"opensuse": _package_hub}
_EPEL: Final = {"fedora project": _by_major("EPEL")}
"""Extra Packages for Enterprise Linux: Fedora's builds for RHEL and its rebuilds (docs.fedoraproject.org, "EPEL")."""


DISTRIBUTIONS: Final = {
    "debian": Distribution(ecosystems=_debian, by_source=True),
    "ubuntu": Distribution(ecosystems=_ubuntu, by_source=True),
    "alpine": Distribution(ecosystems=_alpine, by_source=True),
    "wolfi": _by_both_names("Wolfi"),
    "chainguard": _by_both_names("Chainguard"),
    "minimos": _by_both_names("MinimOS"),
    "cleanstart": _by_both_names("CleanStart"),
    "echo": Distribution(ecosystems=_rolling("Echo"), by_source=True, needs_release=False),
    "almalinux": Distribution(ecosystems=_by_major("AlmaLinux"), by_source=False, guests=_EPEL),
    "rocky": Distribution(ecosystems=_by_major("Rocky Linux"), by_source=False, guests=_EPEL),
    "rhel": Distribution(ecosystems=_red_hat, by_source=False, sources_apart=True, guests=_EPEL),
    "redhat": Distribution(ecosystems=_red_hat, by_source=False, sources_apart=True, guests=_EPEL),
    "centos": Distribution(ecosystems=_red_hat, by_source=False, sources_apart=True, guests=_EPEL),
    "amzn": Distribution(ecosystems=_amazon, by_source=False),
    "fedora": Distribution(ecosystems=_plain("Fedora"), by_source=False),
    "ol": Distribution(ecosystems=_oracle, by_source=False, guests=_EPEL),
    "opensuse": Distribution(ecosystems=_spaced("openSUSE:Leap"), by_source=False),
    "opensuse-leap": Distribution(ecosystems=_spaced("openSUSE:Leap"), by_source=False),
    "opensuse-leap-micro": Distribution(ecosystems=_spaced("openSUSE:Leap Micro"), by_source=False),
    "opensuse-tumbleweed": Distribution(
        ecosystems=_rolling("openSUSE:Tumbleweed"), by_source=False, needs_release=False
    ),
    "opensuse-microos": Distribution(ecosystems=_rolling("openSUSE:Tumbleweed"), by_source=False, needs_release=False),
    "sles": Distribution(ecosystems=_sles, by_source=False, guests=_PACKAGE_HUB),
    "sles_sap": Distribution(ecosystems=_sles_for_sap, by_source=False, guests=_PACKAGE_HUB),
    "sle-micro": Distribution(ecosystems=_spaced("SUSE:Linux Enterprise Micro"), by_source=False),
    "sl-micro": Distribution(ecosystems=_spaced("SUSE:Linux Micro"), by_source=False),
    "openeuler": Distribution(ecosystems=_plain("openEuler"), by_source=True, epochs=False),
    "mageia": Distribution(ecosystems=_by_major("Mageia"), by_source=True),
    "photon": Distribution(ecosystems=_plain("Photon OS"), by_source=False, sources_too=True),
    "azurelinux": Distribution(ecosystems=_by_major("Azure Linux"), by_source=True),
    "mariner": Distribution(ecosystems=_by_major("Azure Linux"), by_source=True),
    "alpaquita": Distribution(ecosystems=_plain("Alpaquita"), by_source=True),
    "bellsoft-hardened-containers": Distribution(ecosystems=_plain("BellSoft Hardened Containers"), by_source=True),
    "arch": Distribution(ecosystems=_rolling("Arch Linux"), by_source=False, needs_release=False),
}
"""os-release ID → how to ask. The names of ecosystems and releases are those of the OSV schema, "Defined Ecosystems"."""
