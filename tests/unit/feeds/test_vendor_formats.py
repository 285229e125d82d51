"""Advisories in their publishers' own formats: what each entry says of which versions."""

import bz2
import gzip
import io
import json
import lzma
import tarfile
from datetime import datetime
from pathlib import Path

import pytest
import zstandard

from feed_parts import read_part
from hullscan.errors import FeedError
from hullscan.feeds.location import available, open_location
from hullscan.matching.ranges import holds, segments
from hullscan.model.advisory import Advisory, AffectedPackage, Severity, Status
from hullscan.versions import scheme_for_ecosystem
from shared_data import shared_path

TRACKER = {
    "zlib": {
        "CVE-2099-0001": {
            "description": "Too much is written.",
            "releases": {
                "bookworm": {"status": "resolved", "fixed_version": "1:1.2-3", "urgency": "high**"},
                "bullseye": {"status": "open", "urgency": "low", "nodsa": "Minor issue", "nodsa_reason": "ignored"},
                "trixie": {"status": "resolved", "fixed_version": "0", "urgency": "unimportant"},
                "buster": {"status": "undetermined", "urgency": "not yet assigned"},
                "sid": {"status": "open", "urgency": "low"},
            },
        },
        "CVE-2099-0002": {"releases": []},
    }
}

UPDATEINFO = """<updates>
 <update type="security"><id>ALAS2023-2099-1</id><title>important update for nginx</title>
  <issued date="2026-01-02 03:04:05"/><severity>Important</severity><description>Fixes.</description>
  <references><reference href="https://example.org/CVE-2099-0003" id="CVE-2099-0003" type="cve"/></references>
  <pkglist><collection><package name="nginx" epoch="1" version="1.24.0" release="1.amzn2023" arch="x86_64"/>
   <package name="nginx" epoch="1" version="1.24.0" release="1.amzn2023" arch="src"/></collection></pkglist></update>
 <update type="bugfix"><id>ALAS2023-2099-2</id><pkglist><collection>
   <package name="bash" version="9" release="1" arch="x86_64"/></collection></pkglist></update>
 <update type="security"><id>ALAS2023-2099-3</id><pkglist><collection>
   <package name="tar" version="9" arch="x86_64"/></collection></pkglist></update>
</updates>"""

ARCH = [
    {"name": "AVG-1", "packages": ["curl"], "status": "Fixed", "severity": "High", "affected": "8.0-1", "fixed": "8.1-1",
     "issues": ["CVE-2099-0004"]},
    {"name": "AVG-2", "packages": ["curl"], "status": "Vulnerable", "severity": "Low", "affected": "8.1-1", "fixed": None,
     "issues": ["CVE-2099-0005"]},
    {"name": "AVG-3", "packages": ["curl"], "status": "Not affected", "severity": "Low", "affected": "8.1-1", "fixed": None,
     "issues": ["CVE-2099-0006"]},
]  # fmt: skip

GLSA = """<?xml version="1.0"?><!DOCTYPE glsa SYSTEM "http://www.gentoo.org/dtd/glsa.dtd">
<glsa id="209901-01"><title>expat</title><synopsis>Several.</synopsis><announced>2026-01-02</announced>
 <revised count="2">2026-02-03</revised>
 <affected><package name="dev-libs/expat" auto="yes" arch="*">
  <unaffected range="ge">2.5.0-r1</unaffected><vulnerable range="lt">2.5.0-r1</vulnerable></package></affected>
 <impact type="high"/><references><uri link="https://example.org/CVE-2099-0007">CVE-2099-0007</uri></references></glsa>"""

