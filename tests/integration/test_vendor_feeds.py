"""Packages of distributions whose advisories come in formats of their own, scanned on both databases."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from builders import osv_record, write_feed
from hullscan.model.report import Verdict
from hullscan.services.context import Context
from hullscan.services.scans.scan_target import scan_target
from hullscan.services.upkeep.refresh import refresh_feeds
from hullscan.store.database import reading
from hullscan.store.feeds.feed_rows import feed_rows
from hullscan.store.tables.feeds import advisory

_UPDATEINFO = """<updates><update type="security"><id>{id}</id><title>{title}</title><issued date="2026-11-01 00:00:00"/>
<severity>Important</severity><references><reference id="{cve}" type="cve" href="https://example.org/{cve}"/></references>
<pkglist><collection>{packages}</collection></pkglist></update></updates>"""


def _write(root: Path, part: str, text: str) -> None:
    path = root / "native" / part
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _findings(context: Context, tmp_path: Path, *purls: str) -> list[tuple[str, str, str]]:
    refresh_feeds(context, str(tmp_path / "feeds"))
    target = tmp_path / "packages"
    target.write_text("\n".join(purls) + "\n")
    report = scan_target(context.settings, f"purl:{target}", offline=True)
    assert report.verdict is not Verdict.CLEAN or not report.findings
    return [(one.id, one.package, one.fix_version) for one in report.findings]


@pytest.mark.parametrize(
    ("vendor", "release", "distro", "namespace"),
    [
        ("amazon", "2023", "amzn-2023", "amzn"),
        ("fedora", "43", "fedora-43", "fedora"),
        ("oracle", "9", "ol-9.4", "ol"),
        ("rocky", "9", "rocky-9.4", "rocky"),
        ("opensuse-leap", "15.6", "opensuse-leap-15.6", "opensuse-leap"),
    ],
)
def test_updateinfo(context: Context, tmp_path: Path, vendor: str, release: str, distro: str, namespace: str) -> None:
    """The release's own updates judge its packages: the one below is affected, the one at the fix is not."""
    packages = "".join(f'<package name="{name}" epoch="1" version="2.0" release="3" arch="x86_64"/>' for name in "ab")
    text = _UPDATEINFO.format(id="U-1", title="x", cve="CVE-2099-1000", packages=packages)
    _write(tmp_path / "feeds", f"updateinfo/{vendor}/{release}/updateinfo.xml", text)

    found = _findings(
        context,
        tmp_path,
        f"pkg:rpm/{namespace}/a@2.0-2?epoch=1&distro={distro}",
        f"pkg:rpm/{namespace}/b@2.0-3?epoch=1&distro={distro}",
    )

    assert found == [("CVE-2099-1000", "a", "1:2.0-3")]


def test_amazons_extras_are_judged_apart(sqlite_context: Context, tmp_path: Path) -> None:
    """A topic's fix says nothing of the core's package of that name, nor of another topic's."""
    package = '<package name="kernel" epoch="0" version="5.15.43" release="20.123.amzn2" arch="x86_64"/>'
    text = _UPDATEINFO.format(id="ALAS2KERNEL-5.15-2099-001", title="kernel", cve="CVE-2099-1008", packages=package)
    text = text.replace("<collection>", '<collection short="amazon-linux-2---kernel-5.15">')
    _write(tmp_path / "feeds", "updateinfo/amazon/2/kernel-5.15/updateinfo.xml", text)
    versions = ("4.14.355-276.amzn2", "5.10.230-223.amzn2", "5.15.32-1.amzn2", "5.15.43-20.123.amzn2")

    found = _findings(sqlite_context, tmp_path, *(f"pkg:rpm/amzn/kernel@{one}?distro=amzn-2" for one in versions))

    assert found == [("CVE-2099-1008", "kernel", "0:5.15.43-20.123.amzn2")]


def test_a_module_stream_of_another_is_not_judged(context: Context, tmp_path: Path) -> None:
    """nodejs:18's fix says nothing of nodejs:20."""
    package = '<package name="nodejs" epoch="1" version="18.5" release="1.module+el9+1" arch="x86_64"/>'
    text = _UPDATEINFO.format(
        id="RLSA-1", title="Important: nodejs:18 security update", cve="CVE-2099-1001", packages=package
    )
    _write(tmp_path / "feeds", "updateinfo/rocky/9/updateinfo.xml", text)
    purl = "pkg:rpm/rocky/nodejs@18.4-1.module%2Bel9%2B1?epoch=1&distro=rocky-9.4&rpmmod=nodejs:{}:9010:ab"

    assert _findings(context, tmp_path, purl.format("18")) == [("CVE-2099-1001", "nodejs", "1:18.5-1.module+el9+1")]
    assert _findings(context, tmp_path, purl.format("20")) == []


