"""npm packages in Yarn's archives."""

import io

import pytest
from fuzz.small_binaries import jar

from builders import make_layer
from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.layers.walk import walk_layer

_SET = DetectorSet(DETECTORS)
_LODASH = b'{"name": "lodash", "version": "4.17.20", "license": "MIT"}'


def _found(path: str, members: dict[str, bytes]) -> list[tuple[str, str]]:
    blob = make_layer({path: jar(members)})
    inventory = walk_layer(lambda: io.BytesIO(blob), _SET)
    return [(one.purl, one.path) for file in inventory.files for one in file.packages]


@pytest.mark.parametrize(
    "path",
    [
        "app/.yarn/cache/lodash-npm-4.17.20-c0db62021c-faec37cb9f.zip",
        "root/.yarn/berry/cache/lodash-npm-4.17.20-c0db62021c-10c0.zip",
        "cache/lodash-npm-4.17.20-c0db62021c-8.zip",
        ".yarn/cache/lodash-npm-4.17.20-c0db62021c.zip",
    ],
)
def test_a_package_in_its_archive(path: str) -> None:
    """With Plug'n'Play there is no ``node_modules``; the cache is the project's or the account's."""
    members = {"node_modules/lodash/package.json": _LODASH, "node_modules/lodash/index.js": b""}

    assert _found(path, members) == [("pkg:npm/lodash@4.17.20", f"{path}!/node_modules/lodash/package.json")]


def test_what_a_package_brings_beside_itself_is_not_installed() -> None:
    """Inputs of its tests, and builds for other kinds of modules."""
    members = {
        "node_modules/@s/a/package.json": b'{"name": "@s/a", "version": "1.0.0"}',
        "node_modules/@s/a/test/package.json": b'{"name": "evil", "version": "6.6.6"}',
    }

    assert [purl for purl, _ in _found(".yarn/cache/@s-a-npm-1.0.0-1a9a1b277f-836ffd1555.zip", members)] == [
        "pkg:npm/%40s/a@1.0.0"
    ]


def test_other_archives_are_left_alone() -> None:
    """A backup of a project is not what runs."""
    assert _found("srv/lodash-4.17.20.zip", {"node_modules/lodash/package.json": _LODASH}) == []
