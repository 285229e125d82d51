"""The seed's operation, asked by the official SDK and by plain HTTP."""

import gzip
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.conftest import ACCESS, SECRET, Server
from builders import digest_of, make_layer, osv_record, status, write_feed
from hullscan.services.upkeep.refresh import refresh_feeds

REPORT = "application/vnd.security.vulnerability.report; version=1.1"
_DEBIAN_9 = b'ID=debian\nVERSION_ID="9"\nPRETTY_NAME="Debian GNU/Linux 9 (stretch)"\n'
_LAYER = make_layer(
    {"etc/os-release": _DEBIAN_9, "var/lib/dpkg/status": status("openjdk-8-jre 8u181-b13-2~deb9u1 openjdk-8")}
)
_CVSS = "CVSS:3.0/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L"
SEED_TEXT = (
    "Vulnerability in the Java SE, Java SE Embedded product of Oracle Java SE (component: Scripting). "
    "CVSS 3.0 Base Score 3.7 (Availability impacts)."
)
SEED_RECORD = osv_record(
    "CVE-2020-2755",
    "openjdk-8",
    ecosystem="Debian:9",
    details=SEED_TEXT,
    severity=[{"type": "CVSS_V3", "score": "3.7"}, {"type": "CVSS_V2", "score": "3.7"}],
    database_specific={"severity": "HIGH"},
    references=[{"type": "ADVISORY", "url": "https://security-tracker.debian.org/tracker/DSA-4668-1"}],
)


@pytest.fixture(scope="module")
def digest(server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The seed's image, pushed and scanned."""
    folder = tmp_path_factory.mktemp("feeds")
    write_feed(folder, [SEED_RECORD])
    refresh_feeds(server.context, str(folder))
    return server.push("team/apps/base", [_LAYER])


@pytest.fixture
def swr(server: Server, home: Path) -> Iterator[Any]:
    """The official client, changed only in its endpoint."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from huaweicloudsdkcore.auth.credentials import BasicCredentials
        from huaweicloudsdkswr.v2 import SwrClient

        credentials = BasicCredentials(ACCESS, SECRET, server.project)
        yield SwrClient.new_builder().with_credentials(credentials).with_endpoint(server.url).build()


def _ask(swr: Any, server: Server, digest: str, repository: str = "apps/base") -> Any:
    from huaweicloudsdkswr.v2 import ListInstanceArtifactVulnerabilitiesRequest

    return swr.list_instance_artifact_vulnerabilities(
        ListInstanceArtifactVulnerabilitiesRequest(
            instance_id=server.instance, namespace_name="team", repository_name=repository, reference=digest
        )
    )


@pytest.mark.parametrize("repository", ["apps/base", "apps%2Fbase"])
def test_the_seeds_example_by_the_sdk(swr: Any, server: Server, digest: str, repository: str) -> None:
    """Field for field what the seed shows; scanner, date and digest are ours."""
    report = _ask(swr, server, digest, repository).body[REPORT]
    (item,) = report.vulnerabilities

    assert (report.severity, report.scanner.name) == ("High", "hullscan")
    assert (item.id, item.package, item.version, item.fix_version, item.severity) == (
        "CVE-2020-2755",
        "openjdk-8-jre",
        "8u181-b13-2~deb9u1",
        "",
        "High",
    )
    assert (item.description, item.links, item.cwe_ids) == (
        SEED_TEXT,
        ["https://security-tracker.debian.org/tracker/DSA-4668-1"],
        [""],
    )
    cvss = item.preferred_cvss
    assert (round(cvss.score_v3, 1), round(cvss.score_v2, 1), cvss.vector_v3, cvss.vector_v2) == (3.7, 3.7, "", "")


@pytest.mark.parametrize("name", ["apps%2Fbase", "apps%252Fbase", "apps%2fbase"])
@pytest.mark.parametrize("colon", [":", "%3A"])
def test_slashes_and_colons_in_every_spelling(server: Server, digest: str, name: str, colon: str) -> None:
    """The raw path is routed; the repository's segment is decoded up to twice."""
    path = f"{server.base}/namespaces/team/repositories/{name}/artifacts/{digest.replace(':', colon)}/vulnerabilities"
    with server.client(**{"X-Auth-Token": server.token()}) as client:
        answer = client.get(path)

    assert (answer.status_code, list(answer.json())) == (200, [REPORT])
    assert answer.json()[REPORT]["vulnerabilities"][0]["artifact_digests"][0].startswith("sha256:")


def test_a_report_is_content(server: Server, digest: str) -> None:
    """ETag, 304, Last-Modified, and the same bytes compressed or not."""
    path = f"{server.base}/namespaces/team/repositories/apps%2Fbase/artifacts/{digest}/vulnerabilities"
    with server.client(**{"X-Auth-Token": server.token()}) as client:
        plain = client.get(path, headers={"Accept-Encoding": "identity"})
        packed = client.get(path, headers={"Accept-Encoding": "gzip"})
        refused = client.get(path, headers={"Accept-Encoding": "gzip;q=0, identity"})
        same = client.get(path, headers={"If-None-Match": plain.headers["ETag"]})
        since = client.get(path, headers={"If-Modified-Since": plain.headers["Last-Modified"]})

    assert packed.headers["Content-Encoding"] == "gzip" and packed.content == plain.content
    assert "Content-Encoding" not in refused.headers and refused.content == plain.content
    assert (same.status_code, since.status_code, same.content) == (304, 304, b"")


def test_missing_scores_are_null(server: Server, digest: str, tmp_path: Path) -> None:
    """No score is null and never 0; no CWE is one empty string."""
    record = osv_record("CVE-2099-77", "zlib", ecosystem="Debian:9")
    refreshed = write_feed(tmp_path, [SEED_RECORD, record])
    refresh_feeds(server.context, str(refreshed.parents[2]))
    layer = make_layer({"etc/os-release": _DEBIAN_9, "var/lib/dpkg/status": status("zlib1g 1-1 zlib")})
    pushed = server.push("team/zlib", [layer])
    with server.client(**{"X-Auth-Token": server.token()}) as client:
        path = f"{server.base}/namespaces/team/repositories/zlib/artifacts/{pushed}/vulnerabilities"
        report = client.get(path).json()[REPORT]

    assert report["severity"] == "None"
    assert report["vulnerabilities"][0]["preferred_cvss"] == {
        "score_v3": None,
        "score_v2": None,
        "vector_v3": "",
        "vector_v2": "",
    }


def test_not_scanned_yet_is_an_empty_object(server: Server) -> None:
    """An artifact that exists without a finished scan; then one asked for by hand."""
    pushed = server.push("quiet/app", [_LAYER, make_layer({"etc/motd": b"another image"})])
    artifact = f"{server.base}/namespaces/quiet/repositories/app/artifacts/{pushed}"
    with server.client(**{"X-Auth-Token": server.token()}) as client:
        before = client.get(artifact + "/vulnerabilities")
        asked = client.post(artifact + "/scan")
        shown = client.get(artifact, params={"with_scan_overview": "true"}).json()
        after = client.get(artifact + "/vulnerabilities")

    assert (before.status_code, before.json()) == (200, {})
    assert (asked.status_code, asked.content) == (202, b"")
    overview = shown["scan_overview"][REPORT]
    assert (overview["scan_status"], overview["complete_percent"], overview["summary"]["total"]) == ("Success", 100, 1)
    assert list(after.json()) == [REPORT]


def test_a_truncated_layer_is_told_and_never_secure(server: Server) -> None:
    """The report and its overview say what could not be read."""
    whole = make_layer({"etc/os-release": _DEBIAN_9, "var/lib/dpkg/status": status("bash 5-1")})
    with server.client(**{"X-Auth-Token": server.token()}) as client:
        pushed = _push_cut(server, whole[:-30])
        artifact = f"{server.base}/namespaces/team/repositories/cut/artifacts/{pushed}"
        report = client.get(artifact + "/vulnerabilities").json()[REPORT]
        shown = client.get(artifact, params={"with_scan_overview": "true"}).json()["scan_overview"][REPORT]

    assert report["severity"] == "None"
    assert "layer-unreadable" in [problem["code"] for problem in report["problems"]]
    assert shown["problems"] == report["problems"]


def _push_cut(server: Server, layer: bytes) -> str:
    from builders import digest_of

    config = json.dumps({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": []}}).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": digest_of(config),
                "size": len(config),
            },
            "layers": [
                {
                    "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                    "digest": digest_of(layer),
                    "size": len(layer),
                }
            ],
        }
    ).encode()
    with server.registry() as client:
        for data in (config, layer):
            client.post("/v2/team/cut/blobs/uploads/", params={"digest": digest_of(data)}, content=data)
        kind = "application/vnd.oci.image.manifest.v1+json"
        answer = client.put("/v2/team/cut/manifests/1", content=manifest, headers={"Content-Type": kind})
    assert answer.status_code == 201, answer.text
    return digest_of(manifest)


