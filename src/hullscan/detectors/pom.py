"""Dependencies of a Maven project. Rule: maven.apache.org, "POM Reference": dependencies, properties, dependency management."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Final

from defusedxml.ElementTree import fromstring

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import text_of
from hullscan.errors import NOT_XML, UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package

_PROPERTY: Final = re.compile(r"\$\{([^}]+)\}")
_DEPTH: Final = 10
"""Properties that name properties: deeper ones are cycles."""


class Pom:
    """
    ``pom.xml``: what the file itself says.

    A version that only a parent or an imported bill of materials knows, or a range, is none: the package is there
    without a version, and the report says that nothing can be said about it.
    """

    name = "pom"
    revision = 1
    directory_only = True
    interest = Interest(basenames=frozenset({"pom.xml"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`; one in ``META-INF`` is of a jar's author."""
        return "META-INF/" not in path

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        try:
            project = fromstring(text_of(file))
        except NOT_XML as error:
            raise UnreadableInput(f"it is no XML: {error}") from error
        if _tag(project) != "project":
            raise UnreadableInput("it is no <project>")
        values = _values(project)
        managed = {
            (_value(one, "groupId", values), _value(one, "artifactId", values)): _value(one, "version", values)
            for one in _path(project, "dependencyManagement", "dependencies", "dependency")
        }
        for one in _path(project, "dependencies", "dependency"):
            group, name = _value(one, "groupId", values), _value(one, "artifactId", values)
            if not group or not name:
                continue
            version = _value(one, "version", values) or managed.get((group, name), "")
            exact = version if version and version[0] not in "[(" and "${" not in version else ""
            yield Package(
                type="maven",
                namespace=group,
                name=name,
                version=exact,
                path=file.path,
                dev=_value(one, "scope", values) == "test",
            )


def own_coordinates(data: bytes) -> tuple[str, str, str] | None:
    """Return (group, artifact, version) of the project that a ``pom.xml`` is of, None if it is none that can be read."""
    try:
        project = fromstring(data)
    except NOT_XML:
        return None
    values = _values(project)
    group, artifact, version = (
        _expanded(values[f"project.{key}"], values) for key in ("groupId", "artifactId", "version")
    )
    return group, artifact, version


def _values(project: ET.Element) -> dict[str, str]:
    """Return the project's properties and what can be named of itself."""
    parent = _child(project, "parent")
    values = {}
    for key in ("groupId", "artifactId", "version"):
        own = _text(project, key) or (_text(parent, key) if parent is not None else "")
        values[f"project.{key}"] = values[f"pom.{key}"] = own
        if parent is not None:
            values[f"project.parent.{key}"] = _text(parent, key)
    properties = _child(project, "properties")
    values.update((_tag(one), (one.text or "").strip()) for one in (properties if properties is not None else ()))
    return values


def _value(element: ET.Element, tag: str, values: dict[str, str]) -> str:
    return _expanded(_text(element, tag), values)


def _expanded(text: str, values: dict[str, str]) -> str:
    for _ in range(_DEPTH):
        if "${" not in text:
            break
        text = _PROPERTY.sub(lambda found: values.get(found[1], found[0]), text)
    return text


def _path(element: ET.Element, *tags: str) -> list[ET.Element]:
    found = [element]
    for tag in tags:
        found = [child for one in found for child in one if _tag(child) == tag]
    return found


def _child(element: ET.Element, tag: str) -> ET.Element | None:
    return next((one for one in element if _tag(one) == tag), None)


def _text(element: ET.Element, tag: str) -> str:
    child = _child(element, tag)
    return (child.text or "").strip() if child is not None else ""


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
