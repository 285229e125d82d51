"""
The OCI distribution conformance suite and the usual clients, as ``../shared/tools`` drives them, against a server of their own.

Both build what they drive with Go; where there is no Go, or no way to fetch it all, they are skipped with the reason said.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from api.conftest import PASSWORD, running_server
from builders import make_layer, status, write_layout
from shared_data import shared_path

_COULD_NOT_RUN = 2
"""What both scripts exit with where they could not be run at all."""


def _run(script: Path, *words: str, **settings: str) -> list[str]:
    """Return what a script printed; skip where it says that it could not be run."""
    if shutil.which("go", path=os.environ["PATH"] + ":/usr/local/go/bin") is None:
        pytest.skip("there is no Go to build the suite with")
    done = subprocess.run(
        ["bash", str(script), *words], env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    if done.returncode == _COULD_NOT_RUN:
        pytest.skip(f"{script.name} could not be run: {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout.splitlines()


@pytest.mark.parametrize("sparse", ["false", "true"])
def test_conformance(tmp_path: Path, sparse: str) -> None:
    """Nothing fails and nothing is skipped: on default settings, and with manifests whose blobs are elsewhere."""
    script = shared_path("tools/oci-conformance.sh")
    with running_server(tmp_path, "conformance", HULLSCAN_SPARSE_MANIFESTS=sparse) as server:
        words = ("--out", str(tmp_path / "out"), server.url, "admin", PASSWORD, "conformance/suite")
        said = _run(script, *words, OCI_DATA_SPARSE=sparse)

    print(said[-1])
    assert said[-1].endswith("passed, 0 failed, 0 skipped"), said
    assert int(said[-1].split()[0]) > 900


def test_clients(tmp_path: Path) -> None:
    """skopeo, crane, oras and curl push, pull, list, attach and delete."""
    script = shared_path("tools/registry-clients.sh")
    files = {"etc/os-release": b"ID=debian\nVERSION_ID=12\n", "var/lib/dpkg/status": status("dpkg 1.21.22")}
    write_layout(tmp_path / "image", [make_layer(files), make_layer({"data": os.urandom(200_000)})])
    with running_server(tmp_path, "clients") as server:
        said = _run(script, server.url, "admin", PASSWORD, str(tmp_path / "image"), "clients")

    print(said[-1])
    assert said[-1].endswith("passed, 0 failed"), [line for line in said if not line.startswith("ok ")]
    assert int(said[-1].split()[0]) > 30