_ORACLE_OVAL = """<?xml version="1.0"?><oval_definitions xmlns:l="linux"><definitions>
<definition id="oval:com.oracle.elsa:def:1" class="patch"><metadata><title>ELSA-2099-1: glibc</title>
 <reference source="CVE" ref_id="CVE-2099-1007"/></metadata><criteria operator="AND">
 <criterion test_ref="t0" comment="Oracle Linux 9 is installed"/><criterion test_ref="t1" comment="glibc is earlier than"/>
</criteria></definition></definitions><tests>
 <l:rpminfo_test id="t0"><l:object object_ref="o0"/><l:state state_ref="s0"/></l:rpminfo_test>
 <l:rpminfo_test id="t1"><l:object object_ref="o1"/><l:state state_ref="s1"/></l:rpminfo_test></tests>
<objects><l:rpminfo_object id="o0"><l:name>oraclelinux-release</l:name></l:rpminfo_object>
 <l:rpminfo_object id="o1"><l:name>glibc</l:name></l:rpminfo_object></objects>
<states><l:rpminfo_state id="s0"><l:version operation="pattern match">^9</l:version></l:rpminfo_state>
 <l:rpminfo_state id="s1"><l:evr operation="less than">{fixed}</l:evr></l:rpminfo_state></states></oval_definitions>"""


@pytest.mark.parametrize("form", ["updateinfo", "oval"])
@pytest.mark.parametrize("flavour", ["", ".ksplice1", "_fips"])
def test_oracles_flavours_are_judged_each_by_its_own_fixes(
    sqlite_context: Context, tmp_path: Path, form: str, flavour: str
) -> None:
    """A fix of one flavour says nothing of the others: their epochs differ (aquasecurity/trivy#736 and #1967)."""
    release = f"101.el9{flavour}"
    if form == "updateinfo":
        package = f'<package name="glibc" epoch="2" version="2.34" release="{release}" arch="x86_64"/>'
        text = _UPDATEINFO.format(id="ELSA-2099-1", title="glibc", cve="CVE-2099-1007", packages=package)
        _write(tmp_path / "feeds", "updateinfo/oracle/9/updateinfo.xml", text)
    else:
        _write(tmp_path / "feeds", "oval/oracle/ol9.xml", _ORACLE_OVAL.format(fixed=f"2:2.34-{release}"))
    installed = {other: f"2.34-100.el9{other}" for other in ("", ".ksplice1", "_fips")}
    purls = [f"pkg:rpm/ol/glibc@{version}?distro=ol-9.4" for version in installed.values()]

    refresh_feeds(sqlite_context, str(tmp_path / "feeds"))
    (tmp_path / "packages").write_text("\n".join(purls) + "\n")
    report = scan_target(sqlite_context.settings, f"purl:{tmp_path / 'packages'}", offline=True)

    assert [(one.version, one.fix_version) for one in report.findings] == [(installed[flavour], f"2:2.34-{release}")]


def test_red_hats_unfixed_flaws_are_told_of_sources(context: Context, tmp_path: Path) -> None:
    """Every binary of the source has it; another release and another source do not."""
    source = {"product_id": "openssl", "product_identification_helper": {"purl": "pkg:rpm/redhat/openssl?arch=src"}}
    platform = {
        "product_id": "rhel9",
        "product_identification_helper": {"cpe": "cpe:/o:redhat:enterprise_linux:9"},
    }
    document: dict[str, Any] = {
        "document": {"tracking": {"id": "CVE-2099-1002", "current_release_date": "2026-11-20T00:00:00Z"}},
        "product_tree": {
            "branches": [{"product": source}, {"product": platform}],
            "relationships": [
                {
                    "product_reference": "openssl",
                    "relates_to_product_reference": "rhel9",
                    "full_product_name": {"product_id": "rhel9:openssl"},
                }
            ],
        },
        "vulnerabilities": [{"cve": "CVE-2099-1002", "product_status": {"known_affected": ["rhel9:openssl"]}}],
    }
    _write(tmp_path / "feeds", "csaf/redhat/cve-2099-1002.json", json.dumps(document))
    purl = "pkg:rpm/redhat/{}@3.0.7-1.el{}?epoch=1&distro=rhel-{}.4&upstream={}-3.0.7-1.el9.src.rpm"

    found = _findings(
        context,
        tmp_path,
        purl.format("openssl-libs", 9, 9, "openssl"),
        purl.format("openssl-libs", 8, 8, "openssl"),
        purl.format("curl", 9, 9, "curl"),
    )

    assert found == [("CVE-2099-1002", "openssl-libs", "")]


