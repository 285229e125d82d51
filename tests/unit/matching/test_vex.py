"""Which findings a VEX document takes away, by the rules of OpenVEX, CSAF 2.0 and CycloneDX."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from hullscan.matching.ignores import parse_ignore_file
from hullscan.matching.vex import Scanned, Statements
from hullscan.matching.vex_documents import parse_vex
from hullscan.model.advisory import Severity
from hullscan.model.report import Finding

_DIGEST = "sha256:" + "a" * 64
_INDEX = "sha256:" + "c" * 64
_STDLIB = "pkg:golang/stdlib@1.21.3"
_GOSU = "pkg:golang/github.com/tianon/gosu@v1.17.0"


def _finding(purl: str, path: str = "", flaw: str = "CVE-2099-0001") -> Finding:
    return Finding(flaw, purl, "", purl, Severity.HIGH, path=path, aliases=("GHSA-aaaa-bbbb-cccc",))


def _suppressed(document: dict[str, Any], finding: Finding, **scanned: Any) -> bool:
    about = Scanned(
        (_DIGEST, _INDEX), scanned.get("repository", ""), scanned.get("places", ()), scanned.get("references", {})
    )
    statement = Statements(parse_vex(json.dumps(document).encode(), "vex.json"), about).on(finding)
    return statement is not None and statement.denies


def _open_vex(*statements: dict[str, Any], **fields: Any) -> dict[str, Any]:
    filled = [{"vulnerability": {"name": "CVE-2099-0001"}, "status": "not_affected", **one} for one in statements]
    return {"@context": "https://openvex.dev/ns/v0.2.0", "statements": filled, **fields}


@pytest.mark.parametrize(
    ("statements", "suppressed"),
    [
        ([("not_affected", "2026-01-01T00:00:00Z"), ("affected", "2026-02-01T00:00:00Z")], False),
        ([("affected", "2026-02-01T00:00:00Z"), ("not_affected", "2026-01-01T00:00:00Z")], False),
        ([("affected", "2026-01-01T00:00:00Z"), ("not_affected", "2026-02-01T00:00:00+02:00")], True),
        ([("under_investigation", None), ("fixed", None)], True),
        ([("fixed", None), ("under_investigation", None)], False),
    ],
)
def test_the_latest_statement_counts(statements: list[tuple[str, str | None]], suppressed: bool) -> None:
    """By its time, or else by its place."""
    said = [
        {"products": [{"@id": _STDLIB}], "status": status, **({"timestamp": at} if at else {})}
        for status, at in statements
    ]

    assert _suppressed(_open_vex(*said, timestamp="2026-01-15T00:00:00Z"), _finding(_STDLIB)) is suppressed


def test_a_component_is_meant_within_its_product_only() -> None:
    """A statement on gosu's stdlib says nothing of another program's (aquasecurity/trivy#6728)."""
    document = _open_vex(
        {"products": [{"@id": "pkg:golang/github.com/tianon/gosu", "subcomponents": [{"@id": "pkg:golang/stdlib"}]}]}
    )
    places = [(_GOSU, "usr/bin/gosu"), (_STDLIB, "usr/bin/gosu"), (_STDLIB, "usr/bin/other")]

    assert _suppressed(document, _finding(_STDLIB, "usr/bin/gosu"), places=places)
    assert not _suppressed(document, _finding(_STDLIB, "usr/bin/other"), places=places)
    assert not _suppressed(document, _finding(_STDLIB, "usr/bin/gosu"), places=places[1:])


def test_an_archive_holds_what_is_in_it() -> None:
    """A jar in a jar is a component of the outer one."""
    document = _open_vex(
        {"products": [{"@id": "pkg:maven/org.example/app@1", "subcomponents": [{"@id": "pkg:maven/a/b"}]}]}
    )
    places = [("pkg:maven/org.example/app@1", "srv/app.jar"), ("pkg:maven/a/b@2", "srv/app.jar!/lib/b.jar")]

    assert _suppressed(document, _finding("pkg:maven/a/b@2", "srv/app.jar!/lib/b.jar"), places=places)
    assert not _suppressed(document, _finding("pkg:maven/a/b@2", "srv/b.jar"), places=places)


@pytest.mark.parametrize(
    ("product", "repository", "suppressed"),
    [
        (f"pkg:oci/app@{_DIGEST}", "", True),
        (f"pkg:oci/app@{_INDEX}", "", True),
        ("pkg:oci/app@sha256%3A" + "a" * 64 + "?repository_url=ghcr.io/team", "", True),
        ("pkg:oci/app@sha256%3A" + "b" * 64, "ghcr.io/team/app", False),
        ("pkg:oci/app", "ghcr.io/team/app", True),
        ("pkg:oci/app?repository_url=ghcr.io%2Fteam%2Fapp", "ghcr.io/team/app", True),
        ("pkg:oci/app?repository_url=ghcr.io/other", "ghcr.io/team/app", False),
        ("pkg:oci/app", "ghcr.io/team/another", False),
        ("pkg:oci/app", "", False),
    ],
)
def test_images_are_named_by_digest_or_repository(product: str, repository: str, suppressed: bool) -> None:
    """What the product leaves out is not compared; what has no name is not taken for one (purl, type oci)."""
    document = _open_vex({"products": [{"@id": product, "subcomponents": [{"@id": "pkg:deb/debian/bash"}]}]})

    assert _suppressed(document, _finding("pkg:deb/debian/bash@5.2"), repository=repository) is suppressed
    assert not _suppressed(document, _finding("pkg:deb/debian/dash@0.5"), repository=repository)


@pytest.mark.parametrize(
    ("stated", "found", "suppressed"),
    [
        ("pkg:golang/golang.org/x/net@0.1.0", "pkg:golang/golang.org/x/net@v0.1.0", True),
        ("pkg:golang/stdlib@go1.21.3", _STDLIB, True),
        (
            "pkg:rpm/redhat/curl@7.76.1-1.el9?arch=x86_64&epoch=1",
            "pkg:rpm/rhel/curl@1%3A7.76.1-1.el9?arch=x86_64&distro=rhel-9.4",
            True,
        ),
        ("pkg:rpm/redhat/curl@7.76.1-1.el9", "pkg:rpm/rhel/curl@1%3A7.76.1-1.el9?arch=x86_64", False),
        ("pkg:deb/debian/curl?arch=arm64", "pkg:deb/debian/curl@7.88.1-10?arch=amd64", False),
        ("pkg:pypi/Ruamel_Yaml", "pkg:pypi/ruamel-yaml@0.17", True),
        ("pkg:deb/debian/curl?distro=debian-12.13", "pkg:deb/debian/curl@7.88.1-10?arch=amd64&distro=debian-12", True),
        ("pkg:deb/debian/curl?distro=bookworm", "pkg:deb/debian/curl@7.88.1-10?arch=amd64&distro=debian-12", True),
        ("pkg:deb/debian/curl?distro=debian-1", "pkg:deb/debian/curl@7.88.1-10?arch=amd64&distro=debian-12", False),
        ("pkg:deb/debian/curl?distro=debian-13", "pkg:deb/debian/curl@7.88.1-10?arch=amd64&distro=debian-12", False),
    ],
)
def test_purls_are_compared_by_what_they_mean(stated: str, found: str, suppressed: bool) -> None:
    """Go's v, an epoch's place and a point release say nothing, another version, architecture or release does."""
    assert _suppressed(_open_vex({"products": [{"@id": stated}]}), _finding(found)) is suppressed


@pytest.mark.parametrize(
    "products", [[{"identifiers": {"cpe23": "cpe:2.3:a:x"}}], [7], [{"@id": _STDLIB, "subcomponents": [{}]}]]
)
def test_products_that_cannot_be_read_are_not_all(products: list[Any]) -> None:
    """A statement on something else is none on everything."""
    assert not _suppressed(_open_vex({"products": products}), _finding(_STDLIB))


def _csaf(status: dict[str, list[str]], **platform: str) -> dict[str, Any]:
    def leaf(number: str, **helper: str) -> dict[str, Any]:
        return {"product": {"product_id": number, "name": number, "product_identification_helper": helper}}

    return {
        "document": {"tracking": {"current_release_date": "2026-01-01T00:00:00Z"}},
        "product_tree": {
            "branches": [leaf("holder", **platform), leaf("bash", purl="pkg:rpm/redhat/bash@5.1-1.el9?arch=x86_64")],
            "relationships": [
                {
                    "category": "default_component_of",
                    "product_reference": "bash",
                    "relates_to_product_reference": "holder",
                    "full_product_name": {"product_id": "holder:bash", "name": "bash in it"},
                }
            ],
        },
        "vulnerabilities": [{"cve": "CVE-2099-0001", "product_status": status}],
    }


@pytest.mark.parametrize(
    ("status", "suppressed"), [("fixed", True), ("first_fixed", True), ("recommended", False), ("last_affected", False)]
)
def test_csaf_statuses(status: str, suppressed: bool) -> None:
    """CSAF 2.0, 3.2.3.9: what is first fixed is fixed; what is recommended may be a version of any status."""
    assert _suppressed(_csaf({status: ["bash"]}), _finding("pkg:rpm/rhel/bash@5.1-1.el9?arch=x86_64")) is suppressed


def test_csaf_relationships() -> None:
    """A component of a product: of this image, of another, and of a platform that is only a CPE (aquasecurity/trivy#5923)."""
    bash = _finding("pkg:rpm/rhel/bash@5.1-1.el9?arch=x86_64&distro=rhel-9.4")
    status = {"known_not_affected": ["holder:bash"]}

    assert _suppressed(_csaf(status, purl=f"pkg:oci/app@{_DIGEST}"), bash)
    assert not _suppressed(_csaf(status, purl="pkg:oci/app@sha256:" + "b" * 64), bash)
    assert _suppressed(_csaf(status, cpe="cpe:/o:redhat:enterprise_linux:9::baseos"), bash)
    assert not _suppressed(_csaf({"known_affected": ["holder:bash"]}, cpe="cpe:/o:redhat:enterprise_linux:9"), bash)


@pytest.mark.parametrize("ref", ["pkg:npm/left@1", "urn:cdx:0d/1#pkg%3Anpm%2Fleft%401", "urn:cdx:0d/1#part-7", "inner"])
def test_cyclonedx_references(ref: str) -> None:
    """By purl, by BOM-Link, by an id of the SBOM that was scanned, by one of the document's own nested components."""
    document = {
        "bomFormat": "CycloneDX",
        "components": [{"bom-ref": "outer", "components": [{"bom-ref": "inner", "purl": "pkg:npm/left@1"}]}],
        "vulnerabilities": [{"id": "CVE-2099-0001", "analysis": {"state": "not_affected"}, "affects": [{"ref": ref}]}],
    }
    references = {"part-7": "pkg:npm/left@1"}

    assert _suppressed(document, _finding("pkg:npm/left@1"), references=references)
    assert not _suppressed(document, _finding("pkg:npm/right@1"), references=references)


@pytest.mark.parametrize(
    ("state", "versions", "suppressed"),
    [
        ("not_affected", [{"version": "1"}], True),
        ("not_affected", [{"version": "1", "status": "affected"}], True),
        ("not_affected", [{"version": "2"}], False),
        ("not_affected", [{"range": "vers:npm/<=1"}], False),
        ("exploitable", [{"version": "1", "status": "unaffected"}, {"version": "2"}], True),
        ("exploitable", [{"version": "2", "status": "unaffected"}, {"version": "1"}], False),
        ("not_affected", [{"version": "1", "status": "unknown"}], False),
    ],
)
def test_cyclonedx_versions(state: str, versions: list[dict[str, str]], suppressed: bool) -> None:
    """An analysis is about the versions that are listed beside its target, and some may be listed as unaffected."""
    document = {
        "bomFormat": "CycloneDX",
        "vulnerabilities": [
            {
                "id": "CVE-2099-0001",
                "analysis": {"state": state},
                "affects": [{"ref": "pkg:npm/left", "versions": versions}],
            }
        ],
    }

    assert _suppressed(document, replace(_finding("pkg:npm/left@1"), version="1")) is suppressed


@pytest.mark.parametrize(
    ("part", "suppressed"), [("pkg:npm/left", True), ("pkg:npm/right", False), ({"identifiers": {}}, False)]
)
def test_parts_beside_the_products(part: Any, suppressed: bool) -> None:
    """Up to OpenVEX 0.0.2: a statement on one package of an image is none on all of them."""
    document = _open_vex({"products": [f"pkg:oci/app@{_DIGEST}"], "subcomponents": [part]})

    assert _suppressed(document, _finding("pkg:npm/left@1")) is suppressed


def test_a_byte_order_mark_is_no_content() -> None:
    """As editors of Windows leave it."""
    document = b"\xef\xbb\xbf" + json.dumps(_open_vex({"products": [{"@id": "pkg:npm/left"}]})).encode()

    assert [one.flaw for one in parse_vex(document, "vex.json")] == ["CVE-2099-0001"]


@pytest.mark.parametrize("name", ["cve-2099-0001", "ghsa-AAAA-bbbb-cccc"])
def test_names_have_no_case(name: str) -> None:
    """Ids are written in either case, in statements and in ignore files."""
    document = _open_vex({"vulnerability": {"name": name}, "products": [{"@id": "pkg:npm/left"}]})
    (ignore,) = parse_ignore_file(name)

    assert _suppressed(document, _finding("pkg:npm/left@1"))
    assert ignore.names(_finding("pkg:npm/left@1"))


def test_the_subject_of_an_sbom_is_a_product() -> None:
    """An SBOM's root is what all its components are in."""
    document = _open_vex({"products": [{"@id": "pkg:npm/app@1", "subcomponents": [{"@id": "pkg:npm/left"}]}]})

    assert _suppressed(document, _finding("pkg:npm/left@1", "bom.json"), references={"": "pkg:npm/app@1"})
    assert not _suppressed(document, _finding("pkg:npm/left@1", "bom.json"), references={"": "pkg:npm/app@2"})
