"""Manifests that came before what they name (HULLSCAN_SPARSE_MANIFESTS): looked into again once that is there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from builders import DEBIAN_12, make_image, make_index, make_layer, status
from hullscan.services.context import open_context
from hullscan.services.scan import request_scan, run_next
from hullscan.settings import Settings
from hullscan.store.database import reading
from hullscan.store.inventories import load_image
from hullscan.store.repositories import find_repository
from world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A store that accepts manifests that name what was never pushed."""
    told = {"HULLSCAN_DATA_DIR": str(tmp_path / "data"), "HULLSCAN_SPARSE_MANIFESTS": "true"}
    context = open_context(Settings.from_environment(told))
    yield World(context)
    context.close()


def _seen(world: World, digest: str) -> tuple[list[str], list[str]]:
    """Return the packages and the problems of an artifact, after a scan."""
    with reading(world.context.engine) as connection:
        repository = find_repository(connection, world.instance, "team", "app")
    assert repository is not None
    request_scan(world.context, instance_id=world.instance, repository_id=repository.id, digest=digest)
    while run_next(world.context):
        pass
    with reading(world.context.engine) as connection:
        inventory = load_image(connection, digest)
    assert inventory is not None
    return [one.name for one in inventory.packages], [one.code for one in inventory.problems]


_FILES = {"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("libssl3 3.0.9-1 openssl")}


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
