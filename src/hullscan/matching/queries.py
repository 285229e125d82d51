"""Under which names publishers may speak of a package: ecosystem with release, name, and which version counts."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from hullscan.model.names import build_of, module_stream, normal_name, source_ecosystem, split_distro
from hullscan.model.package import Package
from hullscan.model.report import Problem
from hullscan.model.vendors import Builder, builder_of
from hullscan.versions.constraints import bitnami_release
from hullscan.versions.jvm import plain_number

REVISION: Final = 8
"""Raised when a package would now be asked for otherwise: images are then put together anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """
    One question to the feeds.

    `ecosystem` as publishers write it (``Debian:12``), `name` as they spell names there, `version` the text that is
    compared (the source package's where the publisher names sources), `module` the module stream or flavour of the package.
    """

    ecosystem: str
    name: str
    version: str
    module: str = ""


_LANGUAGES: Final = {
    "pypi": "PyPI",
    "npm": "npm",
    "golang": "Go",
    "cargo": "crates.io",
    "gem": "RubyGems",
    "nuget": "NuGet",
    "composer": "Packagist",
    "maven": "Maven",
    "hex": "Hex",
    "pub": "Pub",
    "hackage": "Hackage",
    "cran": "CRAN",
    "julia": "Julia",
    "swift": "SwiftURL",
    "conan": "ConanCenter",
    "bitnami": "Bitnami",
    "opam": "opam",
    "githubactions": "GitHub Actions",
    "github": "GitHub Actions",
    "brew": "Homebrew",
    "ebuild": "Gentoo",
}
"""purl type → OSV ecosystem, for packages that no release of a distribution decides (OSV schema, "Defined Ecosystems")."""


_UPSTREAM: Final = {
    "node": "node",
    "python": "python",
    "ruby": "ruby",
    "jruby": "jruby",
    "mruby": "mruby",
    "mrubyc": "mrubyc",
    "rbx": "rbx",
    "php": "php",
    "nginx": "nginx",
    "httpd": "apache",
    "redis": "redis",
    "valkey": "valkey",
    "postgresql": "postgresql",
    "mariadb": "mariadb",
    "haproxy": "haproxy",
    "java": "java",
    "memcached": "memcached",
    "mongodb": "mongodb",
    "arangodb": "arangodb",
    "openldap": "openldap",
    "fluent-bit": "fluent-bit",
    "wordpress": "wordpress",
}
"""
Runtimes that no package manager owns → Bitnami's name: its records give upstream's versions (github.com/bitnami/vulndb).

Under it stand the words of the runtimes' own projects, too; of Ruby's other implementations only RubySec speaks.
"""


def queries(package: Package) -> tuple[Query, ...] | Problem:
    """
    Return what to ask the feeds about *package*: nothing for what no publisher speaks of by design.

    Returns:
        A `Problem` where a publisher should be asked and it cannot be told how: an unknown distribution or release.
    """
    if package.type in _DISTRO_TYPES:
        return _distro_queries(package)
    ecosystem = _LANGUAGES.get(package.type)
    if package.type == "generic" and package.name in _UPSTREAM:
        version = plain_number(package.version) if package.name == "java" else package.version
        return (Query(ecosystem="Bitnami", name=_UPSTREAM[package.name], version=version),)
    if ecosystem is None:
        return Problem(
            code="no-ecosystem",
            message=f"no advisories are known for packages of type {package.type}, such as {package.name}",
            path=package.path,
            layer=package.layer,
        )
    if not package.version:
        return Problem(
            code="no-version",
            message=f"{package.type} package {package.name} says no version, so nothing can be said about it",
            path=package.path,
            layer=package.layer,
        )
    name = normal_name(ecosystem, package.full_name)
    version = package.version
    if package.type == "bitnami":
        version = bitnami_release(version)
    elif package.type == "pypi":
        # PEP 440, "Version specifiers": a build of one's own, 2.0.1+cu118, is meant where 2.0.1 is.
        version = version.partition("+")[0]
    return (Query(ecosystem=ecosystem, name=name, version=version),)


def _major(version_id: str) -> str:
    return version_id.partition(".")[0]


