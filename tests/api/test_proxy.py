"""A pull-through namespace: fetched on first pull, looked up again, served stale when the other registry is away."""

import json
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from api.conftest import PASSWORD, Server, free_port, start
from builders import digest_of, make_image, make_layer
from hullscan.services.context import Context, open_context
from hullscan.services.namespaces import create_default_namespace
from hullscan.services.proxy import Proxy, set_upstream
from hullscan.services.status import service_status
from hullscan.settings import Settings
from hullscan.store.database import reading
from hullscan.store.namespaces import find_namespace

_OCI = "application/vnd.oci.image.manifest.v1+json"


def _push(url: str, name: str, layer: bytes) -> str:
    manifest, blobs = make_image([layer])
    with httpx.Client(base_url=url, auth=("admin", PASSWORD), trust_env=False, timeout=30) as client:
        for digest, data in blobs.items():
            assert client.post(f"/v2/{name}/blobs/uploads/", params={"digest": digest}, content=data).status_code == 201
        answer = client.put(f"/v2/{name}/manifests/1", content=manifest, headers={"Content-Type": _OCI})
    assert answer.status_code == 201
    return digest_of(manifest)


class _Upstream(BaseHTTPRequestHandler):
    """A registry of one image that notes what it is asked for, and can be out of order."""

    contents: dict[str, tuple[bytes, str]]
    asked: list[str]
    broken: bool

    def do_GET(self) -> None:
        """Answer, and note it."""
        what = self.path.partition("?")[0].removeprefix("/v2/library/app/")
        self.asked.append(f"{self.command} {what}")
        body, kind = self.contents.get(what, (b"{}", "application/json"))
        self.send_response(429 if self.broken else 200 if what in self.contents else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Docker-Content-Digest", digest_of(body))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        """As GET, without the content."""
        self.do_GET()

    def log_message(self, *words: object) -> None:
        """Say nothing."""


def test_a_tag_is_looked_up_again_without_being_fetched(
    sqlite_context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By HEAD, which rate limits do not count; its tags are the other registry's, or those here while that is away."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    create_default_namespace(sqlite_context, "hub", public=False, auto_scan=False)
    manifest, blobs = make_image([make_layer({"a": b"1"})])
    _Upstream.contents = {
        "manifests/1": (manifest, _OCI),
        "tags/list": (b'{"name": "library/app", "tags": ["1", "2"]}', "application/json"),
        **{f"blobs/{digest}": (data, "application/octet-stream") for digest, data in blobs.items()},
    }
    _Upstream.asked, _Upstream.broken = [], False
    instance = str(service_status(sqlite_context)["instance_id"])
    with ThreadingHTTPServer(("127.0.0.1", 0), _Upstream) as upstream:
        threading.Thread(target=upstream.serve_forever, daemon=True).start()
        set_upstream(sqlite_context, instance, "hub", f"http://127.0.0.1:{upstream.server_address[1]}")
        with reading(sqlite_context.engine) as connection:
            space = find_namespace(connection, instance, "hub")
        assert space is not None
        Proxy(sqlite_context).ensure(space, "library/app", "1")
        first, _Upstream.asked = _Upstream.asked, []
        later = Proxy(sqlite_context)
        later.ensure(space, "library/app", "1")
        again, _Upstream.asked = _Upstream.asked, []
        listed = later.tags(space, "library/app")
        _Upstream.broken = True
        Proxy(sqlite_context).ensure(space, "library/app", "1")
        unlisted = later.tags(space, "library/app")
        upstream.shutdown()

    assert "GET manifests/1" in first and len([one for one in first if one.startswith("GET blobs/")]) == len(blobs)
    assert again == ["HEAD manifests/1"]
    assert (listed, unlisted) == (["1", "2"], [])


@pytest.mark.skipif(shutil.which("skopeo") is None, reason="skopeo is not on this machine")
def test_a_pull_through_namespace(server: Server, tmp_path: Path) -> None:
    """By a real client; what is not there is 404, and 503 while the other registry is away."""
    upstream = {**server.environment, "HULLSCAN_DATA_DIR": str(tmp_path / "upstream")}
    context = open_context(Settings.from_environment(upstream))
    create_default_namespace(context, "library", public=False, auto_scan=False)
    context.close()
    port = free_port()
    process = start(upstream, port)
    try:
        digest = _push(f"http://127.0.0.1:{port}", "library/app", make_layer({"a": b"1"}))
        create_default_namespace(server.context, "hub", public=False, auto_scan=True)
        command = [sys.executable, "-m", "hullscan", "namespace", "proxy", "hub", f"http://127.0.0.1:{port}"]
        subprocess.run(
            [*command, "--user", "admin"], env=server.environment, input=PASSWORD + "\n", text=True, check=True
        )
        host = server.url.partition("://")[2]
        pull = ["skopeo", "copy", "--src-tls-verify=false", "--src-creds", f"admin:{PASSWORD}"]
        subprocess.run(
            [*pull, f"docker://{host}/hub/library/app:1", f"dir:{tmp_path / 'pulled'}"], check=True, capture_output=True
        )
        assert digest_of((tmp_path / "pulled" / "manifest.json").read_bytes()) == digest
        with server.registry() as client:
            assert client.get("/v2/hub/library/app/manifests/nope").status_code == 404
            assert client.get("/v2/hub/library/nothing/manifests/1").status_code == 404
            assert client.get("/v2/hub/library/app/tags/list").json()["tags"] == ["1"]
            by_digest = client.get(f"/v2/hub/library/app/manifests/{digest}")
            assert json.loads(by_digest.content)["schemaVersion"] == 2
    finally:
        process.terminate()
        process.wait(timeout=30)
    with server.registry() as client:
        stale = client.get("/v2/hub/library/app/manifests/1")
        away = client.get("/v2/hub/library/other/manifests/1")
    assert (stale.status_code, digest_of(stale.content)) == (200, digest)
    assert (away.status_code, away.headers["Retry-After"]) == (503, "30")