def test_the_stored_body_is_gzip(server: Server, digest: str) -> None:
    """What is stored is what is sent."""
    from hullscan.services.reports.report import stored_report

    stored = stored_report(server.context, digest)

    assert stored is not None and len(gzip.decompress(stored.body)) == stored.plain_size


def test_what_is_no_image_is_not_called_one(server: Server) -> None:
    """A chart is a CHART, another thing what its config says; ``type`` finds them (swr-api.md, 2.2)."""
    configs = {
        "chart": ("application/vnd.cncf.helm.config.v1+json", "CHART"),
        "policy": ("application/vnd.cncf.openpolicyagent.config.v1+json", "OPENPOLICYAGENT"),
        "thing": ("application/vnd.oci.empty.v1+json", "UNKNOWN"),
    }
    server.push("team/kinds", [make_layer({"x": b"kinds"})], tag="image")
    kind = "application/vnd.oci.image.manifest.v1+json"
    with server.registry() as client:
        client.post("/v2/team/kinds/blobs/uploads/", params={"digest": digest_of(b"{}")}, content=b"{}")
        for tag, (config, _) in configs.items():
            named = {"mediaType": config, "digest": digest_of(b"{}"), "size": 2}
            body = {"schemaVersion": 2, "mediaType": kind, "config": named, "layers": []}
            answer = client.put(f"/v2/team/kinds/manifests/{tag}", json=body, headers={"Content-Type": kind})
            assert answer.status_code == 201
    base = f"{server.base}/namespaces/team/repositories/kinds/artifacts"
    with server.client(**{"X-Auth-Token": server.token()}) as client:
        listed = client.get(base).json()
        charts = client.get(f"{base}?type=CHART").json()
        page = client.get(f"{base}?type=IMAGE&limit=1&offset=1").json()

    expected = {"image": "IMAGE", **{tag: kind for tag, (_, kind) in configs.items()}}
    assert {one["tags"][0]["name"]: one["type"] for one in listed["artifacts"]} == expected
    assert ([one["tags"][0]["name"] for one in charts["artifacts"]], charts["total"]) == (["chart"], 1)
    assert (page["artifacts"], page["total"]) == ([], 1)
