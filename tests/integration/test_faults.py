"""
Two hundred faults, none of which may end in a report that says ``Security``.

The world without a fault is clean and says so; then one thing is broken at a time: layers, files in them, feeds, the
layout, the database, the disk. A scan may then report what it could not read, or fail; it may not call the image secure.
"""

import gzip
import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from builders import DEBIAN_12, digest_of, make_tar, osv_record, status, write_feed
from hullscan.reports.swr import overall_severity
from hullscan.services.context import open_context
from hullscan.services.scans.scan_target import scan_target
from hullscan.services.upkeep.refresh import refresh_feeds
from hullscan.settings import Settings

_FILES: dict[str, bytes] = {
    "etc/os-release": DEBIAN_12,
    "var/lib/dpkg/status": status(*(f"lib{n} 1.{n}" for n in range(40))),
    "usr/lib/python3/dist-packages/a-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: a\nVersion: 1.0\n",
    "usr/lib/node_modules/b/package.json": b'{"name": "b", "version": "1.0.0"}',
    "usr/share/gems/specifications/c-1.0.gemspec": (
        b'Gem::Specification.new do |s|\n  s.name = "c".freeze\n  s.version = "1.0"\nend\n'
    ),
    "app/vendor/composer/installed.json": b'{"packages": [{"name": "d/d", "version": "1.0.0"}]}',
    "app/app.deps.json": b'{"libraries": {"E/1.0.0": {"type": "package", "serviceable": true}}, "targets": {}}',
}
"""What is in the image; every format whose package would be missed if its file could not be read."""

_FEEDS = {
    "Debian": osv_record("DEBIAN-CVE-2099-0001", "lib1", "fixed=1.1"),
    "PyPI": osv_record("PYSEC-2099-1", "a", "fixed=1.0", ecosystem="PyPI"),
    "npm": osv_record("GHSA-2099-npm", "b", "fixed=1.0.0", ecosystem="npm"),
    "RubyGems": osv_record("GHSA-2099-gem", "c", "fixed=1.0", ecosystem="RubyGems"),
    "Packagist": osv_record("GHSA-2099-php", "d/d", "fixed=1.0.0", ecosystem="Packagist"),
    "NuGet": osv_record("GHSA-2099-net", "e", "fixed=1.0.0", ecosystem="NuGet"),
}


