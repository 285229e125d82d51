"""What is inside, as lists and as SBOMs that others read; and why the report says what it says."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from builders import DEBIAN_12, make_layer, osv_record, status, write_feed, write_layout
from hullscan.services.context import Context
from hullscan.services.scans.scan_target import scan_target
from hullscan.services.upkeep.refresh import refresh_feeds


@pytest.fixture
def run(tmp_path: Path) -> "Run":
    """The command, with a store and feeds of its own, and an image in ``image``."""
    layer = make_layer({"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("libssl3 3.0.1-1 openssl 3.0.1-1")})
    write_layout(tmp_path / "image", [layer])
    records = [
        osv_record("CVE-2099-0001", "openssl", "fixed=3.0.2-1"),
        osv_record("CVE-2099-0002", "openssl", "fixed=3.0.1-1"),
        osv_record("CVE-2099-0003", "curl", "fixed=8"),
    ]
    write_feed(tmp_path / "feeds", records)
    return Run(tmp_path)


class Run:
    """Runs ``hullscan`` and returns (exit code, stdout)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        plain = {key: value for key, value in os.environ.items() if not key.startswith("HULLSCAN_")}
        self._environment = {
            **plain,
            "HULLSCAN_DATA_DIR": str(folder / "data"),
            "HULLSCAN_FEEDS_URL": str(folder / "feeds"),
        }

    def __call__(self, *words: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "hullscan", *words],
            env=self._environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout


def test_an_inventory_needs_no_feeds(run: Run) -> None:
    """Packages with source, layer and path, as JSON and as a table."""
    code, text = run("inventory", "oci:image", "--output", "json")
    package = json.loads(text)["packages"][0]

    assert (code, package["name"], package["version"]) == (0, "libssl3", "3.0.1-1")
    assert (package["source"], package["path"], package["layer"][:7]) == ("openssl", "var/lib/dpkg/status", "sha256:")
    assert "libssl3" in run("inventory", "oci:image")[1]


def test_lock_files_of_an_image_count_when_asked(run: Run) -> None:
    """What they say would be installed; in the image itself it need not be."""
    lock = b'{"packages": {"node_modules/a": {"version": "1.0.0"}}}'
    write_layout(run.folder / "locked", [make_layer({"app/package-lock.json": lock})])

    names = [
        [one["purl"] for one in json.loads(run("inventory", "oci:locked", "--output", "json", *words)[1])["packages"]]
        for words in ([], ["--lock-files"], [])
    ]
    assert names == [[], ["pkg:npm/a@1.0.0"], []]


def test_sboms_are_valid_and_come_back_the_same(run: Run) -> None:
    """CycloneDX by its own schema; both give the same packages, sources and release when scanned as a target."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    _, cyclonedx = run("inventory", "oci:image", "--output", "cyclonedx")
    _, spdx = run("inventory", "oci:image", "--output", "spdx")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(cyclonedx) is None
    for name, text in (("a.cdx.json", cyclonedx), ("a.spdx.json", spdx)):
        (run.folder / name).write_text(text)
        _, listed = run("inventory", f"sbom:{name}", "--output", "json")
        assert [(one["purl"], one["source"], one["source_version"]) for one in json.loads(listed)["packages"]] == [
            ("pkg:deb/debian/libssl3@3.0.1-1?arch=amd64&distro=debian-12", "openssl", "3.0.1-1")
        ]
    _, again = run("inventory", "oci:image", "--output", "cyclonedx")
    assert json.loads(again)["serialNumber"] == json.loads(cyclonedx)["serialNumber"]


def test_why_and_why_not(run: Run) -> None:
    """The record, the range, the version and its key; the nearest record that does not match; what is not inside."""
    _, why = run("explain", "oci:image", "CVE-2099-0001")
    _, fixed = run("explain", "oci:image", "CVE-2099-0002")
    _, other = run("explain", "oci:image", "CVE-2099-0003")
    _, unknown = run("explain", "oci:image", "CVE-2099-9999")

    assert "libssl3 3.0.1-1" in why and "Debian:12 openssl" in why and "scheme dpkg, key" in why
    assert "not reported" in fixed and "fixed: 3.0.1-1 or later" in fixed
    assert "packages that are not inside: Debian:12 curl" in other
    assert "No feed at hand knows it." in unknown


def test_where_a_package_came_from(run: Run) -> None:
    """File, layer and detector; exit code 1 for what is not inside."""
    code, text = run("explain", "oci:image", "pkg:deb/debian/libssl3")

    assert code == 0 and "var/lib/dpkg/status" in text and "detector  dpkg" in text
    assert run("explain", "oci:image", "pkg:deb/debian/nothing")[0] == 1


def test_what_the_base_image_brought_is_marked(sqlite_context: Context, tmp_path: Path) -> None:
    """By the history in the config, in the inventory and in findings."""
    base = make_layer({"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("lib 1.0")})
    top = make_layer(
        {"usr/lib/python3/dist-packages/a-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: a\nVersion: 1.0\n"}
    )
    write_layout(tmp_path / "image", [base, top], history=[{}, {"created_by": 'CMD ["bash"]', "empty_layer": True}, {}])
    write_feed(tmp_path / "feeds", [osv_record("CVE-2099-1", "lib", "fixed=2")], "Debian")
    write_feed(tmp_path / "feeds", [osv_record("CVE-2099-2", "a", "fixed=2", ecosystem="PyPI")], "PyPI")
    refresh_feeds(sqlite_context, str(tmp_path / "feeds"))

    report = scan_target(sqlite_context.settings, f"oci:{tmp_path / 'image'}", offline=True)

    assert [(one.id, one.in_base) for one in report.findings] == [("CVE-2099-1", True), ("CVE-2099-2", False)]


def test_an_inferred_release_is_said(sqlite_context: Context, tmp_path: Path) -> None:
    """An SBOM whose packages name no release is judged by its operating system, and the report says so without a doubt."""
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "components": [
            {"type": "operating-system", "name": "debian", "version": "12"},
            {"type": "library", "name": "lib", "version": "3", "purl": "pkg:deb/debian/lib@3"},
        ],
    }
    (tmp_path / "bill.json").write_text(json.dumps(bill))
    write_feed(tmp_path / "feeds", [osv_record("CVE-2099-1", "lib", "fixed=2")], "Debian")
    refresh_feeds(sqlite_context, str(tmp_path / "feeds"))

    report = scan_target(sqlite_context.settings, f"sbom:{tmp_path / 'bill.json'}", offline=True)

    assert (report.verdict.value, [problem.code for problem in report.problems]) == ("clean", ["release-inferred"])
