"""Package names as publishers and databases agree on them."""

import re
from typing import Final

from hullscan.patterns import pattern

_SEPARATORS: Final = pattern(r"[-_.]+")
_FLAVOUR: Final = pattern(r"(?:\.(?=ksplice)|_(?=fips))(ksplice|fips)")
_UEK: Final = pattern(r"-[^-]*\.el\d+uek")
_RELEASE: Final = pattern(r"(.+?)-(\d.*)", re.ASCII | re.DOTALL)


def normal_name(ecosystem: str, name: str) -> str:
    """
    Return *name* as it is looked up in *ecosystem* (with or without release).

    Rules: PEP 503 for PyPI; NuGet ids and Packagist names have no case; Swift's are addresses of repositories, with or
    without scheme and ``.git`` (OSV schema, "Defined Ecosystems"); all others are taken by the letter.
    """
    base = ecosystem.partition(":")[0]
    if base == "PyPI":
        return _SEPARATORS.sub("-", name).lower()
    if base in ("NuGet", "Packagist", "GitHub Actions"):
        return name.lower()
    if base == "SwiftURL":
        return name.lower().rpartition("://")[2].removesuffix(".git")
    return name


def source_ecosystem(ecosystem: str) -> str:
    """Return where a publisher's word on a source package stands that is about all of its versions: ``Red Hat:source:…``."""
    base, _, release = ecosystem.partition(":")
    return f"{base}:source:{release}"


def module_stream(label: str) -> str:
    """Return ``name:stream`` of an rpm's module label or purl qualifier, ``name:stream:version:context``; "" for none."""
    return ":".join(label.split(":")[:2])


def build_of(ecosystem: str, version: str, module: str) -> str:
    """
    Return which builds of a package one of *version* is judged with: those of its *module* stream ("" without), or of its flavour.

    Rule: Oracle Linux has three flavours of some packages, each with fixes of its own: the plain one, ``.ksplice`` (patched
    while running) and ``_fips`` (as certified). Their epochs differ, so none can be compared with another's fixes.
    """
    if ecosystem.partition(":")[0] == "Oracle Linux":
        flavour = _FLAVOUR.search(version)
        if flavour is not None:
            return flavour[1]
    return module


def first_of_build(ecosystem: str, fixed: str) -> str:
    """
    Return the first version that a fix in the build *fixed* may be about, "0" if that is any.

    Rule: Oracle has several Unbreakable Enterprise Kernels for one release, each of one upstream version (docs.oracle.com, "About
    UEK"): what 5.15.0-320.el8uek fixes in UEK 7 is fixed in UEK 6 by a build of 5.4.17.
    """
    if ecosystem.partition(":")[0] != "Oracle Linux" or not _UEK.search(fixed):
        return "0"
    return fixed.rpartition("-")[0]


ARCHITECTURES: Final = ("aarch64", "x86_64")
"""Those that images are made for where publishers fix one apart from the other."""


def built_for(ecosystem: str, architecture: str) -> str:
    """Return where a publisher's word stands that is about builds for one architecture: ``Oracle Linux:9/aarch64``."""
    return f"{ecosystem}/{architecture}"


def split_built_for(ecosystem: str) -> tuple[str, str]:
    """Return (ecosystem, architecture or "" for all) of what `built_for` gave."""
    release, _, architecture = ecosystem.partition("/")
    return release, architecture


def split_distro(text: str) -> tuple[str, str]:
    """Return (distribution, release) of a purl's ``distro``; both may hold dashes: ``sle-micro-5.5``, ``openeuler-22.03-LTS``."""
    found = _RELEASE.fullmatch(text)
    name, _, release = text.rpartition("-")
    return (found[1], found[2]) if found is not None else (name, release)
