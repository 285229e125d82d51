"""Which layers the base image brought: by annotation, by shared chain, by history; on both databases."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from builders import DEBIAN_12, digest_of, make_image, make_index, make_layer, status, write_layout
from hullscan.errors import NotFound
from hullscan.model.base_image import BaseImage
from hullscan.services.artifacts.removal import delete_artifact
from hullscan.services.context import Context
from hullscan.services.indexing.base_images import bases_of_artifact
from hullscan.services.indexing.chains import note_missing_chains
from hullscan.services.reports.report import stored_report
from hullscan.services.upkeep.collect import collect
from hullscan.store.artifacts.chains import nearest_base
from hullscan.store.database import reading, writing
from hullscan.store.places.repositories import find_repository
from hullscan.store.tables.content import layer_chain
from world import World

_OS, _TOOLS, _APP, _MORE = (make_layer({f"etc/{name}": name.encode()}) for name in ("os", "tools", "app", "more"))
_DIGEST, _NAME = "org.opencontainers.image.base.digest", "org.opencontainers.image.base.name"


@pytest.fixture
def world(context: Context) -> World:
    """See `World`; on each database."""
    return World(context)


def _push(world: World, name: str, layers: Sequence[bytes], tag: str = "1", **more: Any) -> str:
    return world.push_manifest(name, *make_image(layers, **more), tag=tag)


def _base(world: World, digest: str) -> BaseImage | None:
    found = bases_of_artifact(world.context, digest)
    assert len(found) < 2
    return found[0] if found else None


def _told(base: BaseImage | None) -> tuple[str, int, tuple[str, ...]]:
    """By which rule, how many layers, and where the base is."""
    if base is None:
        return "", 0, ()
    return base.rule.value if base.rule else "", len(base.layers), base.places


def _delete(world: World, name: str, digest: str) -> None:
    with reading(world.context.engine) as connection:
        found = find_repository(connection, world.instance, "team", name)
    assert found is not None
    delete_artifact(world.context, world.space, found, digest, username="me")


def _ended_history(layers: int) -> list[dict[str, object]]:
    """Return a history by which the base ends before the last layer."""
    return [*({} for _ in range(layers - 1)), {"created_by": 'CMD ["x"]', "empty_layer": True}, {}]


# --- by shared chain --------------------------------------------------------------------------------------------


def test_the_nearest_artifact_that_begins_the_image_is_its_base(world: World) -> None:
    """Of those whose layers are all the image's lowest the one with most; its layers are named from the lowest up."""
    _push(world, "os", [_OS])
    tools = _push(world, "tools", [_OS, _TOOLS])
    _push(world, "other", [_OS, _MORE])
    digest = _push(world, "app", [_OS, _TOOLS, _APP])

    base = _base(world, digest)

    assert _told(base) == ("shared-chain", 2, ("team/tools:1",))
    assert base is not None
    assert (base.artifact, base.layers, base.total) == (tools, (digest_of(_OS), digest_of(_TOOLS)), 3)


def test_a_base_counts_whether_it_comes_before_or_after(world: World) -> None:
    """It comes, is the base; goes, and is none any more; though nobody asked for a scan."""
    digest = _push(world, "app", [_OS, _APP])
    assert _base(world, digest) is None

    base = _push(world, "os", [_OS])
    assert _told(_base(world, digest)) == ("shared-chain", 1, ("team/os:1",))

    _delete(world, "os", base)
    assert _base(world, digest) is None


def test_the_same_layers_are_no_base(world: World) -> None:
    """Of two images of the same layers neither is built on the other; nor is one with layers in another order."""
    first = _push(world, "one", [_OS, _APP])
    second = _push(world, "two", [_OS, _APP], author="somebody else")
    _push(world, "three", [_APP, _OS])

    assert first != second
    assert _base(world, first) is None and _base(world, second) is None


def test_what_the_same_repository_holds_is_an_earlier_build(world: World) -> None:
    """Who makes it also makes the image; even where another repository has a copy of it."""
    _push(world, "os", [_OS])
    _push(world, "app", [_OS, _APP], tag="1")
    _push(world, "copy", [_OS, _APP])
    digest = _push(world, "app", [_OS, _APP, _MORE], tag="2")

    assert _told(_base(world, digest)) == ("shared-chain", 1, ("team/os:1",))


def test_a_layer_compressed_anew_is_the_same_layer(world: World) -> None:
    """Chains are of the tars inside: a client that compresses a base once more does not hide it."""
    again = gzip.compress(gzip.decompress(_OS), compresslevel=9, mtime=1)
    assert again != _OS
    _push(world, "os", [_OS])

    assert _told(_base(world, _push(world, "app", [again, _APP])))[:2] == ("shared-chain", 1)


