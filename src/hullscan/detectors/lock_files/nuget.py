"""
.NET packages of a tree. Rules: learn.microsoft.com/nuget: ``packages.lock.json``, ``packages.config``,
``project.assets.json``, central package management's ``Directory.Packages.props``.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import json_object, text_field
from hullscan.errors import NOT_XML, UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.patterns import pattern

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_VARIABLE: Final = pattern(r"\$\(([^()$]+)\)")
_DEPTH: Final = 10
"""Properties that name properties: deeper ones are cycles."""

_LONGEST: Final = 500


class NugetLock:
    """``packages.lock.json``: ``dependencies`` by target framework; projects of the solution are left out."""

    name = "nuget-lock"
    revision = 1
    directory_only = True
    interest = Interest(basenames=frozenset({"packages.lock.json"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return True

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        frameworks = json_object(file).get("dependencies")
        if not isinstance(frameworks, dict):
            raise UnreadableInput("it names no dependencies")
        for packages in frameworks.values():
            for name, one in packages.items() if isinstance(packages, dict) else ():
                version = text_field(one, "resolved") if isinstance(one, dict) else ""
                if version and text_field(one, "type") != "Project":
                    yield Package(type="nuget", name=name, version=version, path=file.path)


class NugetConfig:
    """``packages.config``: ``<package id version developmentDependency>``."""

    name = "nuget-config"
    revision = 1
    directory_only = True
    interest = Interest(basenames=frozenset({"packages.config"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return True

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        for one in _xml(file).iter():
            name, version = one.get("id", ""), one.get("version", "")
            if _tag(one) == "package" and name and version:
                dev = one.get("developmentDependency", "").lower() == "true"
                yield Package(type="nuget", name=name, version=version, path=file.path, dev=dev)


class NugetAssets:
    """``project.assets.json``: what ``libraries`` the restore took, by ``name/version``."""

    name = "nuget-assets"
    revision = 1
    directory_only = True
    interest = Interest(basenames=frozenset({"project.assets.json"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return True

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        libraries = json_object(file).get("libraries")
        for key, one in libraries.items() if isinstance(libraries, dict) else ():
            name, slash, version = key.partition("/")
            if slash and isinstance(one, dict) and text_field(one, "type") == "package":
                yield Package(type="nuget", name=name, version=version, path=file.path)


class NugetProps:
    """``Directory.Packages.props`` and ``packages.props``: versions that projects take from one place."""

    name = "nuget-props"
    revision = 3
    directory_only = True
    interest = Interest(suffixes=frozenset({".props"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return path.lower().endswith("packages.props")

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`; a version that is a variable of another file, or a range, is no version."""
        root = _xml(file)
        if _tag(root) != "Project":
            raise UnreadableInput("it is no MSBuild project")
        values = {
            _tag(one): (one.text or "").strip() for group in root if _tag(group) == "PropertyGroup" for one in group
        }
        for one in root.iter():
            if _tag(one) not in ("PackageVersion", "PackageReference", "GlobalPackageReference"):
                continue
            name = (one.get("Include") or one.get("Update") or "").strip()
            version = (one.get("Version") or one.get("VersionOverride") or "").strip()
            version = version or next(((each.text or "").strip() for each in one if _tag(each) == "Version"), "")
            version = _expanded(version, values)
            for each in _expanded(name, values).split(";"):
                if version and each.strip() and not _VARIABLE.search(each):
                    yield Package(type="nuget", name=each.strip(), version=_exact(version), path=file.path)


def _expanded(text: str, values: dict[str, str]) -> str:
    """Return a text with the properties that it names, which may name others."""
    for _ in range(_DEPTH):
        if "$(" not in text or len(text) > _LONGEST:
            break
        text = _VARIABLE.sub(lambda found: values.get(found[1], found[0])[:_LONGEST], text)
    return text


def _exact(version: str) -> str:
    """Return the version that is asked for, the least one of ``1.0`` and ``[1.0]``; "" for other ranges (NuGet, its ranges)."""
    if version[:1] == "[" and version[-1:] == "]" and "," not in version:
        return version[1:-1].strip()
    return "" if version[:1] in ("[", "(") or "*" in version or _VARIABLE.search(version) else version


def _xml(file: LayerFile) -> "Element":
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(file.read())
    except NOT_XML as error:
        raise UnreadableInput(f"it is no XML: {error}") from error
    return root


def _tag(element: "Element") -> str:
    return str(element.tag).rpartition("}")[2]