def test_debians_tracker_says_what_is_not_fixed(context: Context, tmp_path: Path) -> None:
    """What the security team left open is a finding without a fix, and the evidence says why."""
    releases = {"bookworm": {"status": "open", "urgency": "low", "nodsa": "Minor issue", "nodsa_reason": "postponed"}}
    text = json.dumps({"zlib": {"CVE-2099-1003": {"description": "Text.", "releases": releases}}})
    _write(tmp_path / "feeds", "debian-tracker/tracker.json", text)
    refresh_feeds(context, str(tmp_path / "feeds"))
    target = tmp_path / "packages"
    target.write_text("pkg:deb/debian/zlib1g@1:1.2.13.dfsg-1?distro=debian-12&upstream=zlib\n")

    (found,) = scan_target(context.settings, f"purl:{target}", offline=True).findings

    assert (found.id, found.package, found.fix_version, found.severity.label) == ("CVE-2099-1003", "zlib1g", "", "Low")
    assert "postponed: Minor issue" in found.evidence[0].range


def test_arch_and_gentoo(context: Context, tmp_path: Path) -> None:
    """Distributions without releases."""
    group = {
        "name": "AVG-1", "packages": ["curl"], "status": "Fixed", "severity": "High", "affected": "8.0-1",
        "fixed": "8.1-1", "issues": ["CVE-2099-1004"],
    }  # fmt: skip
    _write(tmp_path / "feeds", "arch/all.json", json.dumps([group]))
    glsa = """<glsa id="209901-02"><title>t</title><announced>2026-11-01</announced><revised>2026-11-01</revised><affected>
    <package name="net-misc/curl"><unaffected range="ge">8.1</unaffected><vulnerable range="lt">8.1</vulnerable></package>
    </affected><references><uri link="https://example.org/CVE-2099-1005">CVE-2099-1005</uri></references></glsa>"""
    _write(tmp_path / "feeds", "glsa/glsa-209901-02.xml", glsa)

    found = _findings(
        context,
        tmp_path,
        "pkg:alpm/arch/curl@8.0-2?arch=x86_64",
        "pkg:ebuild/net-misc/curl@8.0-r3",
        "pkg:alpm/arch/curl@8.1-1",
    )

    assert found == [("CVE-2099-1004", "curl", "8.1-1"), ("CVE-2099-1005", "net-misc/curl", "8.1")]


def test_node_is_judged_by_its_own_project_too(context: Context, tmp_path: Path) -> None:
    """Two publishers' words on one flaw are one finding; what only one says stands; one alone does not make it clean."""
    flaws = {
        "1": {"cve": ["CVE-2099-1004"], "vulnerable": "20.x", "patched": "^20.5.1", "severity": "high"},
        "2": {"cve": ["CVE-2099-1005"], "vulnerable": "20.x || 18.x", "patched": "^20.6.0 || ^18.17.1"},
    }
    _write(tmp_path / "feeds", "nodejs-core/index.json", json.dumps(flaws))
    purls = ("pkg:generic/node@20.5.0", "pkg:generic/node@18.17.1", "pkg:generic/python@3.11.4")

    alone = _findings(context, tmp_path, *purls)
    report = scan_target(context.settings, f"purl:{tmp_path / 'packages'}", offline=True)
    assert alone == [("CVE-2099-1004", "node", "20.5.1"), ("CVE-2099-1005", "node", "20.6.0")]
    assert [problem.code for problem in report.problems] == ["no-feed"]

    record = osv_record(
        "BIT-1", "node", "introduced=20.0.0", "fixed=20.5.1", ecosystem="Bitnami", aliases=["CVE-2099-1004"]
    )
    write_feed(tmp_path / "feeds", [record], "Bitnami")
    assert _findings(context, tmp_path, *purls) == alone
    report = scan_target(context.settings, f"purl:{tmp_path / 'packages'}", offline=True)
    assert [evidence.feed for evidence in report.findings[0].evidence] == ["nodejs-core", "osv-bitnami"]
    assert (report.problems, [feed.name for feed in report.feeds]) == ((), ["nodejs-core", "osv-bitnami"])