OVAL = """<oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5" xmlns:oval="urn:o" xmlns:l="urn:l">
<generator><oval:timestamp>2026-01-02T03:04:05</oval:timestamp></generator>
<definitions>
 <definition id="oval:x:def:1" class="patch"><metadata><title>ELSA-2099-0001: bind security update (IMPORTANT)</title>
   <reference source="CVE" ref_id="CVE-2099-0008" ref_url="https://example.org/8"/>
   <advisory><severity>IMPORTANT</severity><issued date="2026-01-01"/><cve>CVE-2099-0008</cve></advisory></metadata>
  <criteria operator="AND"><criterion test_ref="t1" comment="Oracle Linux 9 is installed"/>
   <criteria operator="OR"><criteria operator="AND"><criterion test_ref="t2" comment="bind is earlier than 32:9.16-2.el9"/>
     <criterion test_ref="t3" comment="bind is signed with the key"/></criteria>
    <criteria operator="AND"><criterion test_ref="t9" comment="Module nodejs:18 is enabled"/>
     <criterion test_ref="t4" comment="nodejs is earlier than 1:18.2-1"/></criteria></criteria></criteria></definition>
 <definition id="oval:x:def:2" class="vulnerability"><metadata><title>CVE-2099-0009 tar</title>
   <reference source="CVE" ref_id="CVE-2099-0009"/></metadata>
  <criteria operator="OR"><criteria operator="AND"><criterion test_ref="t1" comment="Oracle Linux 9 is installed"/>
   <criterion test_ref="t5" comment="tar is installed"/></criteria></criteria></definition>
 <definition id="oval:x:unaffected:def:3" class="vulnerability"><metadata><title>Unaffected</title></metadata></definition>
 <definition id="oval:x.unaffected:def:4" class="vulnerability"><metadata><title>CVE-2099-0010</title></metadata>
  <criteria operator="AND"><criterion test_ref="t1" comment="Oracle Linux 9 is installed"/>
   <criterion test_ref="t5" comment="tar is installed"/></criteria></definition>
 <definition id="oval:x:def:5" class="vulnerability"><metadata><title>CVE-2099-0011</title></metadata>
  <criteria operator="AND"><criterion test_ref="t1" comment="Oracle Linux 9 is installed"/>
   <criterion test_ref="t6" comment="go is earlier than 1.20"/><criterion test_ref="t7" comment="go is greater than 1.19"/>
   <criterion test_ref="gone" comment="vi is earlier than 9"/></criteria></definition>
</definitions>
<tests>
 <l:rpminfo_test id="t1"><l:object object_ref="o0"/><l:state state_ref="s1"/></l:rpminfo_test>
 <l:rpminfo_test id="t2"><l:object object_ref="o1"/><l:state state_ref="s2"/></l:rpminfo_test>
 <l:rpminfo_test id="t3"><l:object object_ref="o1"/><l:state state_ref="s3"/></l:rpminfo_test>
 <l:rpminfo_test id="t4"><l:object object_ref="o2"/><l:state state_ref="s4"/></l:rpminfo_test>
 <l:rpminfo_test id="t5"><l:object object_ref="o3"/></l:rpminfo_test>
 <l:rpminfo_test id="t6"><l:object object_ref="o4"/><l:state state_ref="s6"/></l:rpminfo_test>
 <l:rpminfo_test id="t7"><l:object object_ref="o4"/><l:state state_ref="s7"/></l:rpminfo_test>
 <l:textfilecontent54_test id="t9"><l:object object_ref="o5"/></l:textfilecontent54_test>
</tests>
<objects><l:rpminfo_object id="o0"><l:name>oraclelinux-release</l:name></l:rpminfo_object>
 <l:rpminfo_object id="o1"><l:name>bind</l:name></l:rpminfo_object>
 <l:rpminfo_object id="o2"><l:name>nodejs</l:name></l:rpminfo_object>
 <l:rpminfo_object id="o3"><l:name>tar</l:name></l:rpminfo_object>
 <l:rpminfo_object id="o4"><l:name>go</l:name></l:rpminfo_object></objects>
<states><l:rpminfo_state id="s1"><l:version operation="pattern match">^9</l:version></l:rpminfo_state>
 <l:rpminfo_state id="s2"><l:evr operation="less than">32:9.16-2.el9</l:evr></l:rpminfo_state>
 <l:rpminfo_state id="s3"><l:signature_keyid>ab</l:signature_keyid></l:rpminfo_state>
 <l:rpminfo_state id="s4"><l:evr operation="less than">1:18.2-1</l:evr></l:rpminfo_state>
 <l:rpminfo_state id="s6"><l:evr operation="less than">0:1.20-1</l:evr></l:rpminfo_state>
 <l:rpminfo_state id="s7"><l:evr operation="greater than">0:1.19-1</l:evr></l:rpminfo_state></states>
</oval_definitions>"""


