"""One record of each kind of feed, in the smallest form that its reader takes."""

from typing import Final

_OVAL = """<oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5" xmlns:l="urn:l"><definitions>
<definition id="oval:x:def:1" class="patch"><metadata><title>ELSA-2099-0001: bind (IMPORTANT)</title>
<reference source="CVE" ref_id="CVE-2099-0008"/><advisory><severity>IMPORTANT</severity><issued date="2026-01-01"/></advisory>
</metadata><criteria operator="AND"><criterion test_ref="t1"/><criterion test_ref="t2"/></criteria></definition></definitions>
<tests><l:rpminfo_test id="t1"><l:object object_ref="o0"/><l:state state_ref="s1"/></l:rpminfo_test>
<l:rpminfo_test id="t2"><l:object object_ref="o1"/><l:state state_ref="s2"/></l:rpminfo_test></tests>
<objects><l:rpminfo_object id="o0"><l:name>oraclelinux-release</l:name></l:rpminfo_object>
<l:rpminfo_object id="o1"><l:name>bind</l:name></l:rpminfo_object></objects>
<states><l:rpminfo_state id="s1"><l:version operation="pattern match">^9</l:version></l:rpminfo_state>
<l:rpminfo_state id="s2"><l:evr operation="less than">32:9.16-2.el9</l:evr></l:rpminfo_state></states></oval_definitions>"""

_CSAF = """{"document": {"tracking": {"id": "CVE-2099-0012", "current_release_date": "2026-01-02T03:04:05+00:00"}},
"product_tree": {"branches": [{"branches": [
{"product": {"product_id": "rhel9", "name": "rhel9", "product_identification_helper": {"cpe": "cpe:/o:redhat:enterprise_linux:9"}}},
{"product": {"product_id": "curl-0:8.1-1.el9.src", "name": "curl", "product_identification_helper":
{"purl": "pkg:rpm/redhat/curl@8.1-1.el9?arch=src"}}}]}],
"relationships": [{"product_reference": "curl-0:8.1-1.el9.src", "relates_to_product_reference": "rhel9",
"full_product_name": {"product_id": "rhel9:curl-0:8.1-1.el9.src", "name": "curl"}}]},
"vulnerabilities": [{"cve": "CVE-2099-0012", "product_status": {"fixed": ["rhel9:curl-0:8.1-1.el9.src"]},
"threats": [{"category": "impact", "details": "Low", "product_ids": ["rhel9:curl-0:8.1-1.el9.src"]}]}]}"""

_NVD = """{"format": "NVD_CVE", "version": "2.0", "timestamp": "2026-01-02T03:04:05.678", "vulnerabilities": [{"cve":
{"id": "CVE-2099-0001", "vulnStatus": "Analyzed", "metrics": {"cvssMetricV31": [{"source": "nvd@nist.gov", "type": "Primary",
"cvssData": {"version": "3.1", "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "baseScore": 9.8}}]},
"weaknesses": [{"source": "nvd@nist.gov", "description": [{"lang": "en", "value": "CWE-79"}]}]}}]}"""

_RECORD = """{"dataType": "CVE_RECORD", "cveMetadata": {"cveId": "CVE-2099-0001", "state": "PUBLISHED"}, "containers": {"cna":
{"providerMetadata": {"shortName": "example"}, "problemTypes": [{"descriptions": [{"cweId": "CWE-79"}]}]}, "adp": [
{"providerMetadata": {"shortName": "CISA-ADP"}, "metrics": [{"cvssV3_1": {"version": "3.1",
"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "baseScore": 9.8}}]}]}}"""

