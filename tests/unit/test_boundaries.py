"""The rooms and the doors between them (style.md, "The house")."""

import ast
from pathlib import Path

import pytest

import hullscan

_SOURCE = Path(hullscan.__file__).parent

_DOORS = {
    "errors": set(),
    "settings": {"errors"},
    "model": {"errors"},
    "versions": {"errors"},
    "layers": {"errors", "model"},
    "registry": {"errors", "model", "layers"},
    "detectors": {"errors", "model", "versions", "layers"},
    "inventory": {"errors", "model", "layers", "detectors"},
    "feeds": {"errors", "model", "versions"},
    "matching": {"errors", "model", "versions"},
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
