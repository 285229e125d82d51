"""Under which names publishers may speak of a package: ecosystem with release, name, and which version counts."""

import re
from dataclasses import dataclass, replace
from typing import Final

from hullscan.matching.distributions import DISTRIBUTIONS, Distribution
from hullscan.matching.releases import release_of
from hullscan.matching.sources import judged_version, source_name
from hullscan.model.names import build_of, module_stream, normal_name, source_ecosystem
from hullscan.model.package import Package
from hullscan.model.report import Problem
from hullscan.model.vendors import Builder, builder_of
from hullscan.versions.constraints import bitnami_release
from hullscan.versions.jvm import plain_number

REVISION: Final = 10
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
    if package.type == "npm" and package.qualifier("vcs_url"):
        # As npm audit does not ask about it: the registry may have another package of this name, or none.
        return Problem(
            code="from-repository",
            message=f"npm package {package.full_name} {package.version} is taken from a repository and not from the registry "
            "whose packages advisories speak of, so nothing can be said about it",
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


_RELEASES_WITHOUT_NUMBER: Final = ("edge", "stream")
"""Alpine's and BellSoft's rolling releases, which have feeds of their own."""

_DISTRO_TYPES: Final = frozenset({"deb", "apk", "rpm", "alpm"})


def _distro_queries(package: Package) -> tuple[Query, ...] | Problem:
    distro_id, release = release_of(package)
    if package.type == "rpm" and package.name == "gpg-pubkey":
        return ()  # an imported key, which rpm keeps like a package: it is no software
    known = DISTRIBUTIONS.get(distro_id)
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
        known = Distribution(ecosystems=guest, by_source=False)
    name = source_name(package) if known.by_source else package.name
    version = judged_version(package) if known.by_source else package.version
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
        # Photon's OVAL lists binaries, its CVE files name sources; Chainguard's records name either.
        judged = judged_version(package)
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
