"""What ``hullscan scan`` prints, and its exit codes, as scripts see them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from builders import DEBIAN_12, make_layer, osv_record, status, write_feed, write_layout

_SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "scan-output.schema.json").read_text())


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """An image with one flaw of high severity, and feeds that know it."""
    record = osv_record(
        "CVE-2099-0001", "openssl", "fixed=3.0.11-1", database_specific={"severity": "HIGH"}, details="words"
    )
    write_feed(tmp_path / "feeds", [record])
    layer = make_layer({"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("libssl3 3.0.9-1 openssl")})
    write_layout(tmp_path / "image", [layer])
    _run(tmp_path, "feeds", "refresh", "--from", str(tmp_path / "feeds"))
    return tmp_path / "image"


def _run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "HULLSCAN_DATA_DIR": str(folder / "data"), "HULLSCAN_DATABASE_URL": ""}
    command = [sys.executable, "-m", "hullscan", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_json_is_one_object_of_the_schema(image: Path, tmp_path: Path) -> None:
    """docs/scan-output.schema.json describes what is printed; stdout holds nothing else."""
    done = _run(tmp_path, "scan", f"oci:{image}", "--output", "json")

    jsonschema.validate(json.loads(done.stdout), _SCHEMA)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [((), 0), (("--fail-on", "high"), 1), (("--fail-on", "critical"), 0), (("--platform", "linux/s390x"), 2)],
)
def test_exit_codes(image: Path, tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    """0 by policy, 1 breached, 2 could not be done."""
    assert _run(tmp_path, "scan", f"oci:{image}", *arguments).returncode == code


def test_exit_code_of_doubt(image: Path, tmp_path: Path) -> None:
    """3: done, but something could not be judged."""
    assert _run(tmp_path / "other", "scan", f"oci:{image}", "--offline").returncode == 3


def test_a_table_for_people(image: Path, tmp_path: Path) -> None:
    """Finding, verdict and feeds are there to read."""
    printed = _run(tmp_path, "scan", f"oci:{image}").stdout

    assert "CVE-2099-0001" in printed and "verdict: affected" in printed and "osv-debian" in printed


def test_an_error_says_what_to_do(tmp_path: Path) -> None:
    """One line on stderr, no traceback."""
    done = _run(tmp_path, "scan", "oci:/there/is/nothing")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("hullscan: /there/is/nothing is not a folder")


@pytest.mark.parametrize(("first", "second", "sign"), [("1.0~rc1", "1.0", "<"), ("1", "1", "="), ("_", "1", "invalid")])
def test_compare(tmp_path: Path, first: str, second: str, sign: str) -> None:
    """Two versions and how they stand."""
    assert _run(tmp_path, "compare", "dpkg", first, second).stdout.strip() == sign
