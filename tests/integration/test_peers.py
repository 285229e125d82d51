"""
Where Trivy and Grype disagree on equal data: the right answer in each class (docs/peers.md; ../shared/spec/disagreements.md).

Each class by records shaped as the real ones and the package they are about.
"""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from builders import DEBIAN_12, make_layer, osv_record, status, write_feed, write_layout
from hullscan.services.context import Context
from hullscan.services.scans.scan_target import scan_target
from hullscan.services.upkeep.refresh import refresh_feeds


def _ranges(*pairs: str) -> dict[str, Any]:
    """``introduced..fixed`` ranges, each of its own."""
    ranges = []
    for pair in pairs:
        low, _, high = pair.partition("..")
        events = [{"introduced": low}, *([{"fixed": high}] if high else [])]
        ranges.append({"type": "ECOSYSTEM", "events": events})
    return {"ranges": ranges}


def _record(name: str, ecosystem: str, package: str, affected: dict[str, Any], **fields: Any) -> dict[str, Any]:
    record = osv_record(name, package, ecosystem=ecosystem, **fields)
    record["affected"] = [{"package": {"ecosystem": ecosystem, "name": package}, **affected}]
    return record


_CASES: list[tuple[str, list[dict[str, Any]], str, list[tuple[str, str]]]] = [
    (
        "6 equal to the fix of another range",
        [_record("DSA-CONTRIB-1", "Packagist", "drupal/drupal", _ranges("8.0.0..8.1.0", "8.1.0..8.2.0"))],
        "pkg:composer/drupal/drupal@8.1.0",
        [("DSA-CONTRIB-1", "8.2.0")],
    ),
    (
        "7 one unreadable version does not spoil the record",
        [_record("PYSEC-1", "PyPI", "paramiko", {**_ranges("0..2.9.3"), "versions": ["0.1-bulbasaur", "2.4.0"]})],
        "pkg:pypi/paramiko@2.4.0",
        [("PYSEC-1", "2.9.3")],
    ),
    (
        "8 a bound spelled 3.0.0-beta0",
        [_record("PYSEC-2", "PyPI", "paddlepaddle", _ranges("0..3.0.0-beta0"))],
        "pkg:pypi/paddlepaddle@2.6.0",
        [("PYSEC-2", "3.0.0-beta0")],
    ),
    (
        "9 two records of one flaw: the union",
        [
            _record("GHSA-aaaa-1", "PyPI", "moin", _ranges("1.5..1.9"), aliases=["CVE-2010-0668"]),
            _record("PYSEC-3", "PyPI", "moin", _ranges("1.8..1.9"), aliases=["CVE-2010-0668"]),
        ],
        "pkg:pypi/moin@1.7",
        [("CVE-2010-0668", "1.9")],
    ),
    (
        "9 two records of one flaw: one without an end yields",
        [
            _record("GHSA-aaaa-2", "Go", "example.org/m", _ranges("0..3.10.3"), aliases=["CVE-2017-18901"]),
            _record("GO-2017-1", "Go", "example.org/m", _ranges("0.."), aliases=["CVE-2017-18901"]),
        ],
        "pkg:golang/example.org/m@v9.11.0%2Bincompatible",
        [],
    ),
    (
        "10 NuGet's fourth part: 1.2.0 is 1.2.0.0",
        [_record("GHSA-nuget-1", "NuGet", "Microsoft.ChakraCore", _ranges("0..1.2.0.0"))],
        "pkg:nuget/Microsoft.ChakraCore@1.2.0",
        [],
    ),
    (
        "10 NuGet's fourth part with a pre-release",
        [_record("GHSA-nuget-1", "NuGet", "Microsoft.ChakraCore", _ranges("0..1.2.0.0"))],
        "pkg:nuget/Microsoft.ChakraCore@1.2.0.0-preview.1",
        [("GHSA-nuget-1", "1.2.0.0")],
    ),
    (
        "10 NuGet's leading zeros",
        [_record("GHSA-nuget-2", "NuGet", "DotNetNuke.Core", _ranges("0..03.02.01"))],
        "pkg:nuget/dotnetnuke.core@03.02.01-preview.1",
        [("GHSA-nuget-2", "03.02.01")],
    ),
    (
        "11 a gem's platform is no pre-release",
        [_record("GHSA-gem-1", "RubyGems", "nokogiri", _ranges("0..1.19.4"))],
        "pkg:gem/nokogiri@1.19.4-java",
        [],
    ),
    (
        "11 a gem's platform at the start of a range",
        [_record("GHSA-gem-2", "RubyGems", "activerecord", _ranges("3.1.0..3.1.10"))],
        "pkg:gem/activerecord@3.1.0-java",
        [("GHSA-gem-2", "3.1.10")],
    ),
    *(
        (
            f"12 Composer's patch release: {version}",
            [_record("GHSA-php-1", "Packagist", "magento/community-edition", _ranges("0..2.3.2-p2"))],
            f"pkg:composer/magento/community-edition@{version}",
            found,
        )
        for version, found in (
            ("2.3.2", [("GHSA-php-1", "2.3.2-p2")]),
            ("2.3.2.0", [("GHSA-php-1", "2.3.2-p2")]),
            ("2.3.2-p1", [("GHSA-php-1", "2.3.2-p2")]),
            ("2.3.2-p2", []),
        )
    ),
    (
        "12 Composer's four parts with a pre-release",
        [_record("GHSA-php-2", "Packagist", "magento/magento1ce", _ranges("0..1.9.3.2"))],
        "pkg:composer/magento/magento1ce@1.9.3.2-RC1",
        [("GHSA-php-2", "1.9.3.2")],
    ),
    (
        "13 Go's names have case",
        [_record("GO-2099-1", "Go", "github.com/Consensys/gnark-crypto", _ranges("0..0.9.0"))],
        "pkg:golang/github.com/consensys/gnark-crypto@v0.8.0",
        [],
    ),
    (
        "13 NuGet's names have none",
        [_record("GHSA-nuget-3", "NuGet", "Newtonsoft.Json", _ranges("0..13.0.1"))],
        "pkg:nuget/newtonsoft.json@12.0.3",
        [("GHSA-nuget-3", "13.0.1")],
    ),
    (
        "14 the fix of the branch that holds the version",
        [
            _record(
                "GHSA-mvn-1",
                "Maven",
                "com.fasterxml.jackson.core:jackson-databind",
                _ranges("2.6.0..2.6.7.4", "2.9.0..2.9.10.7", "2.10.0..2.10.5.1"),
            )
        ],
        "pkg:maven/com.fasterxml.jackson.core/jackson-databind@2.10.0",
        [("GHSA-mvn-1", "2.10.5.1")],
    ),
]


