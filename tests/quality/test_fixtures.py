"""Real package databases with the lists that their own tools give (../shared/fixtures)."""

import json
from pathlib import Path
from typing import Any

import pytest

from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.layers.file import LayerFile
from hullscan.model.package import DetectedFile
from shared_data import shared_path

_SET = DetectorSet(DETECTORS, directory=True)

_PLACES = {
    "Packages": "var/lib/rpm/Packages",
    "Packages.db": "var/lib/rpm/Packages.db",
    "rpmdb.sqlite": "var/lib/rpm/rpmdb.sqlite",
    "rpmdb.sqlite-wal": "var/lib/rpm/rpmdb.sqlite-wal",
    "installed": "lib/apk/db/installed",
    "status": "var/lib/dpkg/status",
}
"""A fixture's name → where an image has such a file."""


def _read(folder: Path, name: str) -> tuple[DetectedFile, ...]:
    def open_file(name: str) -> LayerFile | None:
        path = folder / name
        if not path.is_file():
            return None
        return LayerFile(_PLACES[name], path.stat().st_size, lambda: path.open("rb"), open_file)

    file = open_file(name)
    assert file is not None
    return _SET.detect(file)


def _expected(folder: Path) -> set[tuple[str, str]]:
    fields: dict[str, Any] = json.loads((folder / "expected.json").read_text())
    return {(one["name"], _version(one)) for one in fields["packages"]}


def _version(one: dict[str, Any]) -> str:
    text = one["version"] + (f"-{one['release']}" if one.get("release") else "")
    return f"{one['epoch']}:{text}" if one.get("epoch") else text


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("rpm/cbl-mariner-2.0-bdb", "Packages"),
        ("rpm/cbl-mariner-2.0-sqlite", "rpmdb.sqlite"),
        ("rpm/cbl-mariner-2.0-sqlite-wal", "rpmdb.sqlite"),
        ("rpm/dive-bdb", "Packages"),
        ("rpm/hello-epoch-bdb", "Packages"),
        ("rpm/libuuid-bdb", "Packages"),
        ("rpm/sle15-bci-ndb", "Packages.db"),
        ("apk/scalibr-different-arch", "installed"),
        ("apk/scalibr-installed", "installed"),
        ("apk/scalibr-no-origin", "installed"),
        ("apk/syft-base", "installed"),
        ("apk/syft-multiple-1", "installed"),
        ("apk/syft-multiple-2", "installed"),
    ],
)
def test_every_package_and_no_other(folder: str, name: str) -> None:
    """The list of rpm -qa, or of the stanzas' own lines."""
    place = shared_path(f"fixtures/{folder}")
    detected = _read(place, name)

    assert {(one.name, one.version) for file in detected for one in file.packages} == _expected(place)
    assert [problem for file in detected for problem in file.problems] == []
