"""The rooms and the doors between them (style.md, "The house")."""

import ast
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import hullscan

_SOURCE = Path(hullscan.__file__).parent

_DOORS = {
    "errors": set(),
    "patterns": set(),
    "settings": {"errors"},
    "model": {"errors", "patterns"},
    "versions": {"errors", "patterns"},
    "layers": {"errors", "model"},
    "registry": {"errors", "model", "layers"},
    "detectors": {"errors", "patterns", "model", "versions", "layers"},
    "inventory": {"errors", "patterns", "model", "layers", "detectors"},
    "feeds": {"errors", "model", "versions"},
    "matching": {"errors", "patterns", "model", "versions"},
    "store": {"errors", "model", "versions", "settings"},
    "reports": {"errors", "model"},
    "jobs": {"errors", "model", "settings"},
    "services": {
        "errors",
        "model",
        "versions",
        "settings",
        "layers",
        "registry",
        "detectors",
        "inventory",
        "feeds",
        "matching",
        "store",
        "reports",
    },
    "api": {"errors", "model", "settings", "services", "reports", "jobs", "registry", "store"},
    "cli": {"errors", "model", "settings", "services", "reports", "api", "versions"},
    "__init__": {"model", "services", "settings"},
    "__main__": {"cli", "errors"},
}
"""Room → rooms that it may import. `api` reads rows that services have no word for; it writes through services' rooms."""


def _imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("hullscan"):
            parts = node.module.split(".")
            names.update([parts[1]] if len(parts) > 1 else [alias.name for alias in node.names])
        elif isinstance(node, ast.Import):
            names.update(alias.name.split(".")[1] for alias in node.names if alias.name.startswith("hullscan."))
    return names


@pytest.mark.parametrize("path", sorted(_SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(_SOURCE)))
def test_a_room_imports_only_its_neighbours(path: Path) -> None:
    """Data walks through the house in one direction."""
    room = path.relative_to(_SOURCE).parts[0].removesuffix(".py")

    assert _imports(path) - {room} <= _DOORS[room]


def _modules(path: Path) -> set[str]:
    """Return the modules of ours that *path* imports, wherever in it: ``services.context`` and the like."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("hullscan."):
            module = node.module.removeprefix("hullscan.")
            found.update(f"{module}.{one.name}" if _is_module(f"{module}.{one.name}") else module for one in node.names)
    return found


def _is_module(name: str) -> bool:
    path = _SOURCE / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").is_file()


_GRAPH = {
    ".".join(path.relative_to(_SOURCE).with_suffix("").parts).removesuffix(".__init__"): _modules(path)
    for path in _SOURCE.rglob("*.py")
}
"""Module → modules that it imports, some only when they are needed."""


def _circle(graph: Mapping[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [str(one) for one in error.args[1]]
    return []


def test_no_module_needs_itself() -> None:
    """By way of other modules it would: such a circle can only be read, and loaded, as a whole."""
    assert _circle(_GRAPH) == []


@pytest.mark.parametrize("room", ["detectors", "services", "store"])
def test_no_package_of_a_room_needs_itself(room: str) -> None:
    """Within a room, too, data flows one way: from one package to the next."""
    packages: dict[str, set[str]] = {}
    for module, imported in _GRAPH.items():
        if module.startswith(f"{room}."):
            own = module.split(".")[1]
            others = {one.split(".")[1] for one in imported if one.startswith(f"{room}.")}
            packages.setdefault(own, set()).update(others - {own})

    assert _circle(packages) == []
