"""
Bun's text lock file.

Rule: oven-sh/bun, "bun.lock": ``packages`` maps a place, ``a`` or ``a/b`` for the one that only ``a`` sees, to a list: first
``name@version``, and an object of what it depends on; ``workspaces`` are the projects.
"""

from collections.abc import Iterator
from typing import Any, Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import json_object, text_field
from hullscan.detectors.languages.node import is_folder, npm_package
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected
from hullscan.model.report import Problem

_RUNS: Final = ("dependencies", "optionalDependencies", "peerDependencies")
"""Kinds of dependencies that are there in production."""


class BunLock:
    """``bun.lock``, JSON with comments and trailing commas; before it there was ``bun.lockb``, of bytes."""

    name = "bun-lock"
    revision = 3
    directory_only = True
    interest = Interest(basenames=frozenset({"bun.lock", "bun.lockb"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return "node_modules/" not in path

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        if file.path.endswith("b"):
            raise UnreadableInput("Bun's binary form is not read; bun install --save-text-lockfile writes the other")
        fields = json_object(file, comments=True)
        if not isinstance(fields.get("lockfileVersion", 0), int):
            raise UnreadableInput("its lockfileVersion is no number")
        told_packages = fields.get("packages")
        packages = told_packages if isinstance(told_packages, dict) else {}
        needed = _needed(fields.get("workspaces"), packages)
        for place, told in packages.items():
            text = told[0] if isinstance(told, list) and told else None
            if not isinstance(text, str) or "@" not in text[1:]:
                message = f"the entry {place[:60]!r} does not begin with NAME@VERSION"
                yield Problem(code="broken-record", path=file.path, message=message)
                continue
            name, _, version = text.rpartition("@") if text.count("@") < 2 or text[0] == "@" else text.partition("@")
            source = text[1:].partition("@")[2]
            if is_folder(source):
                continue
            if ":" in source or "/" in version:
                # From git or a file: no version of the registry.
                name, version = text[: text.index("@", 1)], ""
            yield npm_package(name, version, file.path, dev=needed is not None and place not in needed)


def _needed(workspaces: Any, packages: dict[str, Any]) -> set[str] | None:
    """Places of what runs in production, for no package is marked as for development only; None if nothing says it."""
    if not isinstance(workspaces, dict) or not workspaces:
        return None
    todo = [
        (place and text_field(project, "name"), name)
        for place, project in workspaces.items()
        if isinstance(project, dict)
        for name in _dependencies(project)
    ]
    needed: set[str] = set()
    while todo:
        place = _seen_from(*todo.pop(), packages)
        if place in needed:
            continue
        needed.add(place)
        told = packages.get(place)
        about = next((one for one in told if isinstance(one, dict)), {}) if isinstance(told, list) else {}
        todo += [(place, name) for name in _dependencies(about)]
    return needed


def _dependencies(fields: dict[str, Any]) -> Iterator[str]:
    for kind in _RUNS:
        told = fields.get(kind)
        yield from told if isinstance(told, dict) else ()


def _seen_from(place: str, name: str, packages: dict[str, Any]) -> str:
    """The place of the package that another one, at *place*, gets by *name*: its own, or that of one above it."""
    while place:
        if f"{place}/{name}" in packages:
            return f"{place}/{name}"
        place = place.rpartition("/")[0]
        if place.rpartition("/")[2].startswith("@"):
            place = place.rpartition("/")[0]  # half of a name with a scope
    return name