@pytest.mark.parametrize(("name", "records", "purl", "expected"), _CASES, ids=[case[0] for case in _CASES])
def test_matching(
    sqlite_context: Context,
    tmp_path: Path,
    name: str,
    records: list[dict[str, Any]],
    purl: str,
    expected: list[tuple[str, str]],
) -> None:
    """The finding and the fix that the publisher's own rule gives."""
    ecosystem = records[0]["affected"][0]["package"]["ecosystem"]
    write_feed(tmp_path / "feeds", records, ecosystem)
    refresh_feeds(sqlite_context, str(tmp_path / "feeds"))
    (tmp_path / "packages").write_text(purl + "\n")

    report = scan_target(sqlite_context.settings, f"purl:{tmp_path / 'packages'}", offline=True)

    assert [(one.id, one.fix_version) for one in report.findings] == expected, name


def test_15_no_data_for_the_distribution_is_said(sqlite_context: Context, tmp_path: Path) -> None:
    """Neither a failed scan nor a clean one."""
    (tmp_path / "packages").write_text("pkg:rpm/rhel/bash@4.4-1.el8?distro=rhel-8.4\n")

    report = scan_target(sqlite_context.settings, f"purl:{tmp_path / 'packages'}", offline=True)

    assert (report.verdict.value, [problem.code for problem in report.problems]) == ("undetermined", ["no-feed"])


def test_1_the_distribution_judges_what_it_owns(sqlite_context: Context, tmp_path: Path) -> None:
    """Its word on a flaw of the owner's source stands; of what it says nothing stays, with the owner named."""
    pypi = [
        _record(f"PYSEC-{number}", "PyPI", "urllib3", _ranges("0..1.26.20"), aliases=[f"CVE-2099-{number}"])
        for number in (1001, 1002, 1003)
    ]
    debian = [
        _record("DSA-1-1", "Debian:12", "python-urllib3", _ranges("0..1.26.12-1+deb12u2"), upstream=["CVE-2099-1001"]),
        _record("DSA-2-1", "Debian:12", "python-urllib3", _ranges("0..1.26.12-1+deb12u9"), upstream=["CVE-2099-1002"]),
    ]
    write_feed(tmp_path / "feeds", pypi, "PyPI")
    write_feed(tmp_path / "feeds", debian, "Debian")
    refresh_feeds(sqlite_context, str(tmp_path / "feeds"))
    place = "usr/lib/python3/dist-packages/urllib3-1.26.12.dist-info/METADATA"
    files = {
        "etc/os-release": DEBIAN_12,
        "var/lib/dpkg/status": status("python3-urllib3 1.26.12-1+deb12u4 python-urllib3"),
        "var/lib/dpkg/info/python3-urllib3.list": f"/.\n/{place}\n".encode(),
        place: b"Metadata-Version: 2.1\nName: urllib3\nVersion: 1.26.12\n",
    }
    write_layout(tmp_path / "image", [make_layer(files)])

    findings = scan_target(sqlite_context.settings, f"oci:{tmp_path / 'image'}", offline=True).findings

    assert sorted((one.id, one.package, one.owner) for one in findings if one.suppressed is None) == [
        ("CVE-2099-1002", "python3-urllib3", ""),
        ("CVE-2099-1003", "urllib3", "python-urllib3 1.26.12-1+deb12u4"),
    ]


def test_2_a_jar_with_a_manifest_only_has_its_group(sqlite_context: Context, tmp_path: Path) -> None:
    """Maven's coordinates without ``pom.properties``."""
    record = _record("GHSA-derby", "Maven", "org.apache.derby:derby", _ranges("0..10.14.2.0"))
    write_feed(tmp_path / "feeds", [record], "Maven")
    refresh_feeds(sqlite_context, str(tmp_path / "feeds"))
    jar = io.BytesIO()
    with zipfile.ZipFile(jar, "w") as archive:
        archive.writestr(
            "META-INF/MANIFEST.MF",
            "Manifest-Version: 1.0\nBundle-SymbolicName: org.apache.derby\nImplementation-Title: derby\n"
            "Implementation-Version: 10.12.1.1\nImplementation-Vendor-Id: org.apache.derby\n",
        )
    write_layout(tmp_path / "image", [make_layer({"opt/lib/derby-10.12.1.1.jar": jar.getvalue()})])

    findings = scan_target(sqlite_context.settings, f"oci:{tmp_path / 'image'}", offline=True).findings

    assert [(one.id, one.fix_version) for one in findings] == [("GHSA-derby", "10.14.2.0")]
