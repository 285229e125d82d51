"""A server of its own for a measurement."""

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

from hullscan.services.artifacts.namespaces import create_default_namespace
from hullscan.services.context import Context, open_context
from hullscan.services.upkeep.status import service_status
from hullscan.settings import Settings

PASSWORD = "bench-password"


@dataclass(frozen=True)
class Server:
    """Where it listens, its administrator's token, and the settings with which commands use its store."""

    url: str
    base: str
    token: str
    context: Context
    pid: int
    settings: dict[str, str]
    instance_id: str

    def client(self) -> httpx.Client:
        """Return a client that is logged in."""
        headers = {"X-Auth-Token": self.token}
        return httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=60)


@contextmanager
def started(folder: Path) -> Iterator[Server]:
    """Run a server with the namespace ``bench``, scanned on push; HULLSCAN_DATABASE_URL names an (empty) database."""
    settings = {"HULLSCAN_DATA_DIR": str(folder), "HULLSCAN_ADMIN_PASSWORD": PASSWORD, "HULLSCAN_GC_HOURS": "0"}
    settings |= {key: value for key, value in os.environ.items() if key == "HULLSCAN_DATABASE_URL"}
    context = open_context(Settings.from_environment(settings))
    create_default_namespace(context, "bench", public=False, auto_scan=True)
    ids = service_status(context)
    port = free_port()
    command = [sys.executable, "-m", "hullscan", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env={**os.environ, **settings}, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        token = _token(url, ids["project_id"])
        base = f"/v2/{ids['project_id']}/instances/{ids['instance_id']}"
        yield Server(
            url=url,
            base=base,
            token=token,
            context=context,
            pid=process.pid,
            settings=settings,
            instance_id=ids["instance_id"],
        )
    finally:
        process.terminate()
        process.wait(timeout=30)
        context.close()


def _token(url: str, project: str) -> str:
    user = {"name": "admin", "password": PASSWORD, "domain": {"name": "hullscan"}}
    identity = {"methods": ["password"], "password": {"user": user}}
    body = {"auth": {"identity": identity, "scope": {"project": {"id": project}}}}
    for _ in range(200):
        try:
            return str(httpx.post(f"{url}/v3/auth/tokens", json=body, trust_env=False).headers["X-Subject-Token"])
        except httpx.TransportError:
            time.sleep(0.05)
    raise SystemExit("the server did not start")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
