"""
The official Terraform provider against a running server: applied, found unchanged, changed, destroyed.

It needs two programs that no package index of Python has: ``HULLSCAN_TERRAFORM`` names the folder that holds them.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from api.conftest import ACCESS, SECRET, Server, running_server
from builders import DEBIAN_12, make_layer, status

_EXAMPLE = Path(__file__).parents[2] / "examples" / "terraform"
_CHANGES = {
    'team = "red"': 'team = "blue"',
    "jsonencode(5)": "jsonencode(7)",
    'pattern    = "v*"': 'pattern    = "v2*"',
    '"where copies go"': '"where the copies go"',
    '"pushes are told"': '"all pushes are told"',
    'signature_key       = "release"': 'signature_key       = "release2"',
    'cron = "0 0 0 1 * ?"': 'cron = "0 0 0 2 * ?"',
    "enable = true": "enable = false",
}


@pytest.fixture
def programs() -> Path:
    """The folder with Terraform and the provider."""
    folder = os.environ.get("HULLSCAN_TERRAFORM", "")
    if not folder or not (Path(folder) / "terraform-provider-huaweicloud").exists():
        pytest.skip("HULLSCAN_TERRAFORM names no folder with terraform and terraform-provider-huaweicloud")
    return Path(folder)


def test_the_example_is_applied_changed_and_destroyed(programs: Path, tmp_path: Path) -> None:
    """A second plan finds nothing to do: what was asked for is what the server says it has."""
    with running_server(tmp_path, "team") as server:
        layer = make_layer({"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("zlib1g 1.2")})
        digest = server.push("team/apps/base", [layer])
        folder = _configuration(tmp_path, programs, server, digest)

        applied = _terraform(programs, folder, "apply", "-auto-approve")
        unchanged = _terraform(programs, folder, "plan")
        main = folder / "main.tf"
        for before, after in _CHANGES.items():
            assert before in main.read_text()
            main.write_text(main.read_text().replace(before, after))
        changed = _terraform(programs, folder, "apply", "-auto-approve")
        settled = _terraform(programs, folder, "plan")
        destroyed = _terraform(programs, folder, "destroy", "-auto-approve")

    assert "11 added, 0 changed, 0 destroyed" in applied
    assert "No changes. Your infrastructure matches the configuration." in unchanged
    assert "0 added, 8 changed, 0 destroyed" in changed
    assert "No changes. Your infrastructure matches the configuration." in settled
    assert "11 destroyed" in destroyed


def _configuration(tmp_path: Path, programs: Path, server: Server, digest: str) -> Path:
    folder = tmp_path / "terraform"
    shutil.copytree(_EXAMPLE, folder)
    (folder / "cli.tfrc").write_text(
        f'provider_installation {{\n  dev_overrides {{ "huaweicloud/huaweicloud" = "{programs}" }}\n  direct {{}}\n}}\n'
    )
    values = {
        "endpoint": server.url + "/",
        "project_id": server.project,
        "instance_id": server.instance,
        "access_key": ACCESS,
        "secret_key": SECRET,
        "artifact": {"namespace": "team", "repository": "apps%2Fbase", "digest": digest},
    }
    (folder / "terraform.tfvars.json").write_text(json.dumps(values))
    return folder


def _terraform(programs: Path, folder: Path, *words: str) -> str:
    environment = {
        **os.environ,
        "TF_CLI_CONFIG_FILE": str(folder / "cli.tfrc"),
        "CHECKPOINT_DISABLE": "1",
        "NO_PROXY": "127.0.0.1",
    }
    command = [str(programs / "terraform"), *words, "-no-color", "-input=false"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout
