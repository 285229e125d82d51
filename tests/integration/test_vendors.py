"""Packages in an image that its distribution did not build, on both databases."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fuzz.small_binaries import rpm_header, sqlite

from builders import Entry, make_layer, osv_record, status, write_feed, write_layout
from hullscan.model.report import Report
from hullscan.reports import bills
from hullscan.reports.json import report_json
from hullscan.services.context import Context
from hullscan.services.progress import Silent
from hullscan.services.reports.report import SCANNER
from hullscan.services.scans.scan_target import index_target, scan_target
from hullscan.services.upkeep.refresh import refresh_feeds

_ALMA: dict[str, Entry] = {"etc/os-release": b'ID="almalinux"\nVERSION_ID="9.4"\nPRETTY_NAME="AlmaLinux 9.4"\n'}
_UPDATE = """<updates><update type="security"><id>FEDORA-EPEL-1</id><title>x</title><issued date="2026-11-01 00:00:00"/>
<severity>Important</severity><references><reference id="CVE-2099-0002" type="cve" href="https://example.org/x"/></references>
<pkglist><collection><package name="nginx" epoch="0" version="1.26" release="9.el9" arch="x86_64"/></collection></pkglist>
</update></updates>"""


def _record(number: int) -> dict[str, object]:
    return osv_record(
        f"ALSA-{number}", "nginx", "fixed=1.26-9.el9", ecosystem="AlmaLinux:9", upstream=[f"CVE-2099-000{number}"]
    )


def _report(context: Context, tmp_path: Path, *vendors: str) -> Report:
    """The report of an AlmaLinux with nginx 1.26-1.el9 of these vendors."""
    refresh_feeds(context, str(tmp_path / "feeds"))
    database = sqlite(*(rpm_header("nginx", "1.26", "1.el9", vendor=one) for one in vendors))
    entries = {**_ALMA, "var/lib/rpm/rpmdb.sqlite": database}
    write_layout(tmp_path / "image", [make_layer(entries)])
    return scan_target(context.settings, f"oci:{tmp_path / 'image'}", offline=True)


def _told(report: Report) -> tuple[str, list[str], list[str]]:
    return report.verdict.value, [one.id for one in report.findings], [one.code for one in report.problems]


@pytest.mark.parametrize(
    ("vendor", "expected"),
    [
        ("AlmaLinux", ("affected", ["CVE-2099-0001"], [])),
        ("Docker", ("undetermined", [], ["foreign-vendor"])),
        ("", ("affected", ["CVE-2099-0001"], ["no-vendor"])),
        ("Fedora Project", ("undetermined", [], ["no-feed"])),
    ],
)
def test_the_distribution_judges_its_own(
    context: Context, tmp_path: Path, vendor: str, expected: tuple[str, list[str], list[str]]
) -> None:
    """Another's build of the name is neither found by its advisories nor cleared of anything; nobody's is in doubt."""
    write_feed(tmp_path / "feeds", [_record(1)], "AlmaLinux")

    assert _told(_report(context, tmp_path, vendor)) == expected


def test_one_name_of_two_builders(context: Context, tmp_path: Path) -> None:
    """They are two packages, though all else of them is the same, and the report names both vendors."""
    write_feed(tmp_path / "feeds", [_record(1)], "AlmaLinux")
    report = _report(context, tmp_path, "Docker", "AlmaLinux")

    listed = json.loads(b"".join(report_json(report)))["packages"]
    assert sorted(one["vendor"] for one in listed) == ["AlmaLinux", "Docker"]
    assert _told(report) == ("affected", ["CVE-2099-0001"], ["foreign-vendor"])


def test_epel_judges_its_own(context: Context, tmp_path: Path) -> None:
    """Fedora's builds for Enterprise Linux have advisories of their own; AlmaLinux's of that name do not count."""
    write_feed(tmp_path / "feeds", [_record(1)], "AlmaLinux")
    path = tmp_path / "feeds" / "native/updateinfo/epel/9/updateinfo.xml"
    path.parent.mkdir(parents=True)
    path.write_text(_UPDATE)

    report = _report(context, tmp_path, "Fedora Project")

    assert [(one.id, one.fix_version) for one in report.findings] == [("CVE-2099-0002", "0:1.26-9.el9")]


@pytest.mark.parametrize(("vendor", "expected"), [("AlmaLinux", []), ("Docker", ["CVE-2099-0003"])])
def test_of_others_files_it_does_not_speak(context: Context, tmp_path: Path, vendor: str, expected: list[str]) -> None:
    """A flaw that it says is fixed in its own package may be open in what another built of that name."""
    place = "usr/lib/python3.9/site-packages/demo-1.0.dist-info/METADATA"
    own = osv_record("ALSA-3", "demo", "fixed=1.0-1.el9", ecosystem="AlmaLinux:9", upstream=["CVE-2099-0003"])
    pypi = osv_record("PYSEC-1", "demo", "fixed=2.0", ecosystem="PyPI", aliases=["CVE-2099-0003"])
    write_feed(tmp_path / "feeds", [own], "AlmaLinux")
    write_feed(tmp_path / "feeds", [pypi], "PyPI")
    refresh_feeds(context, str(tmp_path / "feeds"))
    files: dict[str, Entry] = {
        "var/lib/rpm/rpmdb.sqlite": sqlite(rpm_header("demo", "1.0", "1.el9", vendor=vendor, file=f"/{place}")),
        place: b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n",
    }
    write_layout(tmp_path / "image", [make_layer({**_ALMA, **files})])

    report = scan_target(context.settings, f"oci:{tmp_path / 'image'}", offline=True)

    assert [one.id for one in report.findings] == expected


@pytest.mark.parametrize("render", [bills.cyclonedx, bills.spdx])
def test_an_sbom_says_the_same(context: Context, tmp_path: Path, render: Callable[..., bytes]) -> None:
    """A scan of the image and of its own SBOM agree."""
    write_feed(tmp_path / "feeds", [_record(1)], "AlmaLinux")
    report = _report(context, tmp_path, "Docker", "AlmaLinux")
    found = index_target(context.settings, f"oci:{tmp_path / 'image'}", platform="", progress=Silent()).inventory
    bill = render(found, target="t", digest="", scanner=SCANNER, at=report.generated_at)
    (tmp_path / "bill.json").write_bytes(bill)

    again = scan_target(context.settings, f"sbom:{tmp_path / 'bill.json'}", offline=True)

    assert [one.id for one in again.findings] == ["CVE-2099-0001"]
    assert [one.code for one in again.problems] == ["foreign-vendor"]
    assert sorted(one.vendor for one in again.packages) == ["AlmaLinux", "Docker"]


def test_debs_of_another_distribution(context: Context, tmp_path: Path) -> None:
    """dpkg's status may say the distribution that a package is from."""
    write_feed(tmp_path / "feeds", [osv_record("CVE-2099-0005", "bash", "fixed=9")], "Debian")
    refresh_feeds(context, str(tmp_path / "feeds"))
    own, other = status("bash 5.2-1"), status("bash 5.2-1").replace(b"Version", b"Origin: Raspbian\nVersion")
    told = []
    for number, database in enumerate((own, other)):
        release = b'ID=debian\nVERSION_ID="12"\n'
        image = tmp_path / f"image{number}"
        write_layout(image, [make_layer({"etc/os-release": release, "var/lib/dpkg/status": database})])
        told.append(_told(scan_target(context.settings, f"oci:{image}", offline=True)))

    assert told == [("affected", ["CVE-2099-0005"], []), ("undetermined", [], ["foreign-vendor"])]
