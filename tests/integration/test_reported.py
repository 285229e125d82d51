"""
What users reported against other scanners: wrong and missing findings, each kind by small records and the right answer.

The answer is the publisher's own rule; the report stands beside each.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from builders import (
    DEBIAN_12,
    digest_of,
    make_image,
    make_index,
    make_layer,
    osv_record,
    status,
    write_feed,
    write_layout,
)
from hullscan.model.advisory import Severity
from hullscan.model.report import Verdict
from hullscan.services.context import Context
from hullscan.services.scans.scan_target import scan_target
from hullscan.services.upkeep.refresh import refresh_feeds


class _Case(NamedTuple):
    """Records by ecosystem's file, the packages, and what is found: flaw, package, fix."""

    name: str
    records: Sequence[tuple[str, dict[str, Any]]]
    purls: Sequence[str]
    found: Sequence[tuple[str, str, str]]


def _suse(ecosystem: str) -> dict[str, Any]:
    record = osv_record("SUSE-SU-2099:1-1", "openssl-3", "fixed=3.1.4-150600.5.7.1", ecosystem=ecosystem)
    binaries = {"libopenssl3": "3.1.4-150600.5.7.1", "openssl-3": "3.1.4-150600.5.7.1"}
    record["affected"][0]["ecosystem_specific"] = {"binaries": [binaries]}
    return record | {"related": ["CVE-2099-1000"]}


def _titled(name: str, ecosystem: str, package: str, fixed: str, title: str) -> dict[str, Any]:
    return osv_record(name, package, f"fixed={fixed}", ecosystem=ecosystem, summary=title, upstream=["CVE-2099-1000"])


def _last_known(name: str, package: str, said: str) -> dict[str, Any]:
    record = osv_record(name, package, ecosystem="PyPI")
    record["affected"][0] |= {
        "versions": ["0.7.2", "0.7.3", "0.9.2"],
        "database_specific": {"last_known_affected_version_range": said},
    }
    return record


