"""Indexes: each image that they name is looked into, whatever lies between and beside."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from builders import (
    DEBIAN_12,
    digest_of,
    make_artifact,
    make_image,
    make_index,
    make_layer,
    osv_record,
    status,
    write_feed,
)
from hullscan.registry.manifest import parse_manifest
from hullscan.services.artifacts.push import MissingBlobs
from hullscan.services.context import Context
from hullscan.services.indexing.base_images import lineages_of
from hullscan.services.reports.report import full_report
from hullscan.services.upkeep.collect import collect
from hullscan.services.upkeep.fsck import check_store
from hullscan.services.upkeep.refresh import refresh_feeds
from hullscan.store.artifacts.inventories import load_image
from hullscan.store.database import reading
from world import World

_FILES = {"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("libssl3 3.0.9-1 openssl")}
_CHART = ("application/vnd.cncf.helm.config.v1+json", "application/vnd.cncf.helm.chart.content.v1.tar+gzip")
_SIGNATURE = ("application/vnd.oci.image.config.v1+json", "application/vnd.dev.cosign.simplesigning.v1+json")
_STATEMENT = ("application/vnd.oci.image.config.v1+json", "application/vnd.dsse.envelope.v1+json")


def _seen(world: World, digest: str) -> tuple[list[str], list[str]]:
    """Return the packages and the problems of an artifact."""
    with reading(world.context.engine) as connection:
        inventory = load_image(connection, digest)
    assert inventory is not None
    return [one.name for one in inventory.packages], [one.code for one in inventory.problems]


def test_an_index_within_an_index(context: Context) -> None:
    """Its images count, each once, however often it is named (OCI `image-index.md`: a descriptor may name an index)."""
    world = World(context)
    manifest, blobs = make_image([make_layer(_FILES)])
    other, other_blobs = make_image([make_layer({**_FILES, "var/lib/dpkg/status": status("zlib1g 1.2.13-1 zlib")})])
    world.push_manifest("app", manifest, blobs)
    world.push_manifest("app", other, other_blobs)
    inner = make_index([manifest, other])
    world.push_manifest("app", inner, {})
    digest = world.push_manifest("app", make_index([inner, manifest]), {}, tag="1")

    assert _seen(world, digest) == (["libssl3", "zlib1g"], [])


def test_what_is_no_image_in_an_index(context: Context) -> None:
    """What hangs on images is left out; another artifact is named, as nobody looked into it, and nothing is missing."""
    world = World(context)
    children = [make_image([make_layer(_FILES)]), *(make_artifact(*kind) for kind in (_SIGNATURE, _STATEMENT))]
    for manifest, blobs in children:
        world.push_manifest("app", manifest, blobs)
    whole = world.push_manifest("app", make_index([manifest for manifest, _ in children]), {}, tag="1")
    chart = make_artifact(*_CHART)
    world.push_manifest("app", *chart)
    charts = world.push_manifest("app", make_index([children[0][0], chart[0]]), {}, tag="2")

    assert _seen(world, whole) == (["libssl3"], [])
    assert _seen(world, charts) == (["libssl3"], ["not-an-image"])


def test_a_build_cache_is_an_index_of_layers(context: Context) -> None:
    """BuildKit's, by default for years: its blobs count as its own, and nobody takes it for an image (moby/buildkit#2251)."""
    world = World(context)
    layer, config = make_layer(_FILES), b"{}"
    kinds = ("application/vnd.oci.image.layer.v1.tar+gzip", "application/vnd.buildkit.cacheconfig.v0")
    listed = [
        {"mediaType": kind, "digest": digest_of(data), "size": len(data)}
        for kind, data in zip(kinds, (layer, config), strict=True)
    ]
    blobs = {digest_of(data): data for data in (layer, config)}
    cache = {**json.loads(make_index([])), "manifests": listed}
    with pytest.raises(MissingBlobs):
        world.push_manifest("app", json.dumps(cache).encode(), {}, tag="cache")
    digest = world.push_manifest("app", json.dumps(cache).encode(), blobs, tag="cache")
    collect(context, grace=timedelta(0))

    assert _seen(world, digest) == ([], ["not-an-image", "not-an-image"])
    assert {one.digest for one in context.blobs.stored()} == {digest, *blobs}
    assert lineages_of(context, digest, parse_manifest(json.dumps(cache).encode())) == ()
    assert check_store(context).faults == ()


def test_signatures_are_no_images(context: Context) -> None:
    """cosign gives signatures and attestations an image's config: they are not scannable, and say so."""
    world = World(context)
    found = [world.push_manifest("app", *make_artifact(*kind)) for kind in (_SIGNATURE, _STATEMENT)]

    assert [_seen(world, digest) for digest in found] == [([], ["not-an-image"])] * 2


def test_the_end_of_life_of_one_image_of_many(context: Context, tmp_path: Path) -> None:
    """The releases of all images of an index count, not the first one's alone."""
    write_feed(tmp_path, [osv_record("CVE-2099-1", "openssl", "fixed=3.0.1-1")])
    support = tmp_path / "native" / "endoflife" / "debian.json"
    support.parent.mkdir(parents=True)
    support.write_text(json.dumps([{"cycle": "12", "eol": "2099-01-01"}, {"cycle": "8", "eol": "2018-06-17"}]))
    refresh_feeds(context, str(tmp_path))
    world = World(context)
    jessie = DEBIAN_12.replace(b"12", b"8").replace(b"bookworm", b"jessie")
    children = [make_image([make_layer({**_FILES, "etc/os-release": one})]) for one in (DEBIAN_12, jessie)]
    for manifest, blobs in children:
        world.push_manifest("app", manifest, blobs)
    digest = world.push_manifest("app", make_index([manifest for manifest, _ in children]), {}, tag="1")
    report = full_report(context, digest, target="app:1")

    assert report is not None
    assert "end-of-life" in {one.code for one in report.problems}
