"""
The main job, from nothing: start the service, push an image over HTTP, read its report with SWR's official SDK.

`DEMO_IMAGE=DIR` (an OCI layout) takes another image than this machine's own packages. Feeds come from
`HULLSCAN_FEEDS_URL`, else from osv.dev, else (offline) from the small sample beside this file. Everything is made in a
temporary folder and removed at the end.
"""

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from machine_image import machine_layers, make_image, read_layout

HERE = Path(__file__).parent
REPOSITORY = "this/machine"
console = Console(width=max(Console().width, 100))


def main() -> None:
    """Run the demo; a step that fails ends it with what went wrong."""
    with tempfile.TemporaryDirectory(prefix="hullscan-demo-") as folder:
        root = Path(folder)
        environment = _environment(root)
        _say("1. feeds", "fetching advisories")
        _load_feeds(root, environment)
        port = _free_port()
        _say("2. service", f"starting on http://127.0.0.1:{port}, embedded store in a temporary folder")
        server = subprocess.Popen(
            [sys.executable, "-m", "hullscan", "serve", "--port", str(port)], env=environment, stderr=subprocess.DEVNULL
        )
        try:
            _wait(port)
            _run(environment, "namespace", "create", "demo", "--auto-scan")
            ids = json.loads(_run(environment, "status", "--output", "json").stdout)
            digest = _push(port, environment)
            _report(port, environment, ids, digest, root)
        finally:
            server.terminate()
            server.wait(timeout=30)
    _say("done", "the service has ended, and nothing of it is left")


def _environment(root: Path) -> dict[str, str]:
    return {
        **os.environ,
        "HULLSCAN_DATA_DIR": str(root / "data"),
        "HULLSCAN_DATABASE_URL": "",
        "HULLSCAN_ADMIN_PASSWORD": secrets.token_urlsafe(12),
        "HULLSCAN_ADMIN_ACCESS_KEY": "DEMO" + secrets.token_hex(8).upper(),
        "HULLSCAN_ADMIN_SECRET_KEY": secrets.token_hex(20),
        "HOME": str(root),  # the SDK writes an application id there
        "NO_PROXY": "127.0.0.1",
    }


def _load_feeds(root: Path, environment: dict[str, str]) -> None:
    only = ["--ecosystem", "Debian", "--ecosystem", "Ubuntu", "--ecosystem", "PyPI"]
    source = environment.get("HULLSCAN_FEEDS_URL", "")
    done = _run(environment, "feeds", "refresh", *(["--from", source] if source else []), *only, check=False)
    print(done.stdout, end="")
    print(done.stderr, end="")
    if done.returncode in (0, 3):
        return  # 3: a publisher of something beside them, such as scores, could not be reached
    if source:
        sys.exit(f"the feeds of HULLSCAN_FEEDS_URL={source} could not be loaded")
    console.print(
        "[bold yellow]NO FEED CAN BE REACHED: the report below rests on a handful of sample advisories only. "
        "It shows how a report looks, and says nothing about this machine.[/]"
    )
    _write_sample(root / "sample")
    print(_run(environment, "feeds", "refresh", "--from", str(root / "sample")).stdout, end="")


def _write_sample(root: Path) -> None:
    by_ecosystem: dict[str, list[dict[str, Any]]] = {}
    for fact in json.loads((HERE / "sample_advisories.json").read_text()):
        events = [{"introduced": "0"}, *([{"fixed": fact["fixed"]}] if "fixed" in fact else [])]
        record = {
            "id": fact["id"],
            "modified": fact["modified"],
            "summary": fact["summary"],
            "database_specific": {"severity": fact.get("severity", "")},
            "affected": [
                {
                    "package": {"ecosystem": fact["ecosystem"], "name": fact["package"]},
                    "ranges": [{"type": "ECOSYSTEM", "events": events}],
                    "ecosystem_specific": {"urgency": fact.get("urgency", "")},
                }
            ],
        }
        by_ecosystem.setdefault(fact["ecosystem"].partition(":")[0], []).append(record)
    for ecosystem, records in by_ecosystem.items():
        path = root / "osv" / ecosystem / "all.zip"
        path.parent.mkdir(parents=True)
        with zipfile.ZipFile(path, "w") as archive:
            for record in records:
                archive.writestr(f"{record['id']}.json", json.dumps(record))