_CASES = [
    _Case(
        "Rocky's module streams are told apart (aquasecurity/trivy#771)",
        [
            (
                "Rocky Linux",
                _titled(
                    "RLSA-2099:1",
                    "Rocky Linux:9",
                    "ruby",
                    "0:3.3.1-2.module+el9.4.0+20787+4c237fd3",
                    "Moderate: ruby:3.3 security update",
                ),
            )
        ],
        [
            "pkg:rpm/rocky/ruby@3.3.0-1.module%2Bel9.4.0%2B1%2Ba?distro=rocky-9.4&rpmmod=ruby:3.3:9040020240515:489197e6",
            "pkg:rpm/rocky/ruby@3.1.2-1.module%2Bel9.1.0%2B1%2Ba?distro=rocky-9.4&rpmmod=ruby:3.1:9010020221027:b6ec0c5b",
            "pkg:rpm/rocky/ruby@3.0.4-160.el9_0?distro=rocky-9.4",
        ],
        [("CVE-2099-1000", "ruby", "0:3.3.1-2.module+el9.4.0+20787+4c237fd3")],
    ),
    _Case(
        "AlmaLinux writes name:version over builds that are in no module",
        [
            (
                "AlmaLinux",
                _titled("ALSA-2099:1", "AlmaLinux:9", "pam", "1.5.1-22.el9_5", "Important: pam:1.5.1 security update"),
            )
        ],
        ["pkg:rpm/almalinux/pam@1.5.1-20.el9?distro=almalinux-9.4"],
        [("CVE-2099-1000", "pam", "1.5.1-22.el9_5")],
    ),
    *(
        _Case(
            f"an update of two streams, or one that begins with its own id: {stream}",
            [
                (
                    "AlmaLinux",
                    _titled(
                        "ALSA-2099:2",
                        "AlmaLinux:8",
                        "jss",
                        "4.6.2-4.module_el8.5.0+2577+9e95fe00",
                        "ALSA-2099:2: pki-core:10.6 and pki-deps:10.6 security update (Moderate)",
                    ),
                )
            ],
            [f"pkg:rpm/almalinux/jss@4.6.1-1.module_el8.4.0%2B1%2Ba?distro=almalinux-8.5&rpmmod={stream}:1:a"],
            [("CVE-2099-1000", "jss", "4.6.2-4.module_el8.5.0+2577+9e95fe00")],
        )
        for stream in ("pki-core:10.6", "pki-deps:10.6")
    ),
    _Case(
        "RHEL 10's updates name the minor release in their CPE (Red Hat: 'Identifying Red Hat components using CPEs')",
        [
            (
                "Red Hat",
                _titled("RHSA-2099:1", "Red Hat:enterprise_linux:10.0", "bash", "0:5.2.26-7.el10_0", "bash update"),
            )
        ],
        ["pkg:rpm/redhat/bash@5.2.26-6.el10?distro=redhat-10.0"],
        [("CVE-2099-1000", "bash", "0:5.2.26-7.el10_0")],
    ),
    *(
        _Case(
            f"SUSE's records name sources, with the binaries beside them: {distro}",
            [(ecosystem.partition(":")[0], _suse(ecosystem))],
            [
                f"pkg:rpm/{distro.partition('-1')[0]}/libopenssl3@3.1.4-150600.3.1?distro={distro}",
                f"pkg:rpm/{distro.partition('-1')[0]}/openssl-3@3.1.4-150600.5.7.1?distro={distro}",
            ],
            [("CVE-2099-1000", "libopenssl3", "3.1.4-150600.5.7.1")],
        )
        for distro, ecosystem in (
            ("opensuse-leap-15.6", "openSUSE:Leap 15.6"),
            ("sles-15.6", "SUSE:Linux Enterprise Module for Basesystem 15 SP6"),
        )
    ),
    *(
        _Case(
            f"a signed kernel is the kernel that was signed: {source} (wazuh/wazuh#36983, future-architect/vuls#1591)",
            [(base, osv_record("CVE-2099-1001", name, f"fixed={fixed}", ecosystem=ecosystem))],
            [f"pkg:deb/{package}@{version}?distro={distro}&upstream={source}"],
            [("CVE-2099-1001", package.rpartition("/")[2], fixed)],
        )
        for base, ecosystem, name, fixed, package, version, distro, source in (
            (
                "Debian",
                "Debian:12",
                "linux",
                "6.1.123-1",
                "debian/linux-image-6.1.0-21-amd64",
                "6.1.90-1",
                "debian-12",
                "linux-signed-amd64@6.1.90%2B1",
            ),
            (
                "Debian",
                "Debian:11",
                "linux-6.1",
                "6.1.128-1~deb11u1",
                "debian/linux-image-6.1-arm64",
                "6.1.112-1~deb11u1",
                "debian-11",
                "linux-signed-6.1-arm64@6.1.112%2B1~deb11u1",
            ),
            (
                "Ubuntu",
                "Ubuntu:22.04:LTS",
                "linux-aws",
                "5.15.0-1028.32",
                "ubuntu/linux-image-5.15.0-1026-aws",
                "5.15.0-1026.30",
                "ubuntu-22.04",
                "linux-signed-aws",
            ),
        )
    ),
    _Case(
        "Ubuntu's certified builds are judged by their own channels (greenbone/notus-scanner#552)",
        [
            (
                "Ubuntu",
                osv_record("UBUNTU-CVE-2099-1", "openssl", "fixed=1.1.1f-1ubuntu2.15", ecosystem="Ubuntu:20.04:LTS")
                | {"upstream": ["CVE-2099-1002"]},
            ),
            (
                "Ubuntu",
                osv_record("UBUNTU-CVE-2099-2", "openssl", ecosystem="Ubuntu:Pro:FIPS:20.04:LTS")
                | {"upstream": ["CVE-2099-1003"]},
            ),
            (
                "Ubuntu",
                osv_record(
                    "UBUNTU-CVE-2099-3",
                    "openssl",
                    "fixed=1.1.1f-1ubuntu2.fips.19",
                    ecosystem="Ubuntu:Pro:FIPS-updates:20.04:LTS",
                )
                | {"upstream": ["CVE-2099-1003"]},
            ),
        ],
        [
            "pkg:deb/ubuntu/libssl1.1@1.1.1f-1ubuntu2.15?distro=ubuntu-20.04&upstream=openssl",
            "pkg:deb/ubuntu/openssl@1.1.1f-1ubuntu2.fips.18?distro=ubuntu-20.04",
            "pkg:deb/ubuntu/openssl@1.1.1f-1ubuntu2.fips.19?distro=ubuntu-20.04",
        ],
        [("CVE-2099-1003", "openssl", "1.1.1f-1ubuntu2.fips.19")],
    ),
    _Case(
        "a local build of a PyPI release is that release (anchore/grype#3146)",
        [
            ("PyPI", osv_record("PYSEC-1", "torch", "last_affected=2.0.1", ecosystem="PyPI")),
            ("PyPI", osv_record("PYSEC-2", "torch", "fixed=2.0.1", ecosystem="PyPI")),
        ],
        ["pkg:pypi/torch@2.0.1%2Bcu118"],
        [("PYSEC-1", "torch", "")],
    ),
    _Case(
        "a GitHub Action that is pinned by a commit has no version to compare (anchore/grype#3259)",
        [
            (
                "GitHub Actions",
                osv_record("GHSA-mrrh-1", "tj-actions/changed-files", "fixed=46.0.1", ecosystem="GitHub Actions"),
            )
        ],
        [
            "pkg:githubactions/tj-actions/changed-files@0021407031f5be11a464abee9a0776171c7989e1",
            "pkg:githubactions/tj-actions/changed-files@v45",
        ],
        [("GHSA-mrrh-1", "tj-actions/changed-files", "46.0.1")],
    ),
    *(
        _Case(
            f"an end that is no fix stands beside GitHub's range: {said} (aquasecurity/trivy-db#391)",
            [("PyPI", _last_known("GHSA-85q9-1", "inventree", said))],
            ["pkg:pypi/inventree@0.7.3"],
            found,
        )
        for said, found in (
            ("< 0.7.3", []),
            ("< 0.7.4", [("GHSA-85q9-1", "inventree", "")]),
            ("<= 0.7.3", [("GHSA-85q9-1", "inventree", "")]),
            ("<= 0.7.2", []),
            ("nonsense", [("GHSA-85q9-1", "inventree", "")]),
        )
    ),
    _Case(
        "Julia's builds have an order",
        [("Julia", osv_record("JLSEC-1", "OpenSSL_jll", "fixed=3.0.15+2", ecosystem="Julia"))],
        ["pkg:julia/OpenSSL_jll@3.0.15%2B1", "pkg:julia/OpenSSL_jll@3.0.15%2B2", "pkg:julia/OpenSSL_jll@3.0.15%2B10"],
        [("JLSEC-1", "OpenSSL_jll", "3.0.15+2")],
    ),
]


