"""Layers are walked by processes of the server's: whatever ends which of them, no upload and no package is lost."""

import errno
import os
import random
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from bench.processes import descendants, is_running

from api.conftest import PASSWORD, free_port, start
from builders import DEBIAN_12, digest_of, make_image, make_layer, status
from hullscan.detectors.for_images import detector_set
from hullscan.errors import NotFound, StoreError
from hullscan.services.access.first_start import first_start
from hullscan.services.artifacts.namespaces import create_default_namespace
from hullscan.services.artifacts.uploads import Uploads
from hullscan.services.context import Context, now, open_context
from hullscan.settings import Settings
from hullscan.store.artifacts.inventories import layer_bodies, load_image
from hullscan.store.database import reading, writing
from hullscan.store.places.repositories import ensure_repository
from waiting import eventually
from world import World

_OCI = "application/vnd.oci.image.manifest.v1+json"
_LAYER = make_layer(
    {
        "etc/os-release": DEBIAN_12,
        "srv/noise": random.Random(1).randbytes(6_000_000),
        "var/lib/dpkg/status": status("bash 5.2.15-2", "dash 0.5.12-2"),
    }
)


@dataclass(frozen=True)
class _Server:
    """A server of one's own, to be killed."""

    process: "subprocess.Popen[bytes]"
    url: str
    context: Context

    def client(self) -> httpx.Client:
        """Return a client that is logged in."""
        return httpx.Client(base_url=self.url, auth=("admin", PASSWORD), trust_env=False, timeout=30)

    def packages(self, digest: str) -> set[str]:
        """Names of what the image *digest* holds."""
        with reading(self.context.engine) as connection:
            image = load_image(connection, digest)
        assert image is not None
        return {package.name for package in image.packages}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[_Server]:
    """A running server with the namespace team."""
    settings = {"HULLSCAN_DATA_DIR": str(tmp_path / "data"), "HULLSCAN_ADMIN_PASSWORD": PASSWORD}
    environment = {**{k: v for k, v in os.environ.items() if not k.startswith("HULLSCAN_")}, **settings}
    context = open_context(Settings.from_environment(settings))
    first_start(context)
    create_default_namespace(context, "team", public=False, auto_scan=True)
    port = free_port()
    process = start(environment, port)
    yield _Server(process, f"http://127.0.0.1:{port}", context)
    process.kill()
    process.wait()
    context.close()


def _halves(between: Callable[[], None]) -> Iterator[bytes]:
    """The layer, with something that happens after its first half."""
    yield _LAYER[: len(_LAYER) // 2]
    between()
    yield _LAYER[len(_LAYER) // 2 :]


def _walker(server: _Server) -> int:
    """Return the process that walks layers: the spawner's child."""
    assert eventually(lambda: len(descendants(server.process.pid)) == 2)
    return descendants(server.process.pid)[1]


def _push_manifest(client: httpx.Client, manifest: bytes, blobs: dict[str, bytes]) -> str:
    """Push the config and then the manifest, whose layer is there."""
    for digest, data in blobs.items():
        if data is not _LAYER:
            client.post("/v2/team/app/blobs/uploads/", params={"digest": digest}, content=data).raise_for_status()
    client.put("/v2/team/app/manifests/1", content=manifest, headers={"Content-Type": _OCI}).raise_for_status()
    return digest_of(manifest)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a server walks layers itself")
def test_a_walk_that_was_killed_is_done_again(server: _Server) -> None:
    """As the kernel does where memory ends."""

    def kill() -> None:
        os.kill(_walker(server), signal.SIGKILL)

    manifest, blobs = make_image([_LAYER])
    with server.client() as client:
        query = {"digest": digest_of(_LAYER)}
        answer = client.post("/v2/team/app/blobs/uploads/", params=query, content=_halves(kill))
        assert answer.status_code == 201
        digest = _push_manifest(client, manifest, blobs)

    assert server.packages(digest) == {"bash", "dash"}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a server walks layers itself")
def test_a_killed_server_leaves_no_process_behind(server: _Server) -> None:
    processes: list[int] = []

    def kill() -> None:
        _walker(server)
        processes.extend(descendants(server.process.pid))
        server.process.kill()

    with server.client() as client, pytest.raises(httpx.TransportError):
        client.post("/v2/team/app/blobs/uploads/", params={"digest": digest_of(_LAYER)}, content=_halves(kill))

    assert len(processes) == 2
    assert eventually(lambda: not any(map(is_running, processes)))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a server walks layers itself")
def test_a_signal_to_all_processes_lets_an_upload_finish(server: _Server) -> None:
    """As service managers send it; the layer's inventory is kept before the server ends."""

    def terminate() -> None:
        _walker(server)
        for process in (*descendants(server.process.pid), server.process.pid):
            os.kill(process, signal.SIGTERM)

    with server.client() as client:
        query = {"digest": digest_of(_LAYER)}
        answer = client.post("/v2/team/app/blobs/uploads/", params=query, content=_halves(terminate))

    assert answer.status_code == 201
    assert server.process.wait(timeout=30) == 0
    with reading(server.context.engine) as connection:
        assert layer_bodies(connection, [digest_of(_LAYER)], detector_set().identity)


def test_more_uploads_at_once_than_are_followed(sqlite_context: Context) -> None:
    """Those that stood still for longest are read once more when they end, and end as well as the others."""
    space = World(sqlite_context).space
    with writing(sqlite_context.engine) as connection:
        repository = ensure_repository(connection, space.id, "app", now())
    uploads = Uploads(sqlite_context)
    layers = [make_layer({"etc/os-release": DEBIAN_12, "number": str(number).encode()}) for number in range(80)]
    ids = [uploads.begin(repository) for _ in layers]
    for upload_id, data in zip(ids, layers, strict=True):
        uploads.append(upload_id, [data[:100]])
    for upload_id, data in zip(ids, layers, strict=True):
        uploads.append(upload_id, [data[100:]])
        uploads.finish(repository, upload_id, digest_of(data))  # type: ignore[arg-type]

    assert [b"".join(sqlite_context.blobs.read(digest_of(data))) for data in layers] == layers


def test_an_upload_that_the_disk_lost_bytes_of_is_over(
    sqlite_context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel tells it once (fsync(2)): whoever went on with the upload would be told that all is well."""

    def refuse(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    space = World(sqlite_context).space
    with writing(sqlite_context.engine) as connection:
        repository = ensure_repository(connection, space.id, "app", now())
    uploads = Uploads(sqlite_context)
    upload_id = uploads.begin(repository)
    data = bytes(20_000_000)
    monkeypatch.setattr(os, "fdatasync", refuse)
    with pytest.raises(StoreError, match="Input/output error"):
        uploads.append(upload_id, [data])
        uploads.finish(repository, upload_id, digest_of(data))  # type: ignore[arg-type]

    with pytest.raises(NotFound):
        uploads.received(repository, upload_id)
    assert sqlite_context.blobs.size(digest_of(data)) is None


_ROOM = 4_000_000


@contextmanager
def _small_disk() -> Iterator[None]:
    """No file grows beyond four megabytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_ROOM, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_an_upload_that_the_disk_has_no_room_for_goes_on_once_there_is(sqlite_context: Context) -> None:
    """The refusal is told, what was written before it stays, and the rest may come later."""
    data = random.Random(7).randbytes(5_000_000)
    space = World(sqlite_context).space
    with writing(sqlite_context.engine) as connection:
        repository = ensure_repository(connection, space.id, "app", now())
    uploads = Uploads(sqlite_context)
    upload_id = uploads.begin(repository)
    with _small_disk(), pytest.raises(StoreError, match="File too large"):
        uploads.append(upload_id, [data])

    there = uploads.received(repository, upload_id)
    assert 0 < there <= _ROOM
    uploads.append(upload_id, [data[there:]])
    uploads.finish(repository, upload_id, digest_of(data))  # type: ignore[arg-type]
    assert b"".join(sqlite_context.blobs.read(digest_of(data))) == data


def test_a_manifest_that_the_disk_has_no_room_for(sqlite_context: Context) -> None:
    """The disk's refusal is told as one, and nothing is left of it."""
    data = bytes(5_000_000)
    with _small_disk(), pytest.raises(StoreError, match="File too large"):
        sqlite_context.blobs.put(digest_of(data), data)

    assert [path for path in (sqlite_context.settings.data_dir / "blobs").rglob("*") if path.is_file()] == []


def test_an_upload_that_ends_before_its_address_was_told(server: _Server) -> None:
    """Nobody can go on with it, so nothing is kept of it."""

    def leave() -> None:
        assert eventually(lambda: any(one.stat().st_size for one in _uploads(server)))
        raise _Left

    with server.client() as client, pytest.raises(_Left):
        client.post("/v2/team/app/blobs/uploads/", params={"digest": digest_of(_LAYER)}, content=_halves(leave))

    assert eventually(lambda: not list(_uploads(server)))


class _Left(Exception):
    """The client went away."""


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_an_upload_cancelled_while_it_comes(server: _Server, method: str) -> None:
    """Nothing stays of it: no file, and no blob, though the request that sends it goes on."""
    with server.client() as client:
        location = client.post("/v2/team/app/blobs/uploads/").headers["Location"]

        def cancel() -> None:
            assert eventually(lambda: any(one.stat().st_size for one in _uploads(server)))
            with server.client() as other:
                assert other.delete(location).status_code == 204

        query = {"digest": digest_of(_LAYER)} if method == "PUT" else {}
        sent = client.request(method, location, params=query, content=_halves(cancel))
        after = client.get(location)

    assert (sent.status_code, after.status_code) == (202 if method == "PATCH" else 400, 404)
    assert list(_uploads(server)) == []


def _uploads(server: _Server) -> Iterator[Path]:
    return (server.context.settings.data_dir / "uploads").iterdir()


def test_servers_take_turns_at_an_upload(context: Context) -> None:
    """Two of one store, as behind a load balancer: the blob is what was sent, and its layer's inventory is there."""
    world = World(context)
    layer = make_layer({"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("bash 5.2.15-2"), "turns": b"1"})
    manifest, blobs = make_image([layer])
    repository = world.upload("app", {digest: data for digest, data in blobs.items() if data is not layer})
    servers = [Uploads(context), Uploads(context)]
    upload_id = servers[0].begin(repository)
    third = len(layer) // 3
    for number, piece in enumerate((layer[:third], layer[third : 2 * third], layer[2 * third :])):
        servers[number % 2].append(upload_id, [piece])
    servers[0].finish(repository, upload_id, digest_of(layer))  # type: ignore[arg-type]
    digest = world.push_manifest("app", manifest, {})

    with reading(context.engine) as connection:
        image = load_image(connection, digest)
    assert b"".join(context.blobs.read(digest_of(layer))) == layer
    assert image is not None and [one.name for one in image.packages] == ["bash"]
