"""A pull-through namespace: fetched on first pull, looked up again, served stale when the other registry is away."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from api.conftest import PASSWORD, Server, free_port, start
from builders import DEBIAN_12, digest_of, make_artifact, make_image, make_index, make_layer, status
from hullscan.errors import QuotaExceeded, RegistryBusy, RegistryError, RegistryRefused
from hullscan.services.artifacts.namespaces import create_default_namespace, set_quota
from hullscan.services.context import Context, open_context
from hullscan.services.peers.proxy import Proxy, set_upstream
from hullscan.services.reports.report import report_row
from hullscan.services.scans.scan import run_next
from hullscan.services.upkeep.fsck import check_store
from hullscan.services.upkeep.status import service_status
from hullscan.settings import Settings
from hullscan.store.artifacts.inventories import load_image
from hullscan.store.database import reading
from hullscan.store.places.namespaces import NamespaceRow, find_namespace

_INDEX = "application/vnd.oci.image.index.v1+json"
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
    """A registry of one repository that notes what it is asked for; some of it it refuses, or all of it with a status."""

    contents: dict[str, tuple[bytes, str]]
    asked: list[str]
    broken: int
    refused: set[str]

    def do_GET(self) -> None:
        """Answer, and note it."""
        what = self.path.partition("?")[0].removeprefix("/v2/library/app/")
        self.asked.append(f"{self.command} {what}")
        body, kind = self.contents.get(what, (b"{}", "application/json"))
        status = self.broken or (401 if what in self.refused else 200 if what in self.contents else 404)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Docker-Content-Digest", digest_of(body))
        self.send_header("Retry-After", "120")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        """As GET, without the content."""
        self.do_GET()

    def log_message(self, *words: object) -> None:
        """Say nothing."""


class _Hub(NamedTuple):
    """A namespace that fetches from `_Upstream`."""

    context: Context
    instance: str
    space: NamespaceRow

    def proxy(self) -> Proxy:
        """Return a server's proxy that remembers nothing yet."""
        return Proxy(self.context)

    def seen(self, digest: str) -> tuple[list[str], list[str]]:
        """Return packages and problems of an artifact, once no scan waits."""
        while run_next(self.context):
            pass
        with reading(self.context.engine) as connection:
            inventory = load_image(connection, digest)
        assert inventory is not None
        return [one.name for one in inventory.packages], [one.code for one in inventory.problems]


def _offer(manifests: dict[str, bytes], blobs: dict[str, bytes]) -> None:
    """Have the other registry offer *manifests* by tag or digest, and *blobs*."""
    _Upstream.contents |= {f"manifests/{name}": (data, _kind_of(data)) for name, data in manifests.items()}
    _Upstream.contents |= {f"blobs/{digest}": (data, "application/octet-stream") for digest, data in blobs.items()}


def _kind_of(manifest: bytes) -> str:
    return str(json.loads(manifest)["mediaType"])


@pytest.fixture
def hub(sqlite_context: Context, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Hub]:
    """Such a namespace, scanned on push, and another registry that has nothing yet."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    create_default_namespace(sqlite_context, "hub", public=False, auto_scan=True)
    _Upstream.contents, _Upstream.asked, _Upstream.broken, _Upstream.refused = {}, [], 0, set()
    instance = str(service_status(sqlite_context)["instance_id"])
    with ThreadingHTTPServer(("127.0.0.1", 0), _Upstream) as upstream:
        threading.Thread(target=upstream.serve_forever, daemon=True).start()
        set_upstream(sqlite_context, instance, "hub", f"http://127.0.0.1:{upstream.server_address[1]}")
        with reading(sqlite_context.engine) as connection:
            space = find_namespace(connection, instance, "hub")
        assert space is not None
        yield _Hub(sqlite_context, instance, space)
        upstream.shutdown()


_FILES = {"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("libssl3 3.0.9-1 openssl")}


def test_a_tag_is_looked_up_again_without_being_fetched(hub: _Hub) -> None:
    """By HEAD, which rate limits do not count; its tags are the other registry's, or those here while that is away."""
    manifest, blobs = make_image([make_layer({"a": b"1"})])
    _offer({"1": manifest}, blobs)
    _Upstream.contents["tags/list"] = (b'{"name": "library/app", "tags": ["1", "2"]}', "application/json")
    hub.proxy().ensure(hub.space, "library/app", "1")
    first, _Upstream.asked = _Upstream.asked, []
    later = hub.proxy()
    later.ensure(hub.space, "library/app", "1")
    again, _Upstream.asked = _Upstream.asked, []
    listed = later.tags(hub.space, "library/app")
    _Upstream.broken = 429
    hub.proxy().ensure(hub.space, "library/app", "1")
    unlisted = later.tags(hub.space, "library/app")

    assert (first, again) == (["GET manifests/1"], ["HEAD manifests/1"])
    assert (listed, unlisted) == (["1", "2"], [])


def test_a_manifest_comes_first_and_its_blobs_after_it(hub: _Hub) -> None:
    """One when it is asked for, the others beside that; the image is scanned when it has all, and nothing is asked for twice."""
    layers = [make_layer({**_FILES, "a": b"1"}), make_layer({"b": b"2"})]
    manifest, blobs = make_image(layers)
    _offer({"1": manifest}, blobs)
    proxy = hub.proxy()
    proxy.ensure(hub.space, "library/app", "1")
    unscanned = report_row(hub.context, digest_of(manifest))
    proxy.ensure_blob(hub.space, "library/app", digest_of(layers[1]))
    one = len(_Upstream.asked)
    clean = check_store(hub.context).faults
    while proxy.complete_next():
        pass
    proxy.ensure_blob(hub.space, "library/app", digest_of(layers[0]))
    row = report_row(hub.context, digest_of(manifest))

    assert _Upstream.asked[:2] == ["GET manifests/1", f"GET blobs/{digest_of(layers[1])}"] and one == 2
    assert sorted(_Upstream.asked[1:]) == sorted(f"GET blobs/{digest}" for digest in blobs)
    assert (unscanned, clean) == (None, ())
    assert hub.seen(digest_of(manifest)) == (["libssl3"], [])
    assert row is not None or report_row(hub.context, digest_of(manifest)) is not None