@pytest.mark.parametrize("case", _CASES, ids=[case.name for case in _CASES])
def test_reported(sqlite_context: Context, tmp_path: Path, case: _Case) -> None:
    """What the publisher's rule says of the packages is found, and nothing else."""
    files: dict[str, list[dict[str, Any] | str]] = {}
    for ecosystem, record in case.records:
        files.setdefault(ecosystem, []).append(record)
    for ecosystem, records in files.items():
        write_feed(tmp_path / "feeds", records, ecosystem)
    refresh_feeds(sqlite_context, str(tmp_path / "feeds"))
    (tmp_path / "packages").write_text("\n".join(case.purls) + "\n")

    report = scan_target(sqlite_context.settings, f"purl:{tmp_path / 'packages'}", offline=True)

    assert [(one.id, one.package, one.fix_version) for one in report.findings] == list(case.found)


def test_a_rejected_cve_does_not_count(sqlite_context: Context, tmp_path: Path) -> None:
    """It stays in the report with the reason, and no policy sees it (aquasecurity/trivy#1012 and trivy-db#53)."""
    record = osv_record("DEBIAN-CVE-2099-1004", "zlib", upstream=["CVE-2099-1004"])
    write_feed(tmp_path / "feeds", [record])
    told = tmp_path / "feeds" / "native" / "cve" / "CVE-2099-1004.json"
    told.parent.mkdir(parents=True)
    told.write_text(
        json.dumps(
            {
                "dataType": "CVE_RECORD",
                "cveMetadata": {"cveId": "CVE-2099-1004", "state": "REJECTED"},
                "containers": {"cna": {"rejectedReasons": [{"lang": "en", "value": "Not a security issue."}]}},
            }
        )
    )
    refresh_feeds(sqlite_context, str(tmp_path / "feeds"))
    (tmp_path / "packages").write_text("pkg:deb/debian/zlib@1:1.2.13?distro=debian-12\n")

    report = scan_target(sqlite_context.settings, f"purl:{tmp_path / 'packages'}", offline=True)

    assert [one.suppressed for one in report.findings] == ["CVE-2099-1004 was rejected by its numbering authority"]
    assert (report.severity, report.verdict is Verdict.AFFECTED) == (Severity.UNKNOWN, False)