def _debian(package: Package, release: str) -> list[str]:
    # ~bpo12 is the package of the next release, rebuilt: that release's word counts (backports.debian.org, "Versioning").
    backport = re.search(r"~bpo(\d+)", _judged_version(package))
    number = str(int(backport[1]) + 1) if backport else _major(release)
    # Up to squeeze releases were called 6.0, and osv.dev does so yet.
    return [f"Debian:{number}", *((f"Debian:{number}.0",) if number in ("4", "5", "6") else ())]


def _ubuntu(package: Package, release: str) -> list[str]:
    year, _, month = release.partition(".")
    long_term = month == "04" and year.isdecimal() and int(year) % 2 == 0
    release = f"{release}:LTS" if long_term else release
    source = _source_name(package)
    if "fips" in _judged_version(package).lower() or source.endswith("-fips"):
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
    return [
        f"Red Hat:enterprise_linux:{major}",
        *(f"Red Hat:enterprise_linux:{major}::{part}" for part in (*parts, *classic)),
    ]


def _plain(prefix: str) -> Callable[[Package, str], list[str]]:
    return lambda package, release: [f"{prefix}:{release}"]


def _by_major(prefix: str) -> Callable[[Package, str], list[str]]:
    return lambda package, release: [f"{prefix}:{_major(release)}"]


def _amazon(package: Package, release: str) -> list[str]:
    """Trivy says more than the release: ``2 (Karoo)``, ``2023.3.20240131 (Amazon Linux)``; the first one was 2018.03."""
    number = release.partition(" ")[0]
    return [f"Amazon Linux:{number}", "Amazon Linux:1"] if number == "2018.03" else [f"Amazon Linux:{_major(number)}"]


def _rolling(name: str) -> Callable[[Package, str], list[str]]:
    return lambda package, release: [name]


_SUSE_MODULES: Final = (
    "Basesystem",
    "Server Applications",
    "Development Tools",
    "Containers",
    "Desktop Applications",
    "Legacy",
    "Public Cloud",
    "Python 3",
    "Systems Management",
    "Transactional Server",
    "Web and Scripting",
)
"""From SLES 15 on the packages are in modules, and updates name those (documentation.suse.com, "Modules and Extensions")."""


def _service_pack(release: str) -> str:
    """``15 SP6`` of ``15.6``; from 16 on there are minor releases."""
    major, _, service_pack = release.partition(".")
    return f"{major} SP{service_pack}" if service_pack and major.isdecimal() and int(major) < 16 else release


def _sles(package: Package, release: str) -> list[str]:
    text = _service_pack(release)
    modules = _SUSE_MODULES if _major(release) == "15" else ()
    return [
        f"SUSE:Linux Enterprise Server {text}",
        f"SUSE:Linux Enterprise Server {text}-LTSS",
        *(f"SUSE:Linux Enterprise Module for {module} {text}" for module in modules),
    ]


def _sles_for_sap(package: Package, release: str) -> list[str]:
    own = f"SUSE:Linux Enterprise Server for SAP Applications {_service_pack(release)}"
    return [own, *_sles(package, release)]


def _spaced(prefix: str) -> Callable[[Package, str], list[str]]:
    return lambda package, release: [f"{prefix} {release}"]


def _package_hub(package: Package, release: str) -> list[str]:
    # That for SLES 12 is one for all of its service packs.
    names = (f"SUSE:Package Hub {_service_pack(release)}", f"SUSE:Package Hub {_major(release)}")
    return list(dict.fromkeys(names))


def _open_euler(package: Package, release: str) -> list[str]:
    return [f"openEuler:{release}"]


