"""Releases of distributions as their own files say them (../shared/fixtures/os-release), with derivatives and older files."""

import json
from pathlib import Path
from typing import Any

import pytest

from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.inventory.image import build_inventory, place_in_distro
from hullscan.layers.directory import walk_directory
from hullscan.matching.queries import queries
from hullscan.model.image import Digest, Layer
from hullscan.model.package import Distro, Package
from shared_data import shared_path

_SET = DetectorSet(DETECTORS)
_FOLDERS = {
    "debian/dist": ("debian", "deb"),
    "debian/distroless_dist": ("debian", "deb"),
    "ubuntu/dist": ("ubuntu", "deb"),
    "rhel/releasefiles": ("rhel", "rpm"),
    "alpine": ("alpine", "apk"),
}
"""Folders of root file systems, each named for its release → what they are."""

_ODD = {
    "rhel/releasefiles/atomichost-7": ("rhel", "7"),
    "rhel/releasefiles/hummingbird": ("hummingbird", "20251124"),
    "ubuntu/dist/11": ("debian", "11"),  # there to be told from Ubuntu
}


def _distro(root: Path) -> Distro:
    found = build_inventory([(Layer(digest=Digest("")), walk_directory(root, _SET))], _SET.identity).distro
    assert found is not None
    return found


@pytest.mark.parametrize("place", sorted(_FOLDERS))
def test_root_file_systems(place: str) -> None:
    """ID and release of every one; a minor release more is the file's own, and Oracle calls its releases in Red Hat's way."""
    wrong = []
    for root in sorted(shared_path(f"fixtures/os-release/{place}").iterdir()):
        wanted, release = _ODD.get(f"{place}/{root.name}", (_FOLDERS[place][0], root.name))
        if release.startswith("oracle-"):
            wanted, release = "ol", release.removeprefix("oracle-")
        found = _distro(root)
        if found.id != wanted or (release != "edge" and f"{found.version_id}.".find(f"{release}.") != 0):
            wrong.append((root.name, found.id, found.version_id))
    assert wrong == []


def test_edge_is_asked_as_edge() -> None:
    """Alpine's edge has the number of the release to come."""
    found = _distro(shared_path("fixtures/os-release/alpine/edge"))
    asked = queries(place_in_distro(Package(type="apk", name="a", version="1-r0"), found))

    assert isinstance(asked, tuple) and [one.ecosystem for one in asked] == ["Alpine:edge"]


def test_files_of_derivatives(tmp_path: Path) -> None:
    """What claircore reads out of single files."""
    folder = shared_path("fixtures/os-release")
    expected: dict[str, Any] = json.loads((folder / "expected.json").read_text())["files"]
    wrong = []
    for name, one in expected.items():
        if "parsed" not in one:
            continue
        (tmp_path / "etc").mkdir(exist_ok=True)
        (tmp_path / "etc" / "os-release").write_bytes((folder / name).read_bytes())
        found, wanted = _distro(tmp_path), one["distribution"]
        if (found.id, found.version_id) != (wanted["did"], wanted.get("version_id", "")):
            wrong.append((name, found.id, found.version_id))
    assert wrong == []