def test_open_euler_is_judged_by_sources_without_epochs(context: Context, tmp_path: Path) -> None:
    """Its records say vim 9.0-33 where packages have an epoch before it; another service pack is another release."""
    release, fixed = "openEuler:22.03-LTS-SP3", "9.0-33.oe2203sp3"
    record = osv_record("OESA-1", "vim", f"fixed={fixed}", ecosystem=release, upstream=["CVE-2099-1006"])
    write_feed(tmp_path / "feeds", [record], "openEuler")
    version = "9.0-{0}.oe2203sp3"
    purl = f"pkg:rpm/openeuler/vim-minimal@{version}?epoch=2&distro=openeuler-22.03-LTS-SP{{1}}&upstream=vim-{version}.src.rpm"

    assert _findings(context, tmp_path, purl.format(32, 3)) == [("CVE-2099-1006", "vim-minimal", fixed)]
    assert _findings(context, tmp_path, purl.format(33, 3)) == []
    assert _findings(context, tmp_path, purl.format(32, 4)) == []
    without_source = "pkg:rpm/openeuler/vim@9.0-32.oe2203sp3?epoch=2&distro=openeuler-22.03-LTS-SP3"
    assert _findings(context, tmp_path, without_source) == [("CVE-2099-1006", "vim", fixed)]


def test_a_file_written_anew_changes_only_what_it_says_else(context: Context, tmp_path: Path) -> None:
    """Its time is that of the whole: the records that are as before stay the rows that they were."""
    feeds = tmp_path / "feeds"
    fixes = {"1.0-r1": ["CVE-2099-1001"], "1.0-r2": ["CVE-2099-1002"]}
    _write_secdb(feeds, fixes, at=1_700_000_000)
    refresh_feeds(context, str(feeds))
    before = _contents(context)
    _write_secdb(feeds, {**fixes, "1.0-r3": ["CVE-2099-1003"]}, at=1_700_100_000)
    (done,) = refresh_feeds(context, str(feeds))
    after = _contents(context)

    assert (done.added, done.changed, done.removed) == (1, 0, 0)
    assert len(after) == len(before) + 1
    assert before.items() <= after.items()
    with reading(context.engine) as connection:
        (row,) = feed_rows(connection)
    assert row.state is not None
    assert row.state.upstream_time == datetime.fromtimestamp(1_700_100_000, UTC)


def _write_secdb(feeds: Path, fixes: dict[str, list[str]], *, at: int) -> None:
    document = {"packages": [{"pkg": {"name": "busybox", "secfixes": fixes}}]}
    _write(feeds, "alpine-secdb/v3.20/main.json", json.dumps(document))
    os.utime(feeds / "native/alpine-secdb/v3.20/main.json", (at, at))


def _contents(context: Context) -> dict[str, bytes]:
    with reading(context.engine) as connection:
        return {row.record: row.content for row in connection.execute(sa.select(advisory.c.record, advisory.c.content))}


@pytest.mark.parametrize(
    ("installed", "expected"),
    [("5.4.17-2136.357.3.2.el8uek", []), ("5.15.0-100.el8uek", ["CVE-2099-1000"]), ("5.15.0-320.el8uek", [])],
)
def test_a_fix_of_one_unbreakable_kernel(context: Context, tmp_path: Path, installed: str, expected: list[str]) -> None:
    """It judges those of its own upstream version."""
    packages = '<package name="kernel-uek" epoch="0" version="5.15.0" release="320.el8uek" arch="x86_64"/>'
    text = _UPDATEINFO.format(id="ELSA-2099-1", title="x", cve="CVE-2099-1000", packages=packages)
    _write(tmp_path / "feeds", "updateinfo/oracle/8/updateinfo.xml", text)

    found = _findings(context, tmp_path, f"pkg:rpm/ol/kernel-uek@{installed}?arch=x86_64&distro=ol-8.9")

    assert [flaw for flaw, _, _ in found] == expected
