"""The seed's operation by the official SDK for Go: what it decodes is what the Python SDK's wire has."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from api.conftest import ACCESS, SECRET, Server
from builders import make_layer, osv_record, status, write_feed
from hullscan.services.upkeep.refresh import refresh_feeds

_PROGRAM = Path(__file__).parents[2] / "examples" / "go_report"
_PATH = os.environ["PATH"] + ":/usr/local/go/bin"
_RECORD = osv_record(
    "CVE-2024-7001",
    "go-sdk",
    ecosystem="Debian:12",
    details="Said once.",
    severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}],
    database_specific={"severity": "HIGH", "cwe_ids": ["CWE-79"]},
    references=[{"type": "ADVISORY", "url": "https://example.org/DSA-1"}],
)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, built as its head says."""
    if shutil.which("go", path=_PATH) is None:
        pytest.skip("there is no Go to build the example with")
    binary = tmp_path_factory.mktemp("go") / "go_report"
    environment = {**os.environ, "PATH": _PATH, "GOFLAGS": "-mod=readonly"}
    fetched = subprocess.run(["go", "mod", "download"], cwd=_PROGRAM, env=environment, capture_output=True, text=True)
    if fetched.returncode != 0:
        pytest.skip(f"the SDK for Go could not be fetched: {fetched.stderr.strip()[-200:]}")
    subprocess.run(["go", "build", "-o", str(binary), "."], cwd=_PROGRAM, env=environment, check=True)
    return binary


def _run(program: Path, server: Server, digest: str, *, secret: str = SECRET) -> "subprocess.CompletedProcess[str]":
    words = [server.url, server.project, server.instance, "team", "go/app", digest]
    keys = {"HUAWEICLOUD_SDK_AK": ACCESS, "HUAWEICLOUD_SDK_SK": secret, "NO_PROXY": "127.0.0.1"}
    return subprocess.run([str(program), *words], env={**os.environ, **keys}, capture_output=True, text=True)


def test_the_report_by_the_sdk_for_go(program: Path, server: Server, tmp_path: Path) -> None:
    """A repository with a slash in its name, signed by the SDK; each field arrives."""
    write_feed(tmp_path, [_RECORD])
    refresh_feeds(server.context, str(tmp_path))
    files = {
        "etc/os-release": b'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
        "var/lib/dpkg/status": status("go-sdk 1.0"),
    }
    digest = server.push("team/go/app", [make_layer(files)])
    path = f"{server.base}/namespaces/team/repositories/go%252Fapp/artifacts/{digest}/vulnerabilities"
    with server.client(**{"X-Auth-Token": server.token()}) as client:
        sent = client.get(path).json()

    done = _run(program, server, digest)

    assert done.returncode == 0, done.stderr
    decoded = json.loads(done.stdout)
    ((kind, report),) = sent.items()
    assert list(decoded) == [kind]
    assert (decoded[kind]["severity"], decoded[kind]["generated_at"]) == ("High", report["generated_at"])
    ((item,), (wire,)) = decoded[kind]["vulnerabilities"], report["vulnerabilities"]
    scores, wire_scores = item.pop("preferred_cvss"), wire.pop("preferred_cvss")
    assert item == wire
    assert item["id"] == "CVE-2024-7001"
    assert scores["vector_v3"] == wire_scores["vector_v3"] != ""
    # The SDK for Go holds scores as 32-bit floats.
    assert scores["score_v3"] == pytest.approx(wire_scores["score_v3"], abs=1e-6)


def test_the_sdk_for_go_tells_what_was_refused(program: Path, server: Server) -> None:
    """It reads the code and the message out of an error; a wrong secret is told as such."""
    unknown = _run(program, server, "sha256:" + "0" * 64)
    wrong = _run(program, server, "sha256:" + "0" * 64, secret="nobody's")

    assert unknown.returncode == wrong.returncode == 1
    assert "SVCSTG.SWR.404" in unknown.stderr and '"status_code":404' in unknown.stderr.replace(" ", "")
    assert "APIGW.0301" in wrong.stderr