@dataclass
class World:
    """An image, feeds and a store, each of which a fault may break."""

    root: Path
    files: dict[str, bytes]
    layer: Callable[[bytes], bytes]
    feeds: dict[str, list[dict[str, Any] | str]]
    after_feeds: Callable[["World"], None]
    after_layout: Callable[["World"], None]
    after_store: Callable[["World"], None]

    def word(self) -> str:
        """Scan, and return SWR's word for the whole; "" where there is no report."""
        for ecosystem, records in self.feeds.items():
            write_feed(self.root / "feeds", records, ecosystem)
        self.after_feeds(self)
        self._write_layout()
        self.after_layout(self)
        settings = Settings.from_environment({"HULLSCAN_DATA_DIR": str(self.root / "data")})
        context = open_context(settings)
        try:
            refresh_feeds(context, str(self.root / "feeds"))
        finally:
            context.close()
        self.after_store(self)
        return overall_severity(scan_target(settings, f"oci:{self.root / 'image'}", offline=True))

    def _write_layout(self) -> None:
        plain = make_tar(self.files)
        layer = self.layer(plain)
        config = {"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": [digest_of(plain)]}}
        blobs = [json.dumps(config).encode(), layer]
        kinds = ("config.v1+json", "layer.v1.tar+gzip")
        described = [
            {"mediaType": f"application/vnd.oci.image.{kind}", "digest": digest_of(data), "size": len(data)}
            for kind, data in zip(kinds, blobs, strict=True)
        ]
        kind = "application/vnd.oci.image.manifest.v1+json"
        manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": described[0], "layers": described[1:]})
        folder = self.root / "image" / "blobs" / "sha256"
        folder.mkdir(parents=True)
        for data in (*blobs, manifest.encode()):
            (folder / digest_of(data).partition(":")[2]).write_bytes(data)
        whole = {"mediaType": kind, "digest": digest_of(manifest.encode()), "size": len(manifest)}
        (self.root / "image" / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [whole]}))
        (self.root / "image" / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def blob(self, number: int) -> Path:
        """Return the path of the config (0), the layer (1) or the manifest (2)."""
        image = self.root / "image"
        manifest = json.loads((image / "index.json").read_text())["manifests"][0]["digest"]
        parts = json.loads((image / "blobs" / "sha256" / manifest.partition(":")[2]).read_text())
        digest = (parts["config"]["digest"], parts["layers"][0]["digest"], manifest)[number]
        return image / "blobs" / "sha256" / str(digest).partition(":")[2]


def _world(root: Path) -> World:
    return World(
        root=root,
        files=dict(_FILES),
        layer=lambda plain: gzip.compress(plain, compresslevel=1, mtime=0),
        feeds={name: [record] for name, record in _FEEDS.items()},
        after_feeds=lambda _: None,
        after_layout=lambda _: None,
        after_store=lambda _: None,
    )


Fault = Callable[[World], None]


# --- the faults ---------------------------------------------------------------------------------------------------


def _layer_faults() -> Iterator[tuple[str, Fault]]:
    packed = gzip.compress(make_tar(_FILES), compresslevel=1, mtime=0)
    plain_end = sum(512 + -(-len(data) // 512) * 512 for data in _FILES.values())

    def cut(end: int) -> Fault:
        return lambda world: setattr(world, "layer", lambda plain: gzip.compress(plain, 1, mtime=0)[:end])

    def flip(place: int) -> Fault:
        def broken(plain: bytes) -> bytes:
            data = bytearray(gzip.compress(plain, 1, mtime=0))
            data[place] ^= 0x55
            return bytes(data)

        return lambda world: setattr(world, "layer", broken)

    def cut_tar(end: int) -> Fault:
        return lambda world: setattr(world, "layer", lambda plain: gzip.compress(plain[:end], 1, mtime=0))

    def zero(start: int) -> Fault:
        def broken(plain: bytes) -> bytes:
            return gzip.compress(plain[:start] + b"\xff" * 100 + plain[start + 100 :], 1, mtime=0)

        return lambda world: setattr(world, "layer", broken)

    for number in range(40):
        end = len(packed) * number // 40
        yield f"layer cut after {end} bytes", cut(end)
    for number in range(40):
        # Behind the header, whose time and system tell nothing of the content.
        place = 10 + (len(packed) - 11) * number // 40
        yield f"layer flipped at {place}", flip(place)
    for number in range(20):
        end = 100 + (plain_end - 200) * number // 20
        yield f"tar cut after {end} bytes", cut_tar(end - end % 512 + 100)
    offset = 0
    for name, data in _FILES.items():
        yield f"header of {name} overwritten", zero(offset)
        offset += 512 + -(-len(data) // 512) * 512


def _file_faults() -> Iterator[tuple[str, Fault]]:
    def put(name: str, data: bytes) -> Fault:
        return lambda world: world.files.__setitem__(name, data)

    for name, data in _FILES.items():
        yield f"{name} empty", put(name, b"")
        yield f"{name} all zeros", put(name, b"\0" * len(data))
        yield f"{name} random", put(name, bytes(range(1, 256)) * 3)
        if name != "etc/os-release":
            yield f"{name} cut in its middle", put(name, data[: len(data) // 2 + 3])
            bad = data.replace(b"1.0", b"one point oh").replace(b"1.1", b"x y")
            yield f"{name} with a version that is none", put(name, bad)
    yield "no os-release", lambda world: world.files.__delitem__("etc/os-release")
    yield "os-release of nobody", put("etc/os-release", b"ID=nobody\nVERSION_ID=1\n")
    yield "os-release cut", put("etc/os-release", DEBIAN_12[:13])
    yield "os-release without a release", put("etc/os-release", b"ID=debian\n")
    yield "a release nobody follows", put("etc/os-release", b'ID=debian\nVERSION_ID="99"\n')
    yield "a release of long ago", put("etc/os-release", b'ID=debian\nVERSION_ID="6"\n')


def _feed_faults() -> Iterator[tuple[str, Fault]]:
    def without(name: str) -> Fault:
        return lambda world: world.feeds.__delitem__(name)

    def add(name: str, record: dict[str, Any] | str) -> Fault:
        return lambda world: world.feeds[name].append(record)

    def aged(name: str) -> Fault:
        def change(world: World) -> None:
            old = (datetime.now(UTC) - timedelta(days=800)).strftime("%Y-%m-%dT%H:%M:%SZ")
            world.feeds[name] = [{**_FEEDS[name], "modified": old}]

        return change

    def damaged(name: str, change: Callable[[bytes], bytes]) -> Fault:
        def apply(world: World) -> None:
            path = world.root / "feeds" / "osv" / name / "all.zip"
            path.write_bytes(change(path.read_bytes()))

        return lambda world: setattr(world, "after_feeds", apply)

    bound = osv_record("X-1", "lib1", "fixed=not a version")
    for name in _FEEDS:
        yield f"no feed of {name}", without(name)
        yield f"an old feed of {name}", aged(name)
        yield f"a record of {name} that is no JSON", add(name, "{")
        yield f"the feed of {name} cut", damaged(name, lambda data: data[: len(data) // 2])
        yield f"the feed of {name} empty", damaged(name, lambda _: b"")
        yield f"the feed of {name} of other bytes", damaged(name, lambda data: b"\x00" * len(data))
    yield "a bound that is no version", add("Debian", bound)
    yield "a start that is no version", add("Debian", osv_record("X-2", "lib1", "introduced=?"))
    yield (
        "an entry that nobody looked into",
        add(
            "Debian",
            {
                **osv_record("X-3", "lib1"),
                "affected": [
                    {
                        "package": {"ecosystem": "Debian:12", "name": "lib1"},
                        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}],
                        "ecosystem_specific": {"urgency": "end-of-life"},
                    }
                ],
            },
        ),
    )
    yield "no feeds at all", lambda world: world.feeds.clear()


def _layout_faults() -> Iterator[tuple[str, Fault]]:
    def on(number: int, change: Callable[[bytes], bytes | None]) -> Fault:
        def apply(world: World) -> None:
            path = world.blob(number)
            data = change(path.read_bytes())
            if data is None:
                path.unlink()
            else:
                path.write_bytes(data)

        return lambda world: setattr(world, "after_layout", apply)

    def kind(text: str) -> Fault:
        return on_manifest(lambda manifest: manifest["layers"][0].update(mediaType=text))

    def on_manifest(change: Callable[[dict[str, Any]], object]) -> Fault:
        def apply(world: World) -> None:
            path = world.blob(2)
            manifest = json.loads(path.read_text())
            change(manifest)
            data = json.dumps(manifest).encode()
            path.unlink()
            (path.parent / digest_of(data).partition(":")[2]).write_bytes(data)
            index = json.loads((world.root / "image" / "index.json").read_text())
            index["manifests"][0].update(digest=digest_of(data), size=len(data))
            (world.root / "image" / "index.json").write_text(json.dumps(index))

        return lambda world: setattr(world, "after_layout", apply)

    for number, name in enumerate(("config", "layer", "manifest")):
        yield f"{name} gone", on(number, lambda _: None)
        yield f"{name} empty", on(number, lambda _: b"")
        yield f"{name} longer", on(number, lambda data: data + b"x")
        yield f"{name} of other bytes", on(number, lambda data: b"\x01" * len(data))
    yield "layer encrypted", kind("application/vnd.oci.image.layer.v1.tar+gzip+encrypted")
    yield (
        "a second layer that is not there",
        on_manifest(
            lambda manifest: manifest["layers"].append({**manifest["layers"][0], "digest": "sha256:" + "0" * 64})
        ),
    )
    yield "a size that is wrong", on_manifest(lambda manifest: manifest["layers"][0].update(size=3))
    yield "no layers", on_manifest(lambda manifest: manifest["layers"].clear())
    yield "a digest that is none", on_manifest(lambda manifest: manifest["layers"][0].update(digest="sha256:12"))


def _store_faults() -> Iterator[tuple[str, Fault]]:
    def database(change: Callable[[bytes], bytes]) -> Fault:
        def apply(world: World) -> None:
            folder = world.root / "data"
            for path in folder.glob("*.db*"):
                if path.suffix == ".db":
                    path.write_bytes(change(path.read_bytes()))
                else:
                    path.unlink()

        return lambda world: setattr(world, "after_store", apply)

    for number in range(1, 10):
        yield f"database cut to {number} tenths", database(lambda data, n=number: data[: len(data) * n // 10])  # type: ignore[misc]
    yield "database empty", database(lambda _: b"")
    yield "database of other bytes", database(lambda data: b"\x07" * len(data))


FAULTS = [*_layer_faults(), *_file_faults(), *_feed_faults(), *_layout_faults(), *_store_faults()]


def test_without_a_fault_it_is_secure(tmp_path: Path) -> None:
    """What the faults are measured against."""
    assert _world(tmp_path).word() == "Security"


@pytest.mark.parametrize(("name", "fault"), FAULTS, ids=[name for name, _ in FAULTS])
def test_no_fault_ends_in_security(tmp_path: Path, name: str, fault: Fault) -> None:
    """One thing broken: a report that says so, or none."""
    world = _world(tmp_path)
    fault(world)
    try:
        said = world.word()
    except Exception as error:  # noqa: BLE001 (whatever it is, there is no report)
        said = f"no report: {type(error).__name__}"

    assert said != "Security", name


@pytest.mark.parametrize("limit", [0, 4_096, 20_000, 60_000, 120_000, 200_000, 300_000, 400_000])
def test_a_full_disk_ends_in_no_security(tmp_path: Path, limit: int) -> None:
    """Files may not grow beyond the limit: the command fails, or says the truth."""
    world = _world(tmp_path)
    assert world.word() == "Security"
    shutil.rmtree(tmp_path / "data" / "blobs", ignore_errors=True)
    other = _world(tmp_path / "other")
    other.files["usr/bin/more"] = b"more"
    (tmp_path / "other").mkdir()
    other._write_layout()

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [sys.executable, "-m", "hullscan", "scan", f"oci:{tmp_path / 'other' / 'image'}"]
    done = subprocess.run(
        [*command, "--offline", "--output", "json"],
        # Python would write its own files cut short, too, and stumble over them for ever.
        env={**os.environ, "HULLSCAN_DATA_DIR": str(tmp_path / "data"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        preexec_fn=limited,
    )

    if done.returncode == 0:
        # It was kept in memory or fitted in: then the answer is the true one.
        assert json.loads(done.stdout)["verdict"] == "clean"
    else:
        assert done.returncode in (2, 3), done.stderr[-500:]


def test_there_are_two_hundred() -> None:
    """So many, that no part of a server is left out."""
    assert len(FAULTS) + 8 >= 200
