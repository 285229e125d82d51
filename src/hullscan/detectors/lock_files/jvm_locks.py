"""
Lock files of Java's and Scala's build tools.

Rules: docs.gradle.org, "Locking dependency versions", "Version catalogs"; ``verification-metadata.xml`` is left out (it holds
what was ever seen); stringbean/sbt-dependency-lock ``build.sbt.lock``.
"""

from collections.abc import Iterator
from typing import Any, Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import json_object, mappings, text_field, text_of, toml_table
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.patterns import pattern

_RANGE: Final = pattern(r"[\[\](].*|.*\+|latest\..*")
"""Versions of which any of several may be taken (docs.gradle.org, "Declaring versions and ranges")."""

_LINE: Final = pattern(r"([^:#\s=]+):([^:\s=]+):([^:\s=]+)(?:=(.*))?")


class GradleLock:
    """``gradle.lockfile`` and ``*.lockfile``: ``group:artifact:version=configurations`` a line."""

    name = "gradle-lock"
    revision = 1
    directory_only = True
    interest = Interest(suffixes=frozenset({".lockfile"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return True

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        for line in text_of(file).splitlines():
            found = _LINE.fullmatch(line.strip())
            if found is not None:
                used = [one for one in (found[4] or "").split(",") if one]
                dev = bool(used) and all(one.lower().startswith("test") for one in used)
                yield Package(
                    type="maven", namespace=found[1], name=found[2], version=found[3], path=file.path, dev=dev
                )


class GradleCatalog:
    """``libs.versions.toml``: ``libraries`` with versions, or references to ``versions``; a range leaves the version empty."""

    name = "gradle-catalog"
    revision = 1
    directory_only = True
    interest = Interest(suffixes=frozenset({".versions.toml"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return path.endswith(".versions.toml")

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        fields = toml_table(file)
        versions, libraries = (
            told if isinstance(told := fields.get(key), dict) else {} for key in ("versions", "libraries")
        )
        for one in libraries.values():
            if isinstance(one, str):
                module, _, version = one.rpartition(":")
            else:
                module = text_field(one, "module") or f"{text_field(one, 'group')}:{text_field(one, 'name')}"
                version = _catalogued(one.get("version"), versions)
            group, colon, name = module.partition(":")
            if group and colon and name:
                exact = "" if _RANGE.fullmatch(version) else version
                yield Package(type="maven", namespace=group, name=name, version=exact, path=file.path)


def _catalogued(told: Any, versions: dict[str, Any]) -> str:
    """A version as text, by reference, or as what is asked for: strictly before required before preferred."""
    if isinstance(told, dict) and "ref" in told:
        told = versions.get(str(told["ref"]))
    if isinstance(told, dict):
        told = told.get("strictly") or told.get("require") or told.get("prefer")
    return told if isinstance(told, str) else ""


class SbtLock:
    """``build.sbt.lock``: ``dependencies`` with the configurations that use each."""

    name = "sbt-lock"
    revision = 1
    directory_only = True
    interest = Interest(basenames=frozenset({"build.sbt.lock"}), suffixes=frozenset({".sbt.lock"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return True

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        for one in mappings(json_object(file).get("dependencies")):
            group, name, version = (text_field(one, key) for key in ("org", "name", "version"))
            used = one.get("configurations")
            dev = isinstance(used, list) and bool(used) and not {"compile", "runtime"}.intersection(used)
            if group and name and version:
                yield Package(type="maven", namespace=group, name=name, version=version, path=file.path, dev=dev)