def test_an_owner_is_spoken_of_by_its_binaries(sqlite_context: Context, tmp_path: Path) -> None:
    """Where a distribution names binary packages its word on these settles the flaws of what their source owns."""
    pypi = [
        osv_record(f"PYSEC-{number}", "urllib3", "fixed=1.26.20", ecosystem="PyPI", aliases=[f"CVE-2099-{number}"])
        for number in (1005, 1006)
    ]
    write_feed(tmp_path / "feeds", pypi, "PyPI")
    group = {
        "name": "AVG-1",
        "packages": ["python3-urllib3"],
        "status": "Fixed",
        "affected": "1.26.5-2",
        "fixed": "1.26.5-3",
    }
    told = tmp_path / "feeds" / "native" / "arch" / "all.json"
    told.parent.mkdir(parents=True)
    told.write_text(json.dumps([group | {"issues": ["CVE-2099-1005"]}]))
    refresh_feeds(sqlite_context, str(tmp_path / "feeds"))
    place = "usr/lib/python3.9/site-packages/urllib3-1.26.5.dist-info/METADATA"
    folder = "var/lib/pacman/local/python3-urllib3-1.26.5-3"
    desc = "%NAME%\npython3-urllib3\n\n%VERSION%\n1.26.5-3\n\n%BASE%\npython-urllib3\n"
    files = {
        "etc/os-release": b"ID=arch\nPRETTY_NAME=Arch\n",
        f"{folder}/desc": desc.encode(),
        f"{folder}/files": f"%FILES%\n{place}\n".encode(),
        place: b"Metadata-Version: 2.1\nName: urllib3\nVersion: 1.26.5\n",
    }
    write_layout(tmp_path / "image", [make_layer(files)])

    findings = scan_target(sqlite_context.settings, f"oci:{tmp_path / 'image'}", offline=True).findings

    assert [(one.id, one.owner) for one in findings] == [("CVE-2099-1006", "python-urllib3 1.26.5-3")]


