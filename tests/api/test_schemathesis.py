"""
Requests made up from ``/openapi.json`` by schemathesis, good and bad ones: none may break the server or leave the description.

A short budget by default, and the same requests each time; ``HULLSCAN_SCHEMATHESIS_S`` gives more seconds, and others.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from api.conftest import Server, running_server
from builders import DEBIAN_12, make_layer, status

_SECONDS = os.environ.get("HULLSCAN_SCHEMATHESIS_S", "40")
_KEEP = ("DeleteInstanceNamespace", "DeleteInstanceRepository", "DeleteInstanceArtifact", "KeystoneRevokeToken")
"""What would take away the things that the other requests are about."""


def test_no_request_breaks_the_server(tmp_path: Path) -> None:
    """No 500, no answer that the description does not have, no operation that answers without credentials."""
    with running_server(tmp_path, "team") as server:
        layer = make_layer({"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("zlib1g 1.2")})
        digest = server.push("team/app", [layer])
        description = tmp_path / "openapi.json"
        description.write_text(json.dumps(_with_known_values(server, digest)))
        done = subprocess.run(
            [
                str(Path(sys.executable).parent / "schemathesis"), "run", str(description), "--url", server.url,
                "--header", f"X-Auth-Token: {server.token()}", "--max-time", _SECONDS, "--max-examples", "5",
                "--phases", "coverage,fuzzing", "--suppress-health-check", "all", "--no-color",
                *(() if "HULLSCAN_SCHEMATHESIS_S" in os.environ else ("--generation-deterministic",)),
                # What the schema allows may still name a policy that is not there, or a name that is taken; and
                # the gateway answers a method that is not there as it does an address (404, as SWR's).
                # A parameter without a value (``?limit=``) counts as none, which the schema cannot say.
                "--exclude-checks", "positive_data_acceptance,unsupported_method,negative_data_rejection",
                *(word for name in _KEEP for word in ("--exclude-operation-id", name)),
            ],
            cwd=tmp_path,
            env={**os.environ, "NO_PROXY": "127.0.0.1"},
            capture_output=True,
            text=True,
        )  # fmt: skip

    print("\n".join(done.stdout.splitlines()[-8:]))
    assert done.returncode == 0, done.stdout[:40000] + done.stderr[-1000:]


def _with_known_values(server: Server, digest: str) -> dict[str, object]:
    """Return the description with what is there in place of made-up names, so that requests get past the first look-up."""
    known = {
        "project_id": server.project,
        "instance_id": server.instance,
        "namespace_name": "team",
        "repository_name": "app",
        "reference": digest,
        "resource_type": "instances",
        "resource_id": server.instance,
        "sub_resource_type": "namespaces",
    }
    with server.client() as client:
        description: dict[str, object] = client.get("/openapi.json").json()
    paths = description["paths"]
    assert isinstance(paths, dict)
    for operations in paths.values():
        for operation in operations.values():
            for parameter in operation["parameters"]:
                if parameter["in"] == "path" and parameter["name"] in known:
                    parameter["schema"] = {"type": "string", "enum": [known[parameter["name"]]]}
    return description
