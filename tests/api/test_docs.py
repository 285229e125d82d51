"""The examples of docs/api.md do what they say."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from api.conftest import ACCESS, PASSWORD, SECRET, Server
from builders import DEBIAN_12, make_layer, status

_TEXT = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
_BASH = re.findall(r"```bash\n(.*?)```", _TEXT, re.DOTALL)
_PYTHON = re.findall(r"```python\n(.*?)```", _TEXT, re.DOTALL)
_MEDIA_TYPE = "application/vnd.security.vulnerability.report; version=1.1"


@pytest.fixture
def environment(server: Server, home: Path) -> dict[str, str]:
    """What the examples ask for, and an image to ask about."""
    layer = make_layer({"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("bash 5-1")})
    return {
        **server.environment,
        "HOME": str(home),
        "NO_PROXY": "127.0.0.1",
        "ENDPOINT": server.url,
        "PROJECT": server.project,
        "INSTANCE": server.instance,
        "DIGEST": server.push("team/docs/app", [layer]),
        "PASSWORD": PASSWORD,
        "ACCESS_KEY": ACCESS,
        "SECRET_KEY": SECRET,
    }


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
def test_the_report_by_curl(environment: dict[str, str]) -> None:
    """The first block prints the report."""
    done = subprocess.run(["bash", "-euc", _BASH[0]], env=environment, capture_output=True, text=True, check=True)

    assert list(json.loads(done.stdout)) == [_MEDIA_TYPE]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
def test_a_scan_by_curl(environment: dict[str, str]) -> None:
    """The second asks for a scan and shows how it stands."""
    done = subprocess.run(["bash", "-euc", _BASH[1]], env=environment, capture_output=True, text=True, check=True)

    assert json.loads(done.stdout)["scan_overview"][_MEDIA_TYPE]["scan_status"] == "Success"


@pytest.mark.parametrize("block", _PYTHON)
def test_python(environment: dict[str, str], block: str) -> None:
    """The SDK's example prints the media type and the severity."""
    done = subprocess.run([sys.executable, "-c", block], env=environment, capture_output=True, text=True, check=True)

    assert done.stdout.startswith(_MEDIA_TYPE)