def _push(port: int, environment: dict[str, str]) -> str:
    image = os.environ.get("DEMO_IMAGE", "")
    manifest, blobs = read_layout(Path(image)) if image else make_image(machine_layers())
    size = sum(len(blob) for blob in blobs.values())
    what = image or "this machine's own package databases"
    _say("3. push", f"{what}: {len(blobs) - 1} layer(s), {size:,} bytes, to demo/{REPOSITORY}:latest")
    credentials = ("admin", environment["HULLSCAN_ADMIN_PASSWORD"])
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", auth=credentials, trust_env=False, timeout=300) as client:
        for name, data in blobs.items():
            place = f"/v2/demo/{REPOSITORY}/blobs/uploads/"
            client.post(place, params={"digest": name}, content=data).raise_for_status()
        answer = client.put(
            f"/v2/demo/{REPOSITORY}/manifests/latest",
            content=manifest,
            headers={"Content-Type": json.loads(manifest)["mediaType"]},
        )
        answer.raise_for_status()
    return str(answer.headers["Docker-Content-Digest"])


def _report(port: int, environment: dict[str, str], ids: dict[str, Any], digest: str, root: Path) -> None:
    _say("4. report", "asking for it with huaweicloudsdkswr, changed only in its endpoint")
    os.environ.update(HOME=str(root), NO_PROXY="127.0.0.1")
    warnings.simplefilter("ignore")
    from huaweicloudsdkcore.auth.credentials import BasicCredentials
    from huaweicloudsdkswr.v2 import ListInstanceArtifactVulnerabilitiesRequest, SwrClient

    keys = (environment["HULLSCAN_ADMIN_ACCESS_KEY"], environment["HULLSCAN_ADMIN_SECRET_KEY"])
    client = (
        SwrClient.new_builder()
        .with_credentials(BasicCredentials(*keys, ids["project_id"]))
        .with_endpoint(f"http://127.0.0.1:{port}")
        .build()
    )
    request = ListInstanceArtifactVulnerabilitiesRequest(
        instance_id=ids["instance_id"], namespace_name="demo", repository_name=REPOSITORY, reference=digest
    )
    for _ in range(600):
        body = client.list_instance_artifact_vulnerabilities(request).body
        if body:
            break
        time.sleep(0.1)
    else:
        sys.exit("no report came within a minute")
    (report,) = body.values()
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("SEVERITY", "ID", "PACKAGE", "INSTALLED", "FIX"):
        table.add_column(column, overflow="fold")
    order = ["Critical", "High", "Medium", "Low"]
    items = sorted(report.vulnerabilities, key=lambda item: (order.index(item.severity), item.package, item.id))
    for item in items[:40]:
        table.add_row(item.severity, item.id, item.package, item.version, item.fix_version or "-")
    console.print(table)
    if len(items) > 40:
        console.print(f"… and {len(items) - 40} more")
    fixable = sum(1 for item in items if item.fix_version)
    console.print(
        f"overall severity [bold]{report.severity}[/], {len(items)} findings, {fixable} with a fix, "
        f"made by {report.scanner.name} {report.scanner.version} at {report.generated_at} UTC"
    )
    _problems(port, environment, ids, digest)
    name = REPOSITORY.replace("/", "%252F")
    path = f"/v2/{ids['project_id']}/instances/{ids['instance_id']}/namespaces/demo/repositories/{name}"
    console.print("the same by curl (with a token from POST /v3/auth/tokens; see docs/api.md):")
    line = f"  curl -H \"X-Auth-Token: $TOKEN\" 'http://127.0.0.1:{port}{path}/artifacts/{digest}/vulnerabilities'"
    print(line)


def _problems(port: int, environment: dict[str, str], ids: dict[str, Any], digest: str) -> None:
    """Print what the scan could not read or judge, from the report's own words."""
    body = {
        "auth": {
            "identity": {
                "methods": ["password"],
                "password": {
                    "user": {
                        "name": "admin",
                        "password": environment["HULLSCAN_ADMIN_PASSWORD"],
                        "domain": {"name": "hullscan"},
                    }
                },
            },
            "scope": {"project": {"id": ids["project_id"]}},
        }
    }
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
        token = client.post("/v3/auth/tokens", json=body).headers["X-Subject-Token"]
        name = REPOSITORY.replace("/", "%252F")
        path = f"/v2/{ids['project_id']}/instances/{ids['instance_id']}/namespaces/demo/repositories/{name}"
        answer = client.get(f"{path}/artifacts/{digest}/vulnerabilities", headers={"X-Auth-Token": token})
    (report,) = answer.json().values()
    for problem in report.get("problems", ()):
        console.print(f"[yellow]! {problem['code']}[/]: {problem['message']}")


def _run(environment: dict[str, str], *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "hullscan", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        sys.exit(f"hullscan {' '.join(arguments)} failed:\n{done.stderr}")
    return done


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)
            return
        except httpx.HTTPError:
            time.sleep(0.05)
    sys.exit("the service did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _say(step: str, text: str) -> None:
    console.print(f"[bold]{step}[/]: {text}")


if __name__ == "__main__":
    main()
