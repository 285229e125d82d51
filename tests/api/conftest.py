"""A real server on loopback, and what calls it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from builders import digest_of, make_image
from hullscan.services.access.first_start import first_start
from hullscan.services.artifacts.namespaces import create_default_namespace
from hullscan.services.context import Context, open_context
from hullscan.services.upkeep.status import service_status
from hullscan.settings import Settings

ACCESS, SECRET, PASSWORD = "AKTEST0000000000001", "SKTEST00000000000000000000000000000001", "correct horse"


@dataclass(frozen=True)
class Server:
    """Where a server listens, its ids, its store, and its administrator."""

    url: str
    project: str
    instance: str
    context: Context
    environment: dict[str, str]

    @property
    def base(self) -> str:
        """SWR's address of the instance."""
        return f"/v2/{self.project}/instances/{self.instance}"

    def client(self, **headers: str) -> httpx.Client:
        """Return a client that sends paths as they are."""
        return httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=30)

    def registry(self) -> httpx.Client:
        """Return a client that is logged in to the registry."""
        return httpx.Client(base_url=self.url, auth=("admin", PASSWORD), trust_env=False, timeout=30)

    def token(self) -> str:
        """Return a token scoped to the project."""
        body = {
            "auth": {
                "identity": {
                    "methods": ["password"],
                    "password": {"user": {"name": "admin", "password": PASSWORD, "domain": {"name": "hullscan"}}},
                },
                "scope": {"project": {"name": "local-1"}},
            }
        }
        with self.client() as client:
            answer = client.post("/v3/auth/tokens", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.headers["X-Subject-Token"])

    def push(self, name: str, layers: list[bytes], tag: str = "1") -> str:
        """Push an image the plain way and return its digest."""
        manifest, blobs = make_image(layers)
        with self.registry() as client:
            for digest, data in blobs.items():
                answer = client.post(f"/v2/{name}/blobs/uploads/", params={"digest": digest}, content=data)
                assert answer.status_code == 201, answer.text
            kind = "application/vnd.oci.image.manifest.v1+json"
            answer = client.put(f"/v2/{name}/manifests/{tag}", content=manifest, headers={"Content-Type": kind})
            assert answer.status_code == 201, answer.text
        return digest_of(manifest)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(environment: dict[str, str], port: int, *, scheme: str = "http") -> "subprocess.Popen[bytes]":
    """Start a server and wait until it answers."""
    command = [sys.executable, "-m", "hullscan", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            httpx.get(f"{scheme}://127.0.0.1:{port}/healthz", trust_env=False, verify=False)
            return process
        except httpx.HTTPError:
            time.sleep(0.05)
    process.kill()
    raise AssertionError("the server did not start")


@contextmanager
def running_server(folder: Path, *scanned: str, **more: str) -> Iterator[Server]:
    """Run a server on data of its own in *folder*, with namespaces that are scanned on push and *more* settings."""
    settings = {
        "HULLSCAN_DATA_DIR": str(folder / "data"),
        "HULLSCAN_ADMIN_PASSWORD": PASSWORD,
        "HULLSCAN_ADMIN_ACCESS_KEY": ACCESS,
        "HULLSCAN_ADMIN_SECRET_KEY": SECRET,
        **more,
    }
    environment = {**{k: v for k, v in os.environ.items() if not k.startswith("HULLSCAN_")}, **settings}
    context = open_context(Settings.from_environment(settings))
    first_start(context)
    for namespace in scanned:
        create_default_namespace(context, namespace, public=False, auto_scan=True)
    ids = service_status(context)
    port = free_port()
    process = start(environment, port)
    try:
        yield Server(
            url=f"http://127.0.0.1:{port}",
            project=ids["project_id"],
            instance=ids["instance_id"],
            context=context,
            environment=environment,
        )
    finally:
        process.terminate()
        process.wait(timeout=30)
        context.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests, with the namespaces team (scanned on push) and quiet."""
    with running_server(tmp_path_factory.mktemp("server"), "team") as one:
        create_default_namespace(one.context, "quiet", public=False, auto_scan=False)
        yield one


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder for the SDK, which writes an application id there, and no proxy."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path