FEED_FILES: Final[tuple[tuple[str, str], ...]] = (
    (
        "osv/Debian/all.zip",
        (
            '{"id": "DSA-1", "modified": "2026-01-02T03:04:05Z", "aliases": ["CVE-2099-0001"], "severity": [{"type": "CVSS_V3",'
            ' "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}], "affected": [{"package": {"ecosystem": "Debian:12",'
            ' "name": "zlib"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1:1.2-3"}]}],'
            ' "versions": ["1:1.2-1"]}]}'
        ),
    ),
    (
        "native/alpine-secdb/v3.20/main.json",
        '{"packages": [{"pkg": {"name": "curl", "secfixes": {"8.1-r0": ["CVE-2099-0001"], "0": ["CVE-2099-0002"]}}}]}',
    ),
    (
        "native/debian-tracker/tracker.json",
        (
            '{"zlib": {"CVE-2099-0001": {"description": "Words.", "releases": {"bookworm": {"status": "resolved", "fixed_version":'
            ' "1:1.2-3", "urgency": "high**"}, "sid": {"status": "open", "urgency": "low", "nodsa": "Minor"}}}}}'
        ),
    ),
    (
        "native/arch/all.json",
        (
            '[{"name": "AVG-1", "packages": ["curl"], "status": "Fixed", "severity": "High", "affected": "8.0-1", "fixed":'
            ' "8.1-1", "issues": ["CVE-2099-0004"]}]'
        ),
    ),
    (
        "native/glsa/glsa-209901-01.xml",
        (
            '<glsa id="209901-01"><title>expat</title><announced>2026-01-02</announced><affected><package'
            ' name="dev-libs/expat" auto="yes" arch="*"><unaffected range="ge">2.5.0-r1</unaffected><vulnerable range="lt">'
            '2.5.0-r1</vulnerable></package></affected><impact type="high"/><references><uri>CVE-2099-0007</uri>'
            "</references></glsa>"
        ),
    ),
    (
        "native/updateinfo/amazon/2023/updateinfo.xml",
        (
            '<updates><update type="security"><id>ALAS-1</id><issued date="2026-01-02 03:04:05"/><severity>Important</severity>'
            '<references><reference id="CVE-2099-0003" type="cve"/></references><pkglist><collection><package name="nginx"'
            ' epoch="1" version="1.24.0" release="1.amzn2023" arch="x86_64"/></collection></pkglist></update></updates>'
        ),
    ),
    ("native/oval/oracle/elsa.xml", _OVAL),
    ("native/csaf/redhat/cve-2099-0012.json", _CSAF),
    (
        "native/cvss/cvss.csv.gz",
        (
            "cve,source,cvss_version,vector,base_score,severity\n"
            "CVE-2099-0001,nvd,3.1,CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H,9.8,CRITICAL\n"
        ),
    ),
    ("native/cvss/cve-cwe.csv.gz", "cve,cwe_ids\nCVE-2099-0001,CWE-79 CWE-80\n"),
    ("native/endoflife/debian.json", '[{"cycle": "12", "codename": "Bookworm", "eol": "2026-06-10", "eoes": true}]'),
    (
        "native/nodejs-core/index.json",
        (
            '{"7": {"cve": ["CVE-2099-0001"], "vulnerable": "4.x || 6.x", "patched": "^4.8.2 || ^6.10.2", "overview": "Words.",'
            ' "ref": "https://example.org/7", "severity": "high", "affectedEnvironments": ["all"]}}'
        ),
    ),
    (
        "native/rubysec/rubies/ruby/CVE-2099-0001.yml",
        (
            "---\nengine: ruby\ncve: 2099-0001\nghsa: aaaa-bbbb-cccc\nurl: https://example.org/1\ntitle: Title\ndate: 2026-01-02\n"
            'description: |\n  Words.\ncvss_v3: 8.8\npatched_versions:\n  - "~> 2.2.9"\n  - ">= 2.3.6"\n'
        ),
    ),
    (
        "native/retirejs/jsrepository-v5.json",
        (
            '{"angularjs": {"npmname": "angular", "vulnerabilities": [{"below": "1.8.0", "atOrAbove": "1.2.0", "severity": "low",'
            ' "cwe": ["CWE-79"], "identifiers": {"CVE": ["CVE-2099-0001"], "githubID": "GHSA-aaaa-bbbb-cccc", "summary": "Text."},'
            ' "info": ["https://example.org/1"]}]}}'
        ),
    ),
    (
        "native/debian-tracker/DSA-list",
        (
            "[21 Aug 2026] DSA-9001-1 zlib - security update\n\t{CVE-2099-0001 CVE-2099-0002}\n\t[trixie] - zlib 1:1.3-2+deb13u1\n"
            "\t[bookworm] - zlib <not-affected> (Vulnerable code not present)\n"
        ),
    ),
    (
        "native/debian-security-support/security-support-ended.deb12",
        "# List of packages whose security support ends\nwpewebkit\t2.38.6-1\t2023-05-09\thttps://example.org/1\n",
    ),
    ("native/nvd/nvdcve-2.0-2099.json", _NVD),
    ("native/cve/CVE-2099-0001.json", _RECORD),
    (
        "native/kev/known_exploited_vulnerabilities.json",
        '{"dateReleased": "2026-01-02T03:04:05Z", "vulnerabilities": [{"cveID": "CVE-2099-0001", "dateAdded": "2026-01-02"}]}',
    ),
    (
        "native/epss/epss_scores-2026-01-02.csv.gz",
        "#model_version:v1,score_date:2026-01-02\ncve,epss,percentile\nCVE-2099-0001,0.5,0.9\n",
    ),
)
"""(where it stands under a location's root, content); tables and records are packed as their publishers pack them."""
