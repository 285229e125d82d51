"""
Packages in a Nix store.

Rules: nix.dev, Nix manual, "Store path" (``HASH-NAME``, the hash in 32 signs of Nix's own base 32, outputs but the first with
``-OUTPUT`` at the end) and ``builtins.parseDrvName``; nixpkgs manual, "Package naming" (``unstable-YYYY-MM-DD``) and
"Multiple-output packages".
"""

from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.patterns import pattern

_MEMBER: Final = pattern(r"(?:.*/)?nix/store/[0-9a-df-np-sv-z]{32}-([A-Za-z0-9+._?=-]+)/")
_NAME_VERSION: Final = pattern(r"(?P<name>.+?)-(?P<version>(?:unstable-(?=\d{4}-\d{2}-\d{2}))?\d.*)")
"""The name ends before the first dash that no letter follows (parseDrvName); a version begins with a digit."""

_OUTPUTS: Final = frozenset(
    {
        "bin", "debug", "dev", "devdoc", "devman", "dist", "doc", "getent", "info", "lib", "libgcc", "login", "man", "mount", "nc",
        "py", "python", "static", "swap",
    }
)  # fmt: skip
"""Outputs of nixpkgs' packages beside ``out``: parts of one package, each in a folder of its own."""

_ASSEMBLED: Final = frozenset({"env", "modules", "wrapped"})
"""Folders of links that are made around a package, and its parts: the package's own version is theirs."""

_INPUTS: Final = pattern(
    r".*-(?:source|src|patches|vendor|go-modules|(?:npm-|pnpm-|yarn-|maven-|nuget-)?deps)"
    r"|.*\.(?:drv|patch|diff|lock|tar(?:\.\w+)?|tgz|zip|gem|crate|jar|whl)(?:-unpacked)?"
)
"""What builds began with, which is kept where an image was not made of its result alone."""


class Nix:
    """
    Each folder of the store is a package, or an output of one: all of a version's outputs have one package URL.

    What names no version (``…-source``, ``…-user-environment``) is none, nor is a file in the store's own folder: a derivation,
    a patch, a script. Packages of languages in the folder are found by their own detectors; they get no owner, as no
    publisher speaks of Nix's packages whose word could stand before the language's.
    """

    name = "nix"
    revision = 1
    directory_only = False
    interest = Interest(stores=frozenset({"nix/store"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return _MEMBER.fullmatch(path) is not None

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        member = _MEMBER.fullmatch(file.path)
        if member is None or _INPUTS.fullmatch(member[1]):
            return
        found = _NAME_VERSION.fullmatch(member[1])
        if found is not None:
            yield Package(type="nix", name=found["name"], version=_without_output(found["version"]), path=file.path)


def _without_output(version: str) -> str:
    while (parts := version.rpartition("-"))[0] and parts[2] in _OUTPUTS | _ASSEMBLED:
        version = parts[0]
    return version