_PACKAGE_HUB: Final = {"opensuse": _package_hub}
_EPEL: Final = {"fedora project": _by_major("EPEL")}
"""Extra Packages for Enterprise Linux: Fedora's builds for RHEL and its rebuilds (docs.fedoraproject.org, "EPEL")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Distribution:
    """
    How one distribution's feed is asked: its ecosystems for a release, by source or binary name.

    `sources_too`: by both; `sources_apart`: what is told of sources stands in an ecosystem of its own.
    `epochs` is False where records leave the epoch out, as the file names of source packages do.
    `guests`: other builders (how their vendor text begins, in lower case) whose packages for it have advisories of their own,
    by binary name.
    """

    ecosystems: Callable[[Package, str], list[str]]
    by_source: bool
    needs_release: bool = True
    sources_apart: bool = False
    sources_too: bool = False
    epochs: bool = True
    guests: Mapping[str, Callable[[Package, str], list[str]]] = field(default_factory=dict)


_DISTRIBUTIONS: Final = {
    "debian": _Distribution(ecosystems=_debian, by_source=True),
    "ubuntu": _Distribution(ecosystems=_ubuntu, by_source=True),
    "alpine": _Distribution(ecosystems=_alpine, by_source=True),
    "wolfi": _Distribution(ecosystems=_rolling("Wolfi"), by_source=True, needs_release=False),
    "chainguard": _Distribution(ecosystems=_rolling("Chainguard"), by_source=True, needs_release=False),
    "minimos": _Distribution(ecosystems=_rolling("MinimOS"), by_source=True, needs_release=False),
    "echo": _Distribution(ecosystems=_rolling("Echo"), by_source=True, needs_release=False),
    "almalinux": _Distribution(ecosystems=_by_major("AlmaLinux"), by_source=False, guests=_EPEL),
    "rocky": _Distribution(ecosystems=_by_major("Rocky Linux"), by_source=False, guests=_EPEL),
    "rhel": _Distribution(ecosystems=_red_hat, by_source=False, sources_apart=True, guests=_EPEL),
    "redhat": _Distribution(ecosystems=_red_hat, by_source=False, sources_apart=True, guests=_EPEL),
    "centos": _Distribution(ecosystems=_red_hat, by_source=False, sources_apart=True, guests=_EPEL),
    "amzn": _Distribution(ecosystems=_amazon, by_source=False),
    "fedora": _Distribution(ecosystems=_plain("Fedora"), by_source=False),
    "ol": _Distribution(ecosystems=_by_major("Oracle Linux"), by_source=False, guests=_EPEL),
    "opensuse": _Distribution(ecosystems=_spaced("openSUSE:Leap"), by_source=False),
    "opensuse-leap": _Distribution(ecosystems=_spaced("openSUSE:Leap"), by_source=False),
    "opensuse-leap-micro": _Distribution(ecosystems=_spaced("openSUSE:Leap Micro"), by_source=False),
    "opensuse-tumbleweed": _Distribution(
        ecosystems=_rolling("openSUSE:Tumbleweed"), by_source=False, needs_release=False
    ),
    "opensuse-microos": _Distribution(ecosystems=_rolling("openSUSE:Tumbleweed"), by_source=False, needs_release=False),
    "sles": _Distribution(ecosystems=_sles, by_source=False, guests=_PACKAGE_HUB),
    "sles_sap": _Distribution(ecosystems=_sles_for_sap, by_source=False, guests=_PACKAGE_HUB),
    "sle-micro": _Distribution(ecosystems=_spaced("SUSE:Linux Enterprise Micro"), by_source=False),
    "sl-micro": _Distribution(ecosystems=_spaced("SUSE:Linux Micro"), by_source=False),
    "openeuler": _Distribution(ecosystems=_open_euler, by_source=True, epochs=False),
    "mageia": _Distribution(ecosystems=_by_major("Mageia"), by_source=True),
    "photon": _Distribution(ecosystems=_plain("Photon OS"), by_source=False, sources_too=True),
    "azurelinux": _Distribution(ecosystems=_by_major("Azure Linux"), by_source=True),
    "mariner": _Distribution(ecosystems=_by_major("Azure Linux"), by_source=True),
    "alpaquita": _Distribution(ecosystems=_plain("Alpaquita"), by_source=True),
    "bellsoft-hardened-containers": _Distribution(ecosystems=_plain("BellSoft Hardened Containers"), by_source=True),
    "arch": _Distribution(ecosystems=_rolling("Arch Linux"), by_source=False, needs_release=False),
}
"""os-release ID → how to ask. The names of ecosystems and releases are those of the OSV schema, "Defined Ecosystems"."""

_RELEASES_WITHOUT_NUMBER: Final = ("edge", "stream")
"""Alpine's and BellSoft's rolling releases, which have feeds of their own."""

_DISTRO_TYPES: Final = frozenset({"deb", "apk", "rpm", "alpm"})


def _distro_queries(package: Package) -> tuple[Query, ...] | Problem:
    distro_id, release = _release_of(package)
    if package.type == "rpm" and package.name == "gpg-pubkey":
        return ()  # an imported key, which rpm keeps like a package: it is no software
    known = _DISTRIBUTIONS.get(distro_id)
    if known is None:
        what = f"distribution {distro_id!r}" if distro_id else "the distribution, which nothing names,"
        return Problem(code="no-distribution", message=f"{what} has no advisories that hullscan knows")
    if known.needs_release and not release[:1].isdecimal() and release not in _RELEASES_WITHOUT_NUMBER:
        return Problem(
            code="no-release",
            message=f"{distro_id}: nothing says which release this is ({release or 'no VERSION_ID'}), "
            "so no release's advisories can be asked",
        )
    if builder_of(package, distro_id) is Builder.OTHER:
        guest = next((ask for begin, ask in known.guests.items() if package.vendor.lower().startswith(begin)), None)
        if guest is None:
            return _built_elsewhere(package, distro_id)
        known = _Distribution(ecosystems=guest, by_source=False)
    name = _source_name(package) if known.by_source else package.name
    version = _judged_version(package) if known.by_source else package.version
    if not known.epochs:
        version = re.sub(r"^\d+:", "", version)
    module = module_stream(package.qualifier("rpmmod"))
    asked = tuple(
        Query(
            ecosystem=ecosystem,
            name=normal_name(ecosystem, name),
            version=version,
            module=build_of(ecosystem, version, module),
        )
        for ecosystem in known.ecosystems(package, release)
    )
    if known.sources_too and package.source is not None and package.source.name != name:
        # Photon's OVAL lists binaries, its CVE files name sources.
        judged = _judged_version(package)
        asked += tuple(replace(one, name=package.source.name, version=judged) for one in asked)
    if not known.sources_apart:
        return asked
    # What has no fix yet is told of source packages, and of all their versions (feeds/csaf.py).
    by_source = package.source.name if package.source else package.name
    where = source_ecosystem(asked[0].ecosystem)
    return (*asked, Query(ecosystem=where, name=by_source, version=version, module=module))


def _built_elsewhere(package: Package, distro_id: str) -> Problem:
    return Problem(
        code="foreign-vendor",
        message=f"{package.name} and what else is of {package.vendor} was not built by {distro_id}, whose advisories do not speak "
        "of it: no feed judges these packages, so flaws in them are not found",
        path=package.path,
        layer=package.layer,
    )


_SIGNED_KERNEL: Final = re.compile(r"linux-signed(-.+?)??(?:-(?:amd64|arm64|i386))?")
"""
Sources that only sign what another source has built: Debian's ``linux-signed-amd64``, Ubuntu's ``linux-signed-aws``.