def test_a_vex_product_may_be_the_index(sqlite_context: Context, tmp_path: Path) -> None:
    """What is pulled by the index's digest is known by it (anchore/grype#3657)."""
    write_feed(tmp_path / "feeds", [osv_record("CVE-2099-1007", "zlib")])
    refresh_feeds(sqlite_context, str(tmp_path / "feeds"))
    layer = make_layer({"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("zlib 1.2-1")})
    write_layout(tmp_path / "image", [layer])
    manifest, _ = make_image([layer])
    index = make_index([manifest])
    digest = digest_of(index)
    (tmp_path / "image" / "blobs" / "sha256" / digest.partition(":")[2]).write_bytes(index)
    media_type = "application/vnd.oci.image.index.v1+json"
    entry = {"mediaType": media_type, "digest": digest, "size": len(index)}
    (tmp_path / "image" / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    statement = {
        "vulnerability": {"name": "CVE-2099-1007"},
        "products": [{"@id": f"pkg:oci/app@{digest}", "subcomponents": [{"@id": "pkg:deb/debian/zlib"}]}],
        "status": "not_affected",
        "justification": "vulnerable_code_not_present",
    }
    (tmp_path / "vex.json").write_text(
        json.dumps({"@context": "https://openvex.dev/ns/v0.2.0", "statements": [statement]})
    )

    report = scan_target(
        sqlite_context.settings, f"oci:{tmp_path / 'image'}", offline=True, vex_files=[tmp_path / "vex.json"]
    )

    assert report.digest == digest_of(manifest)
    assert [one.suppressed for one in report.findings] == ["VEX vex.json: not_affected, vulnerable_code_not_present"]


@pytest.mark.parametrize(
    ("purl", "verdict", "problem"),
    [
        ("pkg:maven/org.apache.logging.log4j/log4j-core@2.14.0", Verdict.AFFECTED, False),
        ("pkg:maven/log4j-core@2.14.0", Verdict.UNDETERMINED, True),
        ("pkg:maven/log4j-core@2.15.0", Verdict.CLEAN, False),
        ("pkg:maven/another@2.14.0", Verdict.CLEAN, False),
    ],
)
def test_an_archive_without_a_group_is_not_clean_where_one_of_its_name_is_affected(
    context: Context, tmp_path: Path, purl: str, verdict: Verdict, *, problem: bool
) -> None:
    """Advisories name group and artifact; a bare jar says only the second (google/osv-scalibr#840)."""
    events = ("introduced=2.0", "fixed=2.15.0")
    name = "org.apache.logging.log4j:log4j-core"
    write_feed(tmp_path / "feeds", [osv_record("GHSA-x", name, *events, ecosystem="Maven")], "Maven")
    refresh_feeds(context, str(tmp_path / "feeds"))
    target = tmp_path / "packages"
    target.write_text(purl + "\n")
    report = scan_target(context.settings, f"purl:{target}", offline=True)

    assert report.verdict is verdict
    said = [one.message for one in report.problems if one.code == "undetermined-advisory"]
    assert [name in text for text in said] == [True] * problem


@pytest.mark.parametrize(
    ("source", "verdict", "problems"),
    [
        ("https://registry.example/closure-net/-/closure-net-0.0.0.tgz#01", Verdict.AFFECTED, set()),
        ("git+https://github.com/google/closure-net.git#6f48f578", Verdict.UNDETERMINED, {"from-repository"}),
        ("https://codeload.github.com/google/closure-net/tar.gz/6f48f578", Verdict.UNDETERMINED, {"from-repository"}),
    ],
)
def test_a_package_of_a_repository_is_not_that_of_the_registry(
    context: Context, tmp_path: Path, source: str, verdict: Verdict, problems: set[str]
) -> None:
    """Anybody can publish one of the same name, or none is there (google/osv-scanner#2850); npm audit asks about neither."""
    write_feed(tmp_path / "feeds", [osv_record("MAL-2099-1", "closure-net", ecosystem="npm")], "npm")
    refresh_feeds(context, str(tmp_path / "feeds"))
    folder = tmp_path / "project"
    folder.mkdir()
    lock = f'# yarn lockfile v1\n\n"closure-net@{source}":\n  version "0.0.0"\n  resolved "{source}"\n'
    (folder / "yarn.lock").write_text(lock)

    report = scan_target(context.settings, f"dir:{folder}", offline=True)

    assert report.verdict is verdict
    assert {one.code for one in report.problems} == problems
    assert len(report.findings) == (verdict is Verdict.AFFECTED)
