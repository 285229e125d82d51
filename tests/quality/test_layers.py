"""Layers and images of other projects (../shared/fixtures/layers): flattened as skopeo and umoci do, read to their ends."""

import gzip
import hashlib
import json
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hullscan.inventory.stack import stack
from hullscan.layers.file import LayerFile
from hullscan.layers.tar import Entry, TarReader
from hullscan.layers.walk import walk_layer
from hullscan.model.package import DetectedFile, Package
from hullscan.registry.docker_archive import DockerArchive
from shared_data import shared_path


class _Everything:
    """Wants every file, and says its digest as a package's version."""

    wants_executables = False

    def wants(self, path: str) -> bool:
        return True

    def needs_siblings(self, path: str) -> bool:
        return False

    def folders(self, paths: Iterable[str]) -> list[str]:
        return []

    def detect(self, file: LayerFile) -> tuple[DetectedFile, ...]:
        digest = hashlib.sha256(file.read()).hexdigest()[:16]
        package = Package(type="generic", name=file.path, version=digest, path=file.path)
        return (DetectedFile(path=file.path, detector="all", packages=(package,)),)


def _expected() -> dict[str, dict[str, Any]]:
    files: dict[str, dict[str, Any]] = json.loads(shared_path("fixtures/layers/expected.json").read_text())["files"]
    return files


def _flattened(path: Path) -> dict[str, str]:
    archive = DockerArchive(path)
    layers = [(one, walk_layer(partial(archive.open_layer, one), _Everything())) for one in archive.image("").layers]
    return {file.path: file.packages[0].version for file in stack(layers).files()}


def test_images_are_flattened_as_others_do() -> None:
    """The files that are left, with their contents; links are theirs, not files."""
    folder = shared_path("fixtures/layers")
    for name, one in _expected().items():
        if one.get("docker_archive"):
            files = {
                path: text for path, text in one["flattened"].items() if not text.startswith("->") and text != "dir"
            }
            assert (name, _flattened(folder / name)) == (name, files)


def _members(path: Path) -> list[str]:
    data = path.read_bytes()
    data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    names: list[str] = []

    def entry(one: Entry, ahead: bytes) -> None:
        names.append(one.path)

    reader = TarReader(entry)
    reader.feed(data)
    reader.finish()
    return names


@pytest.mark.parametrize("key", ["members", "tar_members", "entries"])
def test_every_member_is_read(key: str) -> None:
    """Odd, concatenated and unfinished archives to their ends."""
    folder = shared_path("fixtures/layers")
    for name, one in _expected().items():
        if key in one:
            found: object = [path.strip("/") for path in _members(folder / name)]
            wanted = one[key]
            if key == "entries":
                found = len(_members(folder / name))
            else:
                wanted = [path.partition(" -> ")[0].strip("/") for path in wanted]
            assert (name, found) == (name, wanted)
