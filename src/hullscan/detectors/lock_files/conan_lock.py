"""Conan's lists. Rules: docs.conan.io, "conan.lock" of Conan 1 (a graph of nodes) and 2 (lists of references), "conanfile.txt"."""

import re
from collections.abc import Iterator
from typing import Any, Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import json_object, text_field, text_of
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.patterns import pattern

_REFERENCE: Final = pattern(r"(?P<name>[^/@#]+)/(?P<version>[^@#%:]+)(?:@.*)?(?:[#%:].*)?", re.DOTALL)


_SECTIONS: Final = {"requires": False, "build_requires": True, "tool_requires": True, "test_requires": True}
"""Sections of a conanfile.txt → whether only development needs what they name."""


class ConanLock:
    """``conan.lock``: references ``name/version@user/channel#revision``."""

    name = "conan-lock"
    revision = 2
    directory_only = True
    interest = Interest(basenames=frozenset({"conan.lock"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return True

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        for text, dev in _references(json_object(file)):
            yield from _package(text, file.path, dev=dev)


class ConanFile:
    """``conanfile.txt``: references in sections; a range is no version, and left empty."""

    name = "conan-file"
    revision = 1
    directory_only = True
    interest = Interest(basenames=frozenset({"conanfile.txt"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return True

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        section = ""
        for raw in text_of(file).splitlines():
            line = raw.partition("#")[0].strip()
            if line.startswith("["):
                section = line.strip("[]")
            elif line and section in _SECTIONS:
                yield from _package(line, file.path, dev=_SECTIONS[section])


def _package(text: str, path: str, *, dev: bool) -> Iterator[Package]:
    found = _REFERENCE.fullmatch(text.strip())
    if found is not None:
        version = "" if found["version"].startswith("[") else found["version"]
        yield Package(type="conan", name=found["name"], version=version, path=path, dev=dev)


def _references(fields: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    graph = fields.get("graph_lock")
    nodes = graph.get("nodes") if isinstance(graph, dict) else None
    if isinstance(nodes, dict):
        required = {
            str(number) for node in nodes.values() if isinstance(node, dict) for number in node.get("requires") or ()
        }
        builds = {
            str(number)
            for node in nodes.values()
            if isinstance(node, dict)
            for number in node.get("build_requires") or ()
        }
        for number, node in nodes.items():
            # The project itself has a path, and nothing requires it.
            own = isinstance(node, dict) and text_field(node, "path") and str(number) not in required | builds
            if isinstance(node, dict) and not own:
                text = text_field(node, "ref") or text_field(node, "pref")
                # What a tool for the build requires is built for the builder, too.
                yield text, number in builds or text_field(node, "context") == "build"
        return
    for key, dev in (
        ("requires", False),
        *((key, True) for key in ("build_requires", "python_requires", "config_requires")),
    ):
        told = fields.get(key)
        for text in told if isinstance(told, list) else ():
            if isinstance(text, str):
                yield text, dev
