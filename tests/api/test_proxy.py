"""A pull-through namespace: fetched on first pull, looked up again, served stale when the other registry is away."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from api.conftest import PASSWORD, Server, free_port, start
from builders import digest_of, make_image, make_layer
from hullscan.services.context import open_context
from hullscan.services.namespaces import create_default_namespace
from hullscan.settings import Settings

_OCI = "application/vnd.oci.image.manifest.v1+json"


def _push(url: str, name: str, layer: bytes) -> str:
    manifest, blobs = make_image([layer])
    with httpx.Client(base_url=url, auth=("admin", PASSWORD), trust_env=False, timeout=30) as client:
        for digest, data in blobs.items():
            assert client.post(f"/v2/{name}/blobs/uploads/", params={"digest": digest}, content=data).status_code == 201
        answer = client.put(f"/v2/{name}/manifests/1", content=manifest, headers={"Content-Type": _OCI})
    assert answer.status_code == 201
    return digest_of(manifest)


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