def test_a_place_is_named_by_the_tags_of_its_index(world: World) -> None:
    """Children of an index have no tags of their own."""
    manifests = [make_image([_OS]), make_image([_OS, _MORE], architecture="arm64")]
    for manifest, blobs in manifests:
        world.push_manifest("os", manifest, blobs)
    world.push_manifest("os", make_index([manifest for manifest, _ in manifests]), {}, tag="12")
    _push(world, "bare", [_OS, _TOOLS], tag="")

    assert _base(world, _push(world, "app", [_OS, _APP])).places == ("team/os:12",)  # type: ignore[union-attr]
    base = _base(world, _push(world, "app", [_OS, _TOOLS, _APP]))
    assert base is not None and base.places == (f"team/bare@{base.artifact}",)


def test_an_index_has_a_base_for_each_image(world: World) -> None:
    """Each by its own layers."""
    _push(world, "os", [_OS])
    manifests = [make_image([_OS, _APP]), make_image([_TOOLS, _APP], architecture="arm64", history=_ended_history(2))]
    for manifest, blobs in manifests:
        world.push_manifest("app", manifest, blobs)
    digest = world.push_manifest("app", make_index([manifest for manifest, _ in manifests]), {}, tag="1")

    found = [_told(base)[:2] for base in bases_of_artifact(world.context, digest)]

    assert found == [("shared-chain", 1), ("history", 1)]


# --- by annotation ----------------------------------------------------------------------------------------------


def test_the_base_that_the_image_names(world: World) -> None:
    """Its layers are the base's, though another artifact here begins the image with more."""
    base = _push(world, "os", [_OS])
    _push(world, "tools", [_OS, _TOOLS])
    digest = _push(world, "app", [_OS, _TOOLS, _APP], annotations={_NAME: "r.example/os:1", _DIGEST: base})

    found = _base(world, digest)

    assert _told(found) == ("annotation", 1, ("team/os:1",))
    assert found is not None
    assert (found.told_name, found.told_digest, found.confirmed) == ("r.example/os:1", base, True)


def test_an_annotation_may_name_an_index(world: World) -> None:
    """Then its child that begins the image is the base."""
    manifests = [make_image([_MORE], architecture="arm64"), make_image([_OS])]
    for manifest, blobs in manifests:
        world.push_manifest("os", manifest, blobs)
    index = world.push_manifest("os", make_index([manifest for manifest, _ in manifests]), {}, tag="12")

    found = _base(world, _push(world, "app", [_OS, _APP], annotations={_DIGEST: index}))

    assert _told(found) == ("annotation", 1, ("team/os:12",))
    assert found is not None and found.artifact == digest_of(manifests[1][0])


def test_an_image_that_adds_no_layer_is_all_its_base(world: World) -> None:
    """It only sets another command; by its layers alone nobody could say which is built on which."""
    base = _push(world, "os", [_OS])

    assert _told(_base(world, _push(world, "app", [_OS], annotations={_DIGEST: base})))[:2] == ("annotation", 1)


@pytest.mark.parametrize("history", [None, _ended_history(2)])
def test_a_wrong_annotation_marks_nothing(world: World, history: list[dict[str, object]] | None) -> None:
    """The artifact that it names is here and does not begin the image: said, and what else is known decides."""
    other = _push(world, "other", [_TOOLS])
    more: dict[str, Any] = {"history": history} if history else {}
    found = _base(world, _push(world, "app", [_OS, _APP], annotations={_DIGEST: other}, **more))

    assert found is not None and found.confirmed is False
    assert _told(found) == (("history", 1, ()) if history else ("", 0, ()))


def test_a_base_that_is_elsewhere_is_named(world: World) -> None:
    """Name and digest are shown as the image's word; the history says which layers."""
    annotations = {_NAME: "docker.io/library/debian:12", _DIGEST: digest_of(b"elsewhere")}
    found = _base(world, _push(world, "app", [_OS, _APP], annotations=annotations, history=_ended_history(2)))

    assert _told(found) == ("history", 1, ())
    assert found is not None and found.confirmed is None
    assert str(found) == "docker.io/library/debian:12, 1 of 2 layers, by history"


def test_labels_may_be_the_bases_own(world: World) -> None:
    """An image takes over the labels of its base: the longest claim counts."""
    base = _push(world, "os", [_OS])
    labels = {_DIGEST: base}
    tools = _push(world, "tools", [_OS, _TOOLS], labels=labels)
    digest = _push(world, "app", [_OS, _TOOLS, _APP], labels=labels)

    assert _told(_base(world, tools)) == ("annotation", 1, ("team/os:1",))
    assert _told(_base(world, digest)) == ("shared-chain", 2, ("team/tools:1",))


# --- by history -------------------------------------------------------------------------------------------------


