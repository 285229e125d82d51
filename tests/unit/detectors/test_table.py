"""The tuple of detectors, their modules and their page agree."""

import pkgutil
import re
from importlib import import_module
from pathlib import Path

import hullscan.detectors
from hullscan.detectors import DETECTORS
from hullscan.detectors.programs.runtimes import Runtimes

_PAGE = (Path(__file__).parents[3] / "docs" / "detectors.md").read_text()


def test_every_detector_is_on_the_page() -> None:
    """docs/detectors.md is the table of what the scanner can see."""
    assert re.findall(r"^\| `([\w-]+)` \|", _PAGE, re.MULTILINE) == [
        name
        for name in re.findall(r"^\| `([\w-]+)` \|", _PAGE, re.MULTILINE)
        if name in {one.name for one in DETECTORS}
    ]
    assert {one.name for one in DETECTORS} == set(re.findall(r"^\| `([\w-]+)` \|", _PAGE, re.MULTILINE))


def test_every_program_that_says_its_version_is_on_the_page() -> None:
    """By the words of its name, which may have a version behind them."""
    (row,) = re.findall(r"^\| `runtimes` \| (.*?) \|", _PAGE, re.MULTILINE)
    told = {_words(name.rsplit("/")[-1]) for name in re.findall(r"`([\w./-]+)`", row)}

    assert {_words(name) for name in Runtimes.interest.basenames} == told


def _words(name: str) -> str:
    return re.sub(r"[^A-Za-z_-].*|-c\.so$", "", name)


def test_every_module_with_a_detector_is_in_the_tuple() -> None:
    """A class with `detect` that nobody registered would never be asked."""
    known = {type(one) for one in DETECTORS}
    for module in pkgutil.walk_packages(hullscan.detectors.__path__, "hullscan.detectors."):
        loaded = import_module(module.name)
        for value in vars(loaded).values():
            if isinstance(value, type) and value.__module__ == loaded.__name__ and hasattr(value, "interest"):
                assert value in known or value.__name__ in ("Interest", "Detector")
