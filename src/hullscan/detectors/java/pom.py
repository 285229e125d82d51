"""Dependencies of a Maven project. Rule: maven.apache.org, "POM Reference": dependencies, properties, dependency management."""

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import text_of
from hullscan.errors import NOT_XML, UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.patterns import pattern

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_PROPERTY: Final = pattern(r"\$\{([^}]+)\}")
_DEPTH: Final = 10
"""Properties that name properties: deeper ones are cycles."""

_LONGEST: Final = 500
"""Characters of a version or a name; properties that name each other many times would fill the memory."""


class Pom:
    """
    ``pom.xml``: what the file itself says, and its parents in the same tree.

    A version that only a repository's parent or an imported bill of materials knows, or a range, is none: the package is there
    without a version, and the report says that nothing can be said about it.
    """

    name = "pom"
    revision = 2
    directory_only = True
    needs_siblings = True
    interest = Interest(basenames=frozenset({"pom.xml"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`; one in ``META-INF`` is of a jar's author."""
        return "META-INF/" not in path

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        try:
            project = _parsed(text_of(file))
        except NOT_XML as error:
            raise UnreadableInput(f"it is no XML: {error}") from error
        if _tag(project) != "project":
            raise UnreadableInput("it is no <project>")
        models = [project, *_parents(project, file)]
        values = {key: value for model in reversed(models[1:]) for key, value in _properties(model).items()}
        values |= _values(project)
        managed = {
            (_value(one, "groupId", values), _value(one, "artifactId", values)): one
            for model in reversed(models)
            for one in _path(model, "dependencyManagement", "dependencies", "dependency")
        }
        for one in (*_path(project, "dependencies", "dependency"), *_active(project)):
            group, name = _value(one, "groupId", values), _value(one, "artifactId", values)
            if not group or not name:
                continue
            told = (one, managed[group, name]) if (group, name) in managed else (one,)
            version, scope = (
                next((text for each in told if (text := _value(each, key, values))), "") for key in ("version", "scope")
            )
            yield Package(
                type="maven",
                namespace=group,
                name=name,
                version=_exact(version),
                path=file.path,
                dev=scope == "test",
            )


def _parsed(text: str | bytes) -> "Element":
    from defusedxml.ElementTree import fromstring  # few images hold any XML that is read

    root: Element = fromstring(text)
    return root


def _exact(version: str) -> str:
    """Return what is one version, "" for a range; ``[1.0]`` is one (POM Reference, "Dependency Version Requirement")."""
    if "${" in version:
        return ""
    if version[:1] in ("[", "("):
        return version[1:-1] if version[-1:] == "]" and "," not in version else ""
    return version


def _parents(project: "Element", file: LayerFile) -> Iterator["Element"]:
    """The parents that lie where a project says, ``../pom.xml`` if it says nothing (POM Reference, "Inheritance")."""
    place = ""
    for _ in range(_DEPTH):
        parent = _child(project, "parent")
        told = _child(parent, "relativePath") if parent is not None else None
        relative = "../pom.xml" if told is None else (told.text or "").strip()
        if parent is None or not relative:
            return
        place = posixpath.normpath(posixpath.join(posixpath.dirname(place), relative))
        place = place if place.endswith(".xml") else f"{place}/pom.xml"
        found = file.sibling(place)
        if found is None:
            return
        try:
            project = _parsed(text_of(found))
        except NOT_XML:
            return  # it is told as unreadable where it stands
        if _text(project, "artifactId") != _text(parent, "artifactId"):
            return
        yield project


def _active(project: "Element") -> list["Element"]:
    """Dependencies of the profiles that count unless another one is asked for."""
    return [
        one
        for profile in _path(project, "profiles", "profile")
        if any((each.text or "").strip() == "true" for each in _path(profile, "activation", "activeByDefault"))
        for one in _path(profile, "dependencies", "dependency")
    ]


def own_coordinates(data: bytes) -> tuple[str, str, str] | None:
    """Return (group, artifact, version) of the project that a ``pom.xml`` is of, None if it is none that can be read."""
    try:
        project = _parsed(data)
    except NOT_XML:
        return None
    values = _values(project)
    group, artifact, version = (
        _expanded(values[f"project.{key}"], values) for key in ("groupId", "artifactId", "version")
    )
    return group, artifact, version


def _values(project: "Element") -> dict[str, str]:
    """Return the project's properties and what can be named of itself."""
    parent = _child(project, "parent")
    values = {}
    for key in ("groupId", "artifactId", "version"):
        own = _text(project, key) or (_text(parent, key) if parent is not None else "")
        values[f"project.{key}"] = values[f"pom.{key}"] = own
        if parent is not None:
            values[f"project.parent.{key}"] = _text(parent, key)
    return values | _properties(project)


def _properties(project: "Element") -> dict[str, str]:
    properties = _child(project, "properties")
    return {_tag(one): (one.text or "").strip() for one in (properties if properties is not None else ())}


def _value(element: "Element", tag: str, values: dict[str, str]) -> str:
    return _expanded(_text(element, tag), values)


def _expanded(text: str, values: dict[str, str]) -> str:
    for _ in range(_DEPTH):
        if "${" not in text or len(text) > _LONGEST:
            break
        text = _PROPERTY.sub(lambda found: values.get(found[1], found[0])[:_LONGEST], text)
    return text


def _path(element: "Element", *tags: str) -> list["Element"]:
    found = [element]
    for tag in tags:
        found = [child for one in found for child in one if _tag(child) == tag]
    return found


def _child(element: "Element", tag: str) -> "Element | None":
    return next((one for one in element if _tag(one) == tag), None)


def _text(element: "Element", tag: str) -> str:
    child = _child(element, tag)
    return (child.text or "").strip() if child is not None else ""


def _tag(element: "Element") -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
