"""The tuple of detectors, their modules and their page agree."""

import pkgutil
import re
from importlib import import_module
from pathlib import Path

import hullscan.detectors
from hullscan.detectors import DETECTORS

_PAGE = (Path(__file__).parents[3] / "docs" / "detectors.md").read_text()


def test_every_detector_is_on_the_page() -> None:
    """docs/detectors.md is the table of what the scanner can see."""
    assert re.findall(r"^\| `([\w-]+)` \|", _PAGE, re.MULTILINE) == [
        name
        for name in re.findall(r"^\| `([\w-]+)` \|", _PAGE, re.MULTILINE)
        if name in {one.name for one in DETECTORS}
    ]
    assert {one.name for one in DETECTORS} == set(re.findall(r"^\| `([\w-]+)` \|", _PAGE, re.MULTILINE))


def test_every_module_with_a_detector_is_in_the_tuple() -> None:
    """A class with `detect` that nobody registered would never be asked."""
    known = {type(one) for one in DETECTORS}
    for module in pkgutil.walk_packages(hullscan.detectors.__path__, "hullscan.detectors."):
        loaded = import_module(module.name)
        for value in vars(loaded).values():
            if isinstance(value, type) and value.__module__ == loaded.__name__ and hasattr(value, "interest"):
                assert value in known or value.__name__ in ("Interest", "Detector")
