"""The locked requirements are those of pyproject.toml, for the same platforms."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

_ROOT = Path(__file__).parents[2]


def test_what_is_for_some_platforms_only_is_locked_for_those() -> None:
    """Elsewhere it would be built from source, which needs a compiler, or cannot be."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]
    asked = [Requirement(text) for text in (*project["dependencies"], *project["optional-dependencies"]["dev"])]
    locked = re.findall(r"^([^\s#].*?) \\$", (_ROOT / "requirements-dev.txt").read_text(), re.MULTILINE)
    markers = {one.name: str(one.marker) for one in map(Requirement, locked)}

    assert {one.name: str(one.marker) for one in asked if one.marker} == {
        name: marker for name, marker in markers.items() if marker != "None"
    }