def _csaf(status: dict[str, list[str]], **more: object) -> dict[str, object]:
    """A document of Red Hat's with curl on RHEL 9, from a module on RHEL 8, and on a product that is no RHEL."""

    def product(number: str, **helper: str) -> dict[str, object]:
        return {"product": {"product_id": number, "name": number, "product_identification_helper": helper}}

    parts = (
        ("curl-0:8.1-1.el9.x86_64", "AppStream-9"),
        ("curl-0:8.1-1.el9.src", "AppStream-9"),
        ("curl", "rhel9"),
        ("nodejs-1:18.2-1.module.x86_64", "AppStream-8"),
        ("curl-0:8.1-1.el9.x86_64", "JBoss"),
    )
    return {
        "document": {"tracking": {"id": "CVE-2099-0012", "current_release_date": "2026-01-02T03:04:05+00:00"}},
        "product_tree": {
            "branches": [
                {
                    "branches": [
                        product("AppStream-9", cpe="cpe:/a:redhat:enterprise_linux:9::appstream"),
                        product("AppStream-8", cpe="cpe:/a:redhat:enterprise_linux:8::appstream"),
                        product("rhel9", cpe="cpe:/o:redhat:enterprise_linux:9"),
                        product("JBoss", cpe="cpe:/a:redhat:jboss_enterprise_application_platform:8"),
                        product("curl-0:8.1-1.el9.x86_64", purl="pkg:rpm/redhat/curl@8.1-1.el9?arch=x86_64"),
                        product("curl-0:8.1-1.el9.src", purl="pkg:rpm/redhat/curl@8.1-1.el9?arch=src"),
                        product("curl", purl="pkg:rpm/redhat/curl?arch=src"),
                        product(
                            "nodejs-1:18.2-1.module.x86_64",
                            purl="pkg:rpm/redhat/nodejs@18.2-1.module%2Bel8?arch=x86_64&epoch=1&rpmmod=nodejs:18:8090:ab",
                        ),
                    ]
                }
            ],
            "relationships": [
                {
                    "product_reference": reference,
                    "relates_to_product_reference": platform,
                    "full_product_name": {"product_id": f"{platform}:{reference}"},
                }
                for reference, platform in parts
            ],
        },
        "vulnerabilities": [
            {
                "cve": "CVE-2099-0012",
                "cwe": {"id": "CWE-787"},
                "product_status": status,
                "threats": [{"category": "impact", "details": "Important"}],
                "scores": [{"cvss_v3": {"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}],
                **more,
            }
        ],
    }


def _status(affected: AffectedPackage, version: str) -> tuple[Status | None, str]:
    """What an entry says of a version, and the fix it names."""
    scheme = scheme_for_ecosystem(affected.ecosystem)
    assert scheme is not None
    key = scheme.key(version)
    found = [segment for segment in segments(affected, scheme) if holds(segment, key)]
    return (found[0].status, found[0].fix) if found else (None, "")


def test_debian_tracker(tmp_path: Path) -> None:
    """Each state is what the tracker means by it; a record that cannot be read does not stop the others."""
    advisories, problems = read_part(
        tmp_path, "debian-tracker/tracker.json.gz", gzip.compress(json.dumps(TRACKER).encode())
    )

    (one,) = advisories.values()
    by_release = {affected.ecosystem: affected for affected in one.affected}
    assert sorted(by_release) == ["Debian:10", "Debian:11", "Debian:12", "Debian:13"]
    assert _status(by_release["Debian:12"], "1:1.2-2") == (Status.AFFECTED, "1:1.2-3")
    assert _status(by_release["Debian:12"], "1:1.2-3") == (None, "")
    assert _status(by_release["Debian:11"], "9:9") == (Status.AFFECTED, "")
    assert _status(by_release["Debian:13"], "1") == (Status.NOT_AFFECTED, "")
    assert _status(by_release["Debian:10"], "1") == (Status.UNDETERMINED, "")
    assert by_release["Debian:12"].severity is Severity.HIGH
    scheme = scheme_for_ecosystem("Debian")
    assert scheme is not None
    assert "ignored: Minor issue" in segments(by_release["Debian:11"], scheme)[0].text
    assert [problem.message.partition(" could")[0] for problem in problems] == ["CVE-2099-0002 in zlib"]


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [("", bytes), (".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress), (".zst", zstandard.compress)],
)
def test_updateinfo(tmp_path: Path, suffix: str, pack: "type[bytes]") -> None:
    """Security updates only, binary packages only, however the file is compressed; what is incomplete is told."""
    data = pack(UPDATEINFO.encode())
    advisories, problems = read_part(tmp_path, f"updateinfo/amazon/2023/core-updateinfo.xml{suffix}", data)

    (one,) = advisories.values()
    (affected,) = one.affected
    assert (one.flaws, one.severity, one.severity_source) == (("CVE-2099-0003",), Severity.HIGH, "amazon")
    assert (affected.ecosystem, affected.name) == ("Amazon Linux:2023", "nginx")
    assert _status(affected, "1:1.23.9-9.amzn2023") == (Status.AFFECTED, "1:1.24.0-1.amzn2023")
    assert _status(affected, "1:1.24.0-1.amzn2023") == (None, "")
    assert ["ALAS2023-2099-3" in problem.message for problem in problems] == [True]


def test_arch(tmp_path: Path) -> None:
    """Groups that are fixed, open, and never were."""
    advisories, _ = read_part(tmp_path, "arch/all.json", json.dumps(ARCH).encode())

    told = {name: _status(one.affected[0], "8.0-3") for name, one in advisories.items()}
    assert told == {
        "AVG-1": (Status.AFFECTED, "8.1-1"),
        "AVG-2": (Status.AFFECTED, ""),
        "AVG-3": (Status.NOT_AFFECTED, ""),
    }


def test_glsa(tmp_path: Path) -> None:
    """The revision counts; an entity that would be expanded is refused."""
    advisories, _ = read_part(tmp_path, "glsa/glsa-209901-01.xml", GLSA.encode())

    (one,) = advisories.values()
    assert (one.id, one.flaws, one.severity) == ("GLSA-209901-01", ("CVE-2099-0007",), Severity.HIGH)
    assert _status(one.affected[0], "2.5.0") == (Status.AFFECTED, "2.5.0-r1")
    assert _status(one.affected[0], "2.5.0-r1") == (None, "")
    bomb = GLSA.replace('glsa SYSTEM "http://www.gentoo.org/dtd/glsa.dtd"', 'glsa [<!ENTITY a "aaaa">]').replace(
        "Several", "&a;"
    )
    with pytest.raises(FeedError, match="GLSA"):
        read_part(tmp_path, "glsa/glsa-209901-01.xml", bomb.encode())


_REVISED = 'unaffected range="rge">1.8.5-r3; unaffected range="ge">2.0; vulnerable range="lt">2.0'
_SLOTS = (
    'unaffected range="ge" slot="3.9">3.9.9; vulnerable range="lt" slot="3.9">3.9.9; '
    'vulnerable range="lt" slot="3.10">3.10.2'
)


@pytest.mark.parametrize(
    ("package", "version", "expected"),
    [
        (_REVISED, "1.8.5-r2", "1.8.5-r3"),
        (_REVISED, "1.8.5-r7", None),
        (_REVISED, "1.8.6", "2.0"),
        (_SLOTS, "3.9.9", None),
        (_SLOTS, "3.9.8", "3.9.9"),
        (_SLOTS, "3.10.1", "3.10.2"),
        ('vulnerable range="lt" slot="0">2.0', "1.0", "2.0"),
        ('vulnerable range="le">1.2', "1.2", ""),
        ('vulnerable range="le">1.2', "1.2-r1", None),
        ('unaffected range="ge">1.3; vulnerable range="le">1.2', "1.2-r1", "1.3"),
        ('vulnerable range="gt">1.2', "1.2", None),
        ('vulnerable range="gt">1.2', "1.2-r1", ""),
        ('vulnerable range="rlt">1.2-r5', "1.1", None),
        ('vulnerable range="rlt">1.2-r5', "1.2", "1.2-r5"),
        ('unaffected range="eq">1.1; vulnerable range="lt">1.2', "1.1", None),
        ('unaffected range="eq">1.1; vulnerable range="lt">1.2', "1.1-r1", "1.2"),
    ],
)  # fmt: skip
def test_glsa_ranges(tmp_path: Path, package: str, version: str, expected: str | None) -> None:
    """What is vulnerable and not unaffected, as glsa-check has it; revisions, slots, and the fix."""
    said = "".join(f"<{one}</{one.split()[0]}>" for one in package.split("; "))
    start, end = GLSA.index("<unaffected"), GLSA.index("</package>")
    advisories, problems = read_part(tmp_path, "glsa/glsa-209901-01.xml", (GLSA[:start] + said + GLSA[end:]).encode())

    assert problems == []
    (one,) = advisories.values()
    assert _status(one.affected[0], version) == ((None, "") if expected is None else (Status.AFFECTED, expected))


def test_a_glsa_with_a_version_that_is_none_is_said(tmp_path: Path) -> None:
    """It is left out with a problem; the others go on."""
    (tmp_path / "native/glsa").mkdir(parents=True)
    (tmp_path / "native/glsa/glsa-209901-02.xml").write_text(GLSA)
    advisories, problems = read_part(tmp_path, "glsa/glsa-209901-01.xml", GLSA.replace("2.5.0-r1<", "none<").encode())

    assert (len(advisories), [one.code for one in problems]) == (1, ["broken-record"])


def test_oval(tmp_path: Path) -> None:
    """Releases and modules of a branch hold for the packages below it; bounds of one package in one AND are one range."""
    advisories, problems = read_part(tmp_path, "oval/oracle/elsa.xml.bz2", bz2.compress(OVAL.encode()))

    update, unfixed, ranged = (advisories[name] for name in ("ELSA-2099-0001", "oval:x:def:2", "oval:x:def:5"))
    assert sorted(advisories) == ["ELSA-2099-0001", "oval:x:def:2", "oval:x:def:5"]
    assert (update.flaws, update.severity) == (("CVE-2099-0008",), Severity.HIGH)
    bind, node = update.affected
    assert (bind.ecosystem, bind.name, bind.module, node.name, node.module) == (
        "Oracle Linux:9", "bind", "", "nodejs", "nodejs:18",
    )  # fmt: skip
    assert _status(bind, "32:9.16-1.el9") == (Status.AFFECTED, "32:9.16-2.el9")
    assert _status(bind, "32:9.16-2.el9") == (None, "")
    assert _status(unfixed.affected[0], "99-1") == (Status.AFFECTED, "")
    assert [_status(ranged.affected[0], version)[0] for version in ("1.18-1", "1.19.5-1", "1.20-1")] == [
        None,
        Status.AFFECTED,
        None,
    ]
    assert unfixed.modified is None
    assert ["gone" in problem.message for problem in problems] == [True]


def test_csaf(tmp_path: Path) -> None:
    """Fixed builds by binary name, what has no fix by its source; the platform by its CPE, the stream by the module."""
    statuses = {
        "fixed": [
            "AppStream-9:curl-0:8.1-1.el9.x86_64",
            "AppStream-9:curl-0:8.1-1.el9.src",
            "AppStream-8:nodejs-1:18.2-1.module.x86_64",
            "JBoss:curl-0:8.1-1.el9.x86_64",
        ],
        "known_affected": ["rhel9:curl"],
    }
    reasons = [{"category": "no_fix_planned", "details": "Will not fix", "product_ids": ["rhel9:curl"]}]
    document = json.dumps(_csaf(statuses, remediations=reasons)).encode()
    advisories, problems = read_part(tmp_path, "csaf/redhat/cve-2099-0012.json", document)

    (one,) = advisories.values()
    curl, node, unfixed = one.affected
    assert (one.severity, one.cwes, one.cvss[0].score) == (Severity.HIGH, ("CWE-787",), 9.8)
    assert (curl.ecosystem, curl.name) == ("Red Hat:enterprise_linux:9::appstream", "curl")
    assert _status(curl, "0:8.0-1.el9") == (Status.AFFECTED, "0:8.1-1.el9")
    assert (node.ecosystem, node.module) == ("Red Hat:enterprise_linux:8::appstream", "nodejs:18")
    assert _status(node, "1:18.1-1") == (Status.AFFECTED, "1:18.2-1.module+el8")
    assert (unfixed.ecosystem, unfixed.note) == ("Red Hat:source:enterprise_linux:9", "Will not fix")
    assert _status(unfixed, "99-1") == (Status.AFFECTED, "")
    assert problems == []


def test_csaf_statuses(tmp_path: Path) -> None:
    """Not affected is a word of its own; under investigation is no answer."""
    nothing = json.dumps(_csaf({"known_not_affected": ["rhel9:curl"]})).encode()
    advisories, _ = read_part(tmp_path, "csaf/redhat/a.json", nothing)
    assert _status(advisories["CVE-2099-0012"].affected[0], "1-1") == (Status.NOT_AFFECTED, "")

    open_question = json.dumps(_csaf({"under_investigation": ["rhel9:curl"]})).encode()
    advisories, _ = read_part(tmp_path, "csaf/redhat/a.json", open_question)
    assert _status(advisories["CVE-2099-0012"].affected[0], "1-1") == (Status.UNDETERMINED, "")


def test_an_archive_of_documents(tmp_path: Path) -> None:
    """Packed as the publisher packs them; a broken one is told, and the others are read."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        good = json.dumps(_csaf({"known_affected": ["rhel9:curl"]})).encode()
        for name, data in (("2099/a.json", good), ("2099/b.json", b"{"), ("2099/a.json.asc", b"-")):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    packed = zstandard.compress(buffer.getvalue())
    advisories, problems = read_part(tmp_path, "csaf/redhat/csaf_vex_2099.tar.zst", packed)

    assert (list(advisories), [problem.path for problem in problems]) == (["CVE-2099-0012"], ["2099/b.json"])
    with pytest.raises(FeedError, match="cut off or damaged"):
        read_part(tmp_path, "csaf/redhat/csaf_vex_2099.tar.zst", packed[: len(packed) // 2])


@pytest.mark.parametrize("places", [1, 2])
def test_an_archive_that_ends_between_two_documents_is_cut_off(tmp_path: Path, places: int) -> None:
    """What is left is a whole tar to anybody who does not ask whether its frame of zstd ended."""
    packing = zstandard.ZstdCompressor().compressobj()
    packed = b""
    for number in range(places):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            member = tarfile.TarInfo(f"{number}.json")
            archive.addfile(member)
        packed += packing.compress(buffer.getvalue()[:512]) + packing.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)

    with pytest.raises(FeedError, match="cut off or damaged"):
        read_part(tmp_path, "csaf/redhat/csaf_vex_2099.tar.zst", packed)


@pytest.mark.parametrize(
    ("folder", "ecosystem"), [("wolfi", "Wolfi"), ("chainguard", "Chainguard"), ("minimos", "MinimOS")]
)
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_secdb_of_rolling_releases(tmp_path: Path, folder: str, ecosystem: str, suffix: str) -> None:
    """A list for the one release there is; the version 0 says that the package never had the flaw."""
    said = {"packages": [{"pkg": {"name": "curl", "secfixes": {"8.1-r0": ["CVE-2099-0014"], "0": ["CVE-2099-0015"]}}}]}
    data = json.dumps(said).encode()
    part = f"{folder}-secdb/security.json{suffix}"
    advisories, problems = read_part(tmp_path, part, gzip.compress(data) if suffix else data)

    found = {one.flaws[0]: one.affected[0] for one in advisories.values()}
    assert problems == []
    assert {one.ecosystem for one in found.values()} == {ecosystem}
    assert _status(found["CVE-2099-0014"], "8.0-r9") == (Status.AFFECTED, "8.1-r0")
    assert _status(found["CVE-2099-0015"], "8.0-r9") == (Status.NOT_AFFECTED, "")


def test_suse_names_platforms_and_builds_in_words(tmp_path: Path) -> None:
    """Without purls the name, version and release are read off the product."""
    document = _csaf({})
    tree = {
        "branches": [
            {"branches": [{"product": {"product_id": "S", "name": "SUSE Linux Enterprise Server 15 SP5"}},
                          {"product": {"product_id": "T", "name": "openSUSE Tumbleweed"}},
                          {"product": {"product_id": "C", "name": "SUSE CaaS Platform 4.0"}}]}
        ],
        "relationships": [
            {"product_reference": reference, "relates_to_product_reference": platform,
             "full_product_name": {"product_id": f"{platform}:{reference}"}}
            for platform in "STC" for reference in ("libfoo1-32bit", "libfoo1-1.2+git.3-150500.4.1")
        ],
    }  # fmt: skip
    vulnerability = {
        "cve": "CVE-2099-0013",
        "product_status": {
            "recommended": ["S:libfoo1-1.2+git.3-150500.4.1", "C:libfoo1-1.2+git.3-150500.4.1"],
            "known_affected": ["T:libfoo1-32bit"],
        },
    }
    data = json.dumps({**document, "product_tree": tree, "vulnerabilities": [vulnerability]}).encode()
    advisories, _ = read_part(tmp_path, "csaf/suse/a.json", data)

    (one,) = advisories.values()
    fixed, still = one.affected
    assert (fixed.ecosystem, fixed.name) == ("SUSE:Linux Enterprise Server 15 SP5", "libfoo1")
    assert _status(fixed, "1.1-1") == (Status.AFFECTED, "1.2+git.3-150500.4.1")
    assert (still.ecosystem, still.name) == ("openSUSE:Tumbleweed", "libfoo1-32bit")


@pytest.mark.parametrize(
    "part",
    [
        "debian-tracker/tracker.json",
        "updateinfo/fedora/43/updateinfo.xml",
        "arch/all.json",
        "glsa/glsa-202401-01.xml",
        "oval/suse/a.xml",
        "csaf/redhat/a.json",
    ],
)
def test_what_is_no_such_file_is_refused_whole(tmp_path: Path, part: str) -> None:
    """Nothing of it is believed: the snapshot in use stays."""
    with pytest.raises(FeedError):
        read_part(tmp_path, part, b"<html>moved</html" if part.endswith("xml") else b'{"moved": true')


def test_real_files(tmp_path: Path) -> None:
    """Real files of each publisher: every definition and update is read, and known facts are in them."""
    samples = shared_path("feeds/native/vendor-samples/vendor-samples.tar.xz")
    places = {
        "amazon/updateinfo_2023.xml.gz": "updateinfo/amazon/2023/updateinfo.xml.gz",
        "claircore/photon/com.vmware.phsa-photon3.xml": "oval/photon/photon3.xml",
        "oracle/linux/com.oracle.elsa-all.xml.bz2": "oval/oracle/elsa.xml.bz2",
        "rhel/vex/cve-2023-38545.json": "csaf/redhat/cve-2023-38545.json",
        "redhat/vex/v1/csaf_vex_2024-08-04.tar.zst": "csaf/redhat/csaf_vex_2024-08-04.tar.zst",
        "gentoo/glsa/data/glsa-202305-28.xml": "glsa/glsa-202305-28.xml",
        "mariner/azure-linux-truncated-3.0-oval.xml": "oval/azure-linux/3.0/azure-linux.xml",
    }
    with tarfile.open(samples) as archive:
        for member in archive:
            place = next((to for end, to in places.items() if member.name.endswith(end)), None)
            stream = archive.extractfile(member) if place else None
            if stream is not None:
                path = tmp_path / "native" / str(place)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(stream.read())
    read: dict[str, list[Advisory]] = {}
    for feed in available(open_location(str(tmp_path))):
        for item in feed.parse(tmp_path):
            assert isinstance(item, Advisory | datetime), item
            if isinstance(item, Advisory):
                read.setdefault(feed.name, []).append(item)

    def says(feed: str, flaw: str, ecosystem: str, name: str, version: str) -> set[tuple[Status | None, str]]:
        return {
            _status(affected, version)
            for one in read[feed]
            if flaw in one.flaws
            for affected in one.affected
            if (affected.ecosystem, affected.name) == (ecosystem, name)
        } - {(None, "")}

    rsyslog = says("updateinfo-amazon", "CVE-2022-24903", "Amazon Linux:2023", "rsyslog", "8.2204.0-1.amzn2023.0.2")
    assert rsyslog == {(Status.AFFECTED, "0:8.2204.0-3.amzn2023.0.2")}
    assert len(read["oval-photon"]) > 200
    assert says("oval-oracle", "CVE-2007-0493", "Oracle Linux:5", "bind", "30:9.3.3-7.el5") == {
        (Status.AFFECTED, "30:9.3.3-8.el5")
    }
    curl = says("csaf-redhat", "CVE-2023-38545", "Red Hat:enterprise_linux:9::baseos", "libcurl", "7.76.1-23.el9_2")
    assert (Status.AFFECTED, "0:7.76.1-23.el9_2.4") in curl
    assert says("gentoo-glsa", "CVE-2022-38752", "Gentoo", "dev-java/snakeyaml", "1.32") == {(Status.AFFECTED, "1.33")}
    assert says("oval-azure-linux", "CVE-2024-24258", "Azure Linux:3", "freeglut", "3.2.2-1.azl3") == {
        (Status.AFFECTED, "0:3.4.0-1.azl3")
    }