Their binaries have the version of that one, ``linux`` or ``linux-aws``, which is the name that advisories know.
"""


def _source_name(package: Package) -> str:
    name = package.source.name if package.source else package.name
    signed = _SIGNED_KERNEL.fullmatch(name)
    return f"linux{signed[1] or ''}" if signed else name


def _judged_version(package: Package) -> str:
    """The source package's own version where it differs from the binary's (Debian Policy 5.6.1)."""
    if package.source and _SIGNED_KERNEL.fullmatch(package.source.name):
        return package.version
    return (package.source.version if package.source else "") or package.version


def _release_of(package: Package) -> tuple[str, str]:
    """Split the purl's distro qualifier, ``debian-12`` or ``opensuse-leap-15.5``, after the longest name that is known."""
    text = package.qualifier("distro")
    if not text:
        return package.namespace, ""
    words = text.split("-")
    for place in range(len(words), 0, -1):
        name, release = "-".join(words[:place]), "-".join(words[place:])
        if name in _DISTRIBUTIONS:
            return _CODENAMES.get(release, (name, release))
    name, release = split_distro(text)
    if name and release[:1].isdecimal():
        return name, release
    return _codename(text, package.namespace)


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


def _codename(text: str, namespace: str) -> tuple[str, str]:
    return _CODENAMES.get(text.rpartition("-")[2], (namespace or text, text))
