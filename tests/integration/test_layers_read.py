"""Layers that are not what they are called, or not there: said, never remembered, and read again once they are."""

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import repeat
from pathlib import Path

import httpx
import pytest

from builders import DEBIAN_12, digest_of, make_image, make_layer, status, write_layout
from hullscan.detectors.for_images import detector_set
from hullscan.model.report import Report
from hullscan.registry.client import RemoteImage
from hullscan.registry.oci_layout import OciLayout
from hullscan.services.context import Context
from hullscan.services.progress import Silent
from hullscan.services.scans.image_layers import index_image, knows_image
from hullscan.services.scans.lazy_store import LazyStore
from hullscan.services.scans.scan_target import scan_target

_LOWER = make_layer({"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("lib 1.0"), "large": bytes(100_000)})
_UPPER = make_layer(
    {"usr/lib/python3/dist-packages/a-1.dist-info/METADATA": b"Metadata-Version: 2.1\nName: a\nVersion: 1\n"}
)
_OTHER = make_layer(
    {"usr/lib/python3/dist-packages/b-2.dist-info/METADATA": b"Metadata-Version: 2.1\nName: b\nVersion: 2\n"}
)


def _scan(context: Context, layout: Path) -> Report:
    return scan_target(context.settings, f"oci:{layout}", offline=True)


def _told(report: Report) -> set[tuple[str, str]]:
    return {(one.code, one.layer) for one in report.problems if one.layer}


def _blob(layout: Path, data: bytes) -> Path:
    return layout / "blobs" / digest_of(data).replace(":", "/")


@pytest.mark.parametrize("layer", [_LOWER, _UPPER], ids=["lower", "upper"])
@pytest.mark.parametrize(
    ("code", "spoil"),
    [
        ("layer-missing", lambda blob: blob.unlink()),
        ("layer-mismatch", lambda blob: blob.write_bytes(_OTHER)),
        ("layer-mismatch", lambda blob: blob.write_bytes(b"no layer at all")),
    ],
    ids=["missing", "another", "damaged"],
)
def test_a_spoilt_layer_is_told_and_read_again(
    context: Context, tmp_path: Path, layer: bytes, code: str, spoil: Callable[[Path], None]
) -> None:
    """Neither the layer nor the image is taken for known; once the layer is whole, all is well."""
    layout = tmp_path / "image"
    write_layout(layout, [_LOWER, _UPPER])
    spoil(_blob(layout, layer))

    for _ in range(2):
        assert (code, digest_of(layer)) in _told(_scan(context, layout))

    _blob(layout, layer).write_bytes(layer)
    for _ in range(2):
        report = _scan(context, layout)
        assert _told(report) == set() and {one.name for one in report.packages} == {"lib", "a"}


def test_an_image_whose_layer_came_with_another_is_put_together_again(context: Context, tmp_path: Path) -> None:
    """The layer was missing when the image was scanned, and is known since another image brought it."""
    write_layout(tmp_path / "image", [_LOWER, _UPPER])
    write_layout(tmp_path / "other", [_UPPER])
    _blob(tmp_path / "image", _UPPER).unlink()

    assert _told(_scan(context, tmp_path / "image")) == {("layer-missing", digest_of(_UPPER))}
    _scan(context, tmp_path / "other")

    assert _told(_scan(context, tmp_path / "image")) == set()


def test_a_known_image_is_known(sqlite_context: Context, tmp_path: Path) -> None:
    """After its scan, and not before; for a second report nothing of it is read."""
    write_layout(tmp_path / "image", [_LOWER, _UPPER])
    image = OciLayout(tmp_path / "image").image("")
    with closing(LazyStore(sqlite_context.settings)) as store:
        before = knows_image(store, image, detector_set())
        first = _scan(sqlite_context, tmp_path / "image")
        after = knows_image(store, image, detector_set())
    for layer in (_LOWER, _UPPER):
        _blob(tmp_path / "image", layer).unlink()

    assert (before, after) == (False, True)
    assert _scan(sqlite_context, tmp_path / "image").packages == first.packages


@pytest.mark.parametrize(
    "sent",
    [lambda: iter([_OTHER]), lambda: iter([b"no layer at all"]), lambda: repeat(bytes(100_000))],
    ids=["another", "damaged", "endless"],
)
def test_another_content_from_a_registry_is_not_remembered(
    sqlite_context: Context, sent: Callable[[], Iterator[bytes]]
) -> None:
    """Though it cannot be inflated, or never ends: nothing of it counts, and the layer is fetched again the next time."""
    manifest, blobs = make_image([_LOWER, _UPPER])

    def answer(request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        if name == digest_of(_UPPER):
            return httpx.Response(200, content=sent())
        return httpx.Response(200, content=iter([manifest if "/manifests/" in request.url.path else blobs[name]]))

    source = RemoteImage(f"registry.example/app@{digest_of(manifest)}", transport=httpx.MockTransport(answer))
    with closing(LazyStore(sqlite_context.settings)) as store:
        inventory = index_image(store, source, source.image(""), detector_set(), Silent()).settled()
        kept = store.known_layers([digest_of(_LOWER), digest_of(_UPPER)], detector_set().identity)

    assert [(one.code, one.layer) for one in inventory.problems] == [("layer-mismatch", digest_of(_UPPER))]
    assert {one.name for one in inventory.packages} == {"lib"} and list(kept) == [digest_of(_LOWER)]
