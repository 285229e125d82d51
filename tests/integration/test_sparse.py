"""Manifests that came before what they name (HULLSCAN_SPARSE_MANIFESTS): looked into again once that is there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from builders import DEBIAN_12, digest_of, make_image, make_index, make_layer, status
from hullscan.services.context import open_context
from hullscan.services.reports.report import report_row
from hullscan.services.scans.scan import look_again, request_scan, run_next
from hullscan.settings import Settings
from hullscan.store.artifacts.inventories import load_image
from hullscan.store.database import reading
from hullscan.store.places.repositories import find_repository
from world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A store that accepts manifests that name what was never pushed."""
    told = {"HULLSCAN_DATA_DIR": str(tmp_path / "data"), "HULLSCAN_SPARSE_MANIFESTS": "true"}
    context = open_context(Settings.from_environment(told))
    yield World(context)
    context.close()


def _work(world: World) -> None:
    """Do all scans that wait, as the server's worker does."""
    while run_next(world.context):
        pass


def _kept(world: World, digest: str) -> tuple[list[str], list[str]]:
    """Return the packages and the problems of an artifact once the worker has nothing to do."""
    _work(world)
    with reading(world.context.engine) as connection:
        inventory = load_image(connection, digest)
    assert inventory is not None
    return [one.name for one in inventory.packages], [one.code for one in inventory.problems]


def _reported(world: World, digest: str) -> set[str]:
    """Return the codes of the report in force."""
    row = report_row(world.context, digest)
    assert row is not None
    return {one.code for one in row.problems}


def _seen(world: World, digest: str) -> tuple[list[str], list[str]]:
    """Return the packages and the problems of an artifact, after a scan."""
    with reading(world.context.engine) as connection:
        repository = find_repository(connection, world.instance, "team", "app")
    assert repository is not None
    request_scan(world.context, instance_id=world.instance, repository_id=repository.id, digest=digest)
    return _kept(world, digest)


# Of these tests alone: this process remembers the layers that other tests' stores have (`services.indexing.known_stacks`).
_FILES = {
    "etc/os-release": DEBIAN_12,
    "etc/motd": b"sparse",
    "var/lib/dpkg/status": status("libssl3 3.0.9-1 openssl"),
}


def test_a_layer_that_came_later(world: World) -> None:
    """The image is looked into anew when it is scanned again."""
    manifest, blobs = make_image([make_layer(_FILES)])
    digest = world.push_manifest("app", manifest, {}, tag="1")
    before = _seen(world, digest)
    world.push_manifest("app", manifest, blobs, tag="1")

    assert before == ([], ["layer-missing"])
    assert _seen(world, digest) == (["libssl3"], [])


def test_an_image_that_came_later(world: World) -> None:
    """So is the index that names it."""
    manifest, blobs = make_image([make_layer(_FILES)])
    digest = world.push_manifest("app", make_index([manifest]), {}, tag="1")
    before = _seen(world, digest)
    world.push_manifest("app", manifest, blobs)

    assert before == ([], ["image-missing"])
    assert _seen(world, digest) == (["libssl3"], [])


def test_an_index_is_scanned_again_by_itself(world: World) -> None:
    """With each image that comes after it: the report says what was found so far, and in the end that nothing is missing."""
    amd64, its_blobs = make_image([make_layer(_FILES)])
    arm64, other_blobs = make_image([make_layer({**_FILES, "var/lib/dpkg/status": status("zlib1g 1.2.13-1 zlib")})])
    digest = world.push_manifest("app", make_index([amd64, arm64]), {}, tag="1")
    before = _kept(world, digest), _reported(world, digest)
    world.push_manifest("app", amd64, its_blobs)
    between = _kept(world, digest), _reported(world, digest)
    world.push_manifest("app", arm64, other_blobs)
    after = _kept(world, digest), _reported(world, digest)

    assert before == (([], ["image-missing", "image-missing"]), {"image-missing", "no-packages"})
    assert between == ((["libssl3"], ["image-missing"]), {"image-missing", "no-feed"})
    assert after == ((["libssl3", "zlib1g"], []), {"no-feed"})


def test_a_layer_makes_all_whole_that_wait_for_it(world: World) -> None:
    """The image that names it, the index around that, and the index around both."""
    layer = make_layer({**_FILES, "etc/last": b""})
    manifest, blobs = make_image([layer])
    inner = make_index([manifest])
    outer = world.push_manifest("app", make_index([inner]), {}, tag="1")
    world.push_manifest("app", inner, {})
    world.push_manifest("app", manifest, {})
    before = [_kept(world, one) for one in (outer, digest_of(inner), digest_of(manifest))]
    world.upload("app", blobs)
    look_again(world.context, digest_of(layer))

    assert before == [([], ["layer-missing"])] * 3
    assert [_kept(world, one) for one in (outer, digest_of(inner), digest_of(manifest))] == [(["libssl3"], [])] * 3