def test_of_an_index_what_is_asked_for_comes(hub: _Hub) -> None:
    """No platform's image before a client asks for it; the index's report tells of those that came."""
    amd64, its_blobs = make_image([make_layer(_FILES)])
    arm64, other_blobs = make_image([make_layer({"c": b"3"})])
    index = make_index([amd64, arm64])
    _offer({"1": index, digest_of(amd64): amd64, digest_of(arm64): arm64}, {**its_blobs, **other_blobs})
    proxy = hub.proxy()
    proxy.ensure(hub.space, "library/app", "1")
    first = list(_Upstream.asked)
    proxy.ensure(hub.space, "library/app", digest_of(amd64))
    while proxy.complete_next():
        pass

    assert first == ["GET manifests/1"]
    assert f"GET manifests/{digest_of(arm64)}" not in _Upstream.asked
    assert hub.seen(digest_of(index)) == (["libssl3"], ["image-missing"])


def test_what_is_refused_keeps_nobody_else_waiting(hub: _Hub) -> None:
    """Docker Hub answers 401 for what does not exist: the next image is fetched all the same."""
    manifest, blobs = make_image([make_layer({"d": b"4"})])
    _offer({"1": manifest}, blobs)
    _Upstream.refused = {"manifests/typo"}
    proxy = hub.proxy()
    with pytest.raises(RegistryRefused):
        proxy.ensure(hub.space, "library/app", "typo")
    proxy.ensure(hub.space, "library/app", "1")

    assert _Upstream.asked[-1] == "GET manifests/1"


def test_a_busy_registry_is_left_alone_as_long_as_it_says(hub: _Hub) -> None:
    """429 with Retry-After: not asked again before, and the client is told how long (RFC 9110, 10.2.3)."""
    proxy = hub.proxy()
    _Upstream.broken = 429
    waits = []
    for _ in range(2):
        with pytest.raises(RegistryBusy) as told:
            proxy.ensure(hub.space, "library/app", "1")
        waits.append(told.value.retry_after_s)

    assert _Upstream.asked == ["GET manifests/1"]
    assert all(100 < wait <= 120 for wait in waits)


def test_another_content_is_not_given_out(hub: _Hub) -> None:
    """A web page that says 200, cut or longer bytes: nothing is kept, and it is asked for again (goharbor/harbor#23882)."""
    manifest, blobs = make_image([layer := make_layer({"a": b"1"})])
    digest = digest_of(layer)
    proxy = hub.proxy()
    _offer({"1": manifest}, blobs)
    proxy.ensure(hub.space, "library/app", "1")
    for wrong in (b"<html>", layer[:-1], layer + b"x"):
        _offer({}, {digest: wrong})
        with pytest.raises(RegistryError):
            proxy.ensure_blob(hub.space, "library/app", digest)
        assert hub.context.blobs.size(digest) is None
    _offer({}, {digest: layer})
    proxy.ensure_blob(hub.space, "library/app", digest)

    assert hub.context.blobs.size(digest) == len(layer)


def test_a_quota_holds_for_what_is_fetched(hub: _Hub) -> None:
    """As for what is pushed."""
    manifest, blobs = make_image([make_layer({"e": b"5"})])
    _offer({"1": manifest}, blobs)
    set_quota(hub.context, hub.instance, "hub", quota_bytes=10, quota_artifacts=None)
    proxy = hub.proxy()
    proxy.ensure(hub.space, "library/app", "1")

    with pytest.raises(QuotaExceeded):
        proxy.ensure_blob(hub.space, "library/app", next(iter(blobs)))


def test_where_pulls_are_blocked_an_image_comes_whole(hub: _Hub) -> None:
    """It has to be scanned before it is given out."""
    manifest, blobs = make_image([make_layer({**_FILES, "f": b"6"})])
    _offer({"1": manifest}, blobs)
    guarded = replace(hub.space, prevent_vul=True)
    hub.proxy().ensure(guarded, "library/app", "1")

    assert report_row(hub.context, digest_of(manifest)) is not None


@pytest.mark.parametrize("by", ["referrers", "tag"])
def test_what_hangs_on_an_image_there_is_listed(hub: _Hub, by: str) -> None:
    """By the other registry's list, or the tag that stands for one (OCI distribution, "Referrers Tag Schema")."""
    subject = "sha256:" + "0" * 64
    manifest, _ = make_artifact("application/vnd.example+json", "application/vnd.cyclonedx+json")
    entry = {"mediaType": _OCI, "digest": digest_of(manifest), "size": len(manifest), "artifactType": "application/x"}
    listed = json.dumps({"schemaVersion": 2, "mediaType": _INDEX, "manifests": [entry]}).encode()
    place = f"referrers/{subject}" if by == "referrers" else f"manifests/{subject.replace(':', '-')}"
    _Upstream.contents[place] = (listed, _INDEX)
    found = hub.proxy().referrers(hub.space, "library/app", subject)

    assert [(one.digest, one.artifact_type) for one in found] == [(digest_of(manifest), "application/x")]


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