def test_the_longer_of_chain_and_history(world: World) -> None:
    """An artifact that comes unmarks nothing: a base of the base may be here, and the base itself not."""
    digest = _push(world, "app", [_OS, _TOOLS, _APP], history=_ended_history(3))
    assert _told(_base(world, digest)) == ("history", 2, ())

    _push(world, "os", [_OS])
    assert _told(_base(world, digest)) == ("history", 2, ())

    _push(world, "tools", [_OS, _TOOLS])
    assert _told(_base(world, digest)) == ("shared-chain", 2, ("team/tools:1",))


# --- the store --------------------------------------------------------------------------------------------------


def test_a_base_changes_no_stored_report(world: World) -> None:
    """SWR's report does not tell bases, so neither its bytes nor its ETag move."""
    digest = _push(world, "app", [_OS, _APP])
    before = stored_report(world.context, digest)
    assert before is not None

    base = _push(world, "os", [_OS])
    assert stored_report(world.context, digest) == before
    _delete(world, "os", base)
    assert stored_report(world.context, digest) == before


def test_artifacts_of_an_earlier_release_get_their_chains(world: World) -> None:
    """From their configs; and a second look finds nothing to do."""
    _push(world, "os", [_OS])
    digest = _push(world, "app", [_OS, _APP])
    with writing(world.context.engine) as connection:
        known = sorted(connection.execute(sa.select(layer_chain)))
        connection.execute(sa.delete(layer_chain))
    assert _base(world, digest) is None

    note_missing_chains(world.context)

    with reading(world.context.engine) as connection:
        assert sorted(connection.execute(sa.select(layer_chain))) == known
    assert _told(_base(world, digest))[:2] == ("shared-chain", 1)


def test_chains_are_collected_with_their_manifests(world: World) -> None:
    """Nothing stays of an artifact that is gone."""
    _delete(world, "os", _push(world, "os", [_OS]))
    collect(world.context, grace=timedelta(seconds=-1))

    with reading(world.context.engine) as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(layer_chain)).scalar() == 0


def test_bases_are_looked_up_by_index(sqlite_context: Context) -> None:
    """Never by a walk through all artifacts."""
    statements: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *more: Any) -> None:
        statements.append((statement, parameters))

    sa.event.listen(sqlite_context.engine, "before_cursor_execute", note)
    with reading(sqlite_context.engine) as connection:
        nearest_base(connection, digest_of(b"1"), [digest_of(b"2"), digest_of(b"3")])
        [(statement, parameters)] = [one for one in statements if "layer_chain" in one[0]]
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()

    assert not [row[3] for row in plan if row[3].startswith("SCAN")]


def test_only_artifacts_have_bases(world: World) -> None:
    """A digest that no repository has is none."""
    with pytest.raises(NotFound):
        bases_of_artifact(world.context, digest_of(b"nothing"))


# --- what is shown ----------------------------------------------------------------------------------------------


def test_report_and_inventory_say_by_which_rule(sqlite_context: Context, tmp_path: Path) -> None:
    """A layout that is scanned beside a registry's store is marked by what the registry has; each form says so."""
    layers = [
        make_layer({"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("lib 1.0")}),
        make_layer({"a-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: a\nVersion: 1.0\n"}),
    ]
    world = World(sqlite_context)
    base = _push(world, "os", layers[:1], tag="12")
    told = {"name": "r.example/os:12", "digest": base, "confirmed": True}
    write_layout(tmp_path / "image", layers, annotations={_NAME: told["name"], _DIGEST: base})
    shown = {
        "rule": "annotation",
        "layers": [digest_of(layers[0])],
        "artifact": base,
        "places": ["team/os:12"],
        "told": told,
    }

    def run(*words: str) -> str:
        data = str(sqlite_context.settings.data_dir)
        environment = {**os.environ, "HULLSCAN_DATA_DIR": data, "HULLSCAN_DATABASE_URL": "", "COLUMNS": "200"}
        command = [sys.executable, "-m", "hullscan", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout

    target = f"oci:{tmp_path / 'image'}"
    inventory = json.loads(run("inventory", target, "--output", "json"))
    report = json.loads(run("scan", target, "--offline", "--output", "json"))
    assert inventory["base_images"] == report["base_images"] == [shown]
    assert {one["name"]: one["in_base_image"] for one in inventory["packages"]} == {"lib": True, "a": False}

    line = "base image: team/os:12, 1 of 2 layers, by annotation"
    assert line in run("inventory", target) and line in run("scan", target, "--offline")
    components = json.loads(run("inventory", target, "--output", "cyclonedx"))["components"]
    marks = {"name": "hullscan:in-base-image", "value": "true"}
    assert [one["name"] for one in components if marks in one.get("properties", ())] == ["lib"]
    packages = json.loads(run("inventory", target, "--output", "spdx"))["packages"]
    assert [one["name"] for one in packages if "of the base image" in one.get("sourceInfo", "")] == ["lib"]

    app = _push(world, "app", layers)
    assert json.loads(run("fleet", "bases", app))["rule"] == "shared-chain"
