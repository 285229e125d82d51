"""SBOMs of other tools: what they leave out or say in words of their own is repaired, and what is inferred is said."""

import base64
import json
from typing import Any

import pytest

from hullscan.errors import UnreadableInput
from hullscan.inventory.purls import read_purls
from hullscan.inventory.sbom import read_sbom
from hullscan.model.package import Inventory, SourcePackage


def _cyclonedx(*components: dict[str, Any]) -> Inventory:
    return read_sbom(json.dumps({"bomFormat": "CycloneDX", "components": components}).encode(), "bill")


def _spdx(*packages: dict[str, Any], **fields: Any) -> Inventory:
    return read_sbom(json.dumps({"spdxVersion": "SPDX-2.3", "packages": packages, **fields}).encode(), "bill")


def _syft(*artifacts: dict[str, Any]) -> Inventory:
    return read_sbom(json.dumps({"artifacts": artifacts, "schema": {"version": "16"}}).encode(), "bill")


def _library(purl: str, **fields: Any) -> dict[str, Any]:
    return {"type": "library", "name": "x", "purl": purl} | fields


def _referred(name: str, purl: str, **fields: Any) -> dict[str, Any]:
    reference = {"referenceCategory": "PACKAGE_MANAGER", "referenceType": "purl", "referenceLocator": purl}
    return {"name": name, "versionInfo": "1", "externalRefs": [reference], **fields}


def _properties(**named: str) -> list[dict[str, str]]:
    return [{"name": name.replace("__", ":").replace("_", "-"), "value": value} for name, value in named.items()]


_LIBSSL = "pkg:deb/debian/libssl3@3.0.1-1?distro=debian-12"
_TRIVY = "aquasecurity:trivy:"


@pytest.mark.parametrize(
    ("inventory", "source"),
    [
        (_cyclonedx(_library(_LIBSSL + "&upstream=openssl")), SourcePackage(name="openssl")),
        (_cyclonedx(_library(_LIBSSL + "&upstream=openssl%403.0.1-2")), SourcePackage(name="openssl", version="3.0.1-2")),
        (
            _cyclonedx(_library(_LIBSSL, properties=_properties(hullscan__source="openssl", hullscan__source_version="3"))),
            SourcePackage(name="openssl", version="3"),
        ),
        (
            _cyclonedx(
                _library(
                    "pkg:rpm/centos/openssl-libs@1.0.2k-16.el7?epoch=1&distro=centos-7",
                    properties=[
                        {"name": _TRIVY + "SrcName", "value": "openssl"},
                        {"name": _TRIVY + "SrcVersion", "value": "1.0.2k"},
                        {"name": _TRIVY + "SrcRelease", "value": "16.el7"},
                        {"name": _TRIVY + "SrcEpoch", "value": "1"},
                    ],
                )
            ),
            SourcePackage(name="openssl", version="1:1.0.2k-16.el7"),
        ),
        (
            _spdx(_referred("libssl3", _LIBSSL, sourceInfo="built package from: openssl 3.0.1-1")),
            SourcePackage(name="openssl", version="3.0.1-1"),
        ),
        (
            _spdx(_referred("libssl3", _LIBSSL, sourceInfo="found in var/lib/dpkg/status; source package openssl 3.0.1-1")),
            SourcePackage(name="openssl", version="3.0.1-1"),
        ),
        (
            _syft({"purl": _LIBSSL, "metadata": {"source": "openssl", "sourceVersion": "3.0.1-1"}}),
            SourcePackage(name="openssl", version="3.0.1-1"),
        ),
        (
            _syft({"purl": "pkg:apk/alpine/libssl3@3.1?distro=alpine-3.19", "metadata": {"originPackage": "openssl"}}),
            SourcePackage(name="openssl"),
        ),
        (
            _syft(
                {"purl": "pkg:rpm/rhel/openssl-libs@3-1?distro=rhel-9", "metadata": {"sourceRpm": "openssl-3.0.7-1.el9.src.rpm"}}
            ),
            SourcePackage(name="openssl", version="3.0.7-1.el9"),
        ),
        (_syft({"purl": "pkg:deb/debian/bash@5-1?distro=debian-12", "metadata": {"source": "bash"}}), None),
    ],
)  # fmt: skip
def test_source_packages(inventory: Inventory, source: SourcePackage | None) -> None:
    """However the tool names it; one that is the package itself says nothing."""
    assert [one.source for one in inventory.packages] == [source]


_BASH = "pkg:rpm/almalinux/bash@5.2-1.el9?distro=almalinux-9.4"


@pytest.mark.parametrize(
    ("inventory", "vendor"),
    [
        (_cyclonedx(_library(_BASH, supplier={"name": "AlmaLinux"})), "AlmaLinux"),
        (_cyclonedx(_library(_BASH, publisher="AlmaLinux")), "AlmaLinux"),
        (_cyclonedx(_library(_LIBSSL, supplier={"name": "Somebody <s@example.org>"})), ""),
        (_cyclonedx(_library(_BASH, supplier=["AlmaLinux"], publisher=7)), ""),
        (_spdx(_referred("bash", _BASH, supplier="Organization: SUSE LLC <https://www.suse.com/>")), "SUSE LLC <https://www.suse.com/>"),
        (_spdx(_referred("bash", _BASH, supplier="Organization: AlmaLinux (packager@almalinux.org)")), "AlmaLinux"),
        (_spdx(_referred("bash", _BASH, supplier="NOASSERTION")), ""),
        (_spdx(_referred("bash", _BASH, supplier="Organization: " + " (" * 100_000)), ("( " * 100).strip()),
        (_syft({"purl": _BASH, "metadata": {"vendor": "AlmaLinux"}}), "AlmaLinux"),
        (
            read_sbom(
                b'<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><components><component type="library"><supplier><name>AlmaLinux'
                b"</name></supplier><name>bash</name><purl>" + _BASH.encode() + b"</purl></component></components></bom>",
                "bill",
            ),
            "AlmaLinux",
        ),
        (
            read_sbom(
                b"SPDXVersion: SPDX-2.3\nPackageName: bash\nPackageSupplier: Organization: AlmaLinux\n"
                b"ExternalRef: PACKAGE-MANAGER purl " + _BASH.encode() + b"\n",
                "bill",
            ),
            "AlmaLinux",
        ),
    ],
)  # fmt: skip
def test_vendors_of_rpms(inventory: Inventory, vendor: str) -> None:
    """However the tool names it; of other packages that is no builder."""
    assert [one.vendor for one in inventory.packages] == [vendor]


@pytest.mark.parametrize(
    ("inventory", "licences"),
    [
        (
            _cyclonedx(_library("pkg:npm/a@1", licenses=[{"license": {"id": "MIT"}}, {"license": {"name": "X"}}])),
            ("MIT", "X"),
        ),
        (_cyclonedx(_library("pkg:npm/a@1", licenses=[{"expression": "MIT OR X11"}])), ("MIT OR X11",)),
        (_spdx(_referred("a", "pkg:npm/a@1", licenseConcluded="MIT", licenseDeclared="NOASSERTION")), ("MIT",)),
        (_spdx(_referred("a", "pkg:npm/a@1", licenseConcluded="NONE")), ()),
        (_syft({"purl": "pkg:npm/a@1", "licenses": ["MIT", {"value": "X11"}]}), ("MIT", "X11")),
        (
            read_sbom(
                b'<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><components><component type="library"><name>a</name><licenses>'
                b"<license><id>MIT</id></license></licenses><purl>pkg:npm/a@1</purl></component></components></bom>",
                "bill",
            ),
            ("MIT",),
        ),
    ],
)
def test_licences(inventory: Inventory, licences: tuple[str, ...]) -> None:
    """As each format has them."""
    assert [one.licenses for one in inventory.packages] == [licences]


@pytest.mark.parametrize(
    ("purl", "namespace", "distro"),
    [
        ("pkg:rpm/amazon/a@1-1?distro=amazon-2", "amzn", "amzn-2"),
        ("pkg:rpm/oracle/a@1-1?distro=oracle-8.9", "ol", "ol-8.9"),
        ("pkg:rpm/alma/a@1-1?distro=alma-9", "almalinux", "almalinux-9"),
        ("pkg:rpm/redhat/a@1-1?distro=redhat-8.4", "rhel", "rhel-8.4"),
        ("pkg:rpm/opensuse.leap/a@1-1?distro=opensuse.leap-15.1", "opensuse-leap", "opensuse-leap-15.1"),
        ("pkg:rpm/cbl-mariner/a@1-1?distro=cbl-mariner-2.0", "mariner", "mariner-2.0"),
        ("pkg:rpm/centos/a@1-1?distro=centos-7.6", "centos", "centos-7.6"),
        ("pkg:deb/debian/a@1-1?distro=bookworm", "debian", "bookworm"),
    ],
)
def test_names_of_distributions(purl: str, namespace: str, distro: str) -> None:
    """Trivy's families are os-release's IDs under other names."""
    found = _cyclonedx(_library(purl)).packages[0]

    assert (found.namespace, found.qualifier("distro")) == (namespace, distro)


@pytest.mark.parametrize(
    ("purl", "version"),
    [
        ("pkg:deb/debian/bsdutils@2.38.1-5?distro=debian-12&epoch=1", "1:2.38.1-5"),
        ("pkg:deb/debian/bsdutils@1%3A2.38.1-5?distro=debian-12", "1:2.38.1-5"),
        ("pkg:rpm/rhel/a@1-1?distro=rhel-9&epoch=2", "2:1-1"),
        ("pkg:rpm/rhel/a@1-1?distro=rhel-9&epoch=0", "1-1"),
    ],
)
def test_epochs(purl: str, version: str) -> None:
    """In the version, or beside it: purl's own way for rpm, Trivy's for deb as well."""
    assert _cyclonedx(_library(purl)).packages[0].version == version


def _told(inventory: Inventory) -> list[tuple[str, bool]]:
    return [(one.code, one.proven) for one in inventory.problems]


def test_the_system_stands_in_for_a_release() -> None:
    """By its purpose, or by Trivy's older id; and it is said."""
    for system in ({"primaryPackagePurpose": "OPERATING-SYSTEM"}, {"SPDXID": "SPDXRef-OperatingSystem-1"}):
        found = _spdx({"name": "Oracle Linux", "versionInfo": "8.9", **system}, _referred("a", "pkg:rpm/ol/a@1-1"))
        assert (found.packages[0].qualifier("distro"), _told(found)) == ("ol-8.9", [("release-inferred", True)])


def test_what_all_others_say_stands_in_for_a_release() -> None:
    """Without an operating-system component; not where they disagree."""
    twelve, eleven, none = (
        f"pkg:deb/debian/{one}" for one in ("a@1-1?distro=debian-12", "b@1-1?distro=debian-11", "c@1-1")
    )

    agreed = _cyclonedx(_library(twelve), _library(none))
    assert [one.qualifier("distro") for one in agreed.packages] == ["debian-12", "debian-12"]
    assert (agreed.distro.version_id if agreed.distro else "", _told(agreed)) == ("12", [("release-inferred", True)])
    assert _told(_cyclonedx(_library(twelve), _library(eleven), _library(none))) == [("no-release", False)]


def test_many_packages_without_a_source_are_a_doubt() -> None:
    """Distributions speak of sources: one of ten packages has another name than its own. A short list may do without."""
    lines = [f"pkg:deb/debian/lib{number}@1-1?distro=debian-12" for number in range(10)]

    assert _told(_cyclonedx(*map(_library, lines))) == [("no-source-packages", False)]
    assert _told(_cyclonedx(*map(_library, lines[:9]))) == []
    assert _told(_cyclonedx(*map(_library, [*lines, _LIBSSL + "&upstream=openssl"]))) == []
    assert _told(read_purls("\n".join([*lines[:9], "pkg:deb/debian/x@1?arch=source&distro=debian-12"]))) == []


_NODEJS = "pkg:rpm/rocky/nodejs@18.4-1.module%2Bel9%2B1?distro=rocky-9.4"


@pytest.mark.parametrize(
    "inventory",
    [
        _cyclonedx(_library(_NODEJS + "&rpmmod=nodejs:18:9:ab")),
        _cyclonedx(_library(_NODEJS, properties=[{"name": _TRIVY + "Modularitylabel", "value": "nodejs:18:9:ab"}])),
        _syft({"purl": _NODEJS, "metadata": {"modularityLabel": "nodejs:18:9:ab"}}),
    ],
)
def test_module_labels(inventory: Inventory) -> None:
    """In the package URL, or where Trivy and Syft tell them beside it."""
    assert [one.qualifier("rpmmod") for one in inventory.packages] == ["nodejs:18:9:ab"]
    assert _told(inventory) == []


def test_a_module_build_without_its_stream_is_a_doubt() -> None:
    """The advisories of a module are of its streams; which of them judges it, nobody can say then."""
    assert _told(_cyclonedx(_library(_NODEJS))) == [("no-module-stream", False)]
    assert _told(read_purls("pkg:rpm/rocky/bash@5.1-1.el9?distro=rocky-9.4")) == []


@pytest.mark.parametrize(
    "inventory",
    [
        _cyclonedx({"type": "library", "name": "x"}),
        _cyclonedx({"type": "application", "name": "x", "version": "1"}),
        _cyclonedx({"type": "application", "name": "x", "cpe": "cpe:2.3:a:x:x:1"}),
        _spdx({"name": "x", "versionInfo": "1"}),
        _spdx({"name": "x", "externalRefs": [{"referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a:x:x:1"}]}),
        _syft({"name": "x", "version": "1", "type": "binary"}),
        read_sbom(b"SPDXVersion: SPDX-2.3\nPackageName: x\nPackageVersion: 1\n", "bill"),
    ],
)
def test_what_has_no_package_url_is_said(inventory: Inventory) -> None:
    """It is not judged, so the report is not clean."""
    assert (inventory.packages, _told(inventory)) == ((), [("no-purl", False)])


@pytest.mark.parametrize(
    "inventory",
    [
        _cyclonedx({"type": "application", "name": "package-lock.json"}, {"type": "file", "name": "x", "version": "1"}),
        _spdx({"SPDXID": "a", "name": "image", "versionInfo": "1"}, documentDescribes=["a"]),
        _spdx(
            {"SPDXID": "a", "name": "image", "versionInfo": "1"},
            relationships=[
                {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "a"}
            ],
        ),
        _spdx({"name": "image", "versionInfo": "1", "primaryPackagePurpose": "CONTAINER"}, {"name": "x"}),
        read_sbom(
            b"SPDXVersion: SPDX-2.3\nPackageName: x\nSPDXID: SPDXRef-x\nPackageVersion: 1\n"
            b"Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-x\n",
            "bill",
        ),
    ],
)
def test_what_is_no_software_needs_none(inventory: Inventory) -> None:
    """The thing that was scanned, files, what has neither a version nor another name."""
    assert (inventory.packages, _told(inventory)) == ((), [])


def _names(inventory: Inventory) -> set[str]:
    return {one.purl for one in inventory.packages}


_LODASH = "pkg:npm/lodash@4.17.20"


@pytest.mark.parametrize(
    ("inventory", "purls"),
    [
        (_spdx(_referred("lodash", _LODASH, SPDXID="SPDXRef-a"), documentDescribes=["SPDXRef-a"]), {_LODASH}),
        (
            read_sbom(
                json.dumps({"bomFormat": "CycloneDX", "metadata": {"component": _library(_LODASH)}}).encode(), "bill"
            ),
            {_LODASH},
        ),
        (
            _spdx(_referred("image", "pkg:oci/image@sha256:01", SPDXID="SPDXRef-a"), documentDescribes=["SPDXRef-a"]),
            set(),
        ),
    ],
)
def test_what_a_document_is_about(inventory: Inventory, purls: set[str]) -> None:
    """A package that an SBOM describes is one of its packages; an image or a repository only holds them."""
    assert _names(inventory) == purls


@pytest.mark.parametrize(
    ("inventory", "purl"),
    [
        (_cyclonedx(_library("pkg:npm/a", version="1.2.0")), "pkg:npm/a@1.2.0"),
        (_cyclonedx(_library("pkg:npm/a", version="^1.2.0")), "pkg:npm/a"),
        (_spdx(_referred("a", "pkg:npm/a")), "pkg:npm/a@1"),
        (_cyclonedx(_library("pkg:golang/std@v1.20.1")), "pkg:golang/stdlib@v1.20.1"),
        (
            _cyclonedx(_library("pkg:golang/example.com/o/jwt@v5.2.1#v5", name="example.com/o/jwt/v5")),
            "pkg:golang/example.com/o/jwt/v5@v5.2.1",
        ),
        (_cyclonedx(_library("pkg:golang/example.com/o/a@v1.0.0#sub/package")), "pkg:golang/example.com/o/a@v1.0.0"),
        (_cyclonedx(_library("pkg:gradle/org.yaml/snakeyaml@1.30")), "pkg:maven/org.yaml/snakeyaml@1.30"),
        (_cyclonedx(_library("pkg:dotnet/AutoMapper@9.0.0")), "pkg:nuget/AutoMapper@9.0.0"),
        (
            _syft({"purl": "pkg:alpine/musl@1.2.2-r3?distro=alpine-3.14"}),
            "pkg:apk/alpine/musl@1.2.2-r3?distro=alpine-3.14",
        ),
    ],
)
def test_package_urls_of_other_tools(inventory: Inventory, purl: str) -> None:
    """A version that stands beside the package URL, Go's own name of its library, what Syft wrote before, what GitLab writes."""
    assert _names(inventory) == {purl}


_BILL = json.dumps({"bomFormat": "CycloneDX", "components": [_library(_LODASH)]})
_XML = (
    '<?xml version="1.0" encoding="UTF-16"?><bom xmlns="http://cyclonedx.org/schema/bom/1.5"><components>'
    f'<component type="library"><name>lodash</name><purl>{_LODASH}</purl></component></components></bom>'
)
_TAGS = f"""SPDXVersion: SPDX-2.3
PackageName: lodash
PackageComment: <text>as it was
PackageName: other
ExternalRef: PACKAGE-MANAGER purl pkg:npm/other@1.0.0
</text>
ExternalRef: PACKAGE-MANAGER purl {_LODASH}
"""
_SPDX_3 = {
    "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
    "@graph": [
        {"type": "CreationInfo", "specVersion": "3.0.1"},
        {"type": "software_Package", "spdxId": "a", "name": "lodash", "software_packageUrl": _LODASH},
        {
            "type": "software_Package",
            "name": "b",
            "externalIdentifier": [{"externalIdentifierType": "packageUrl", "identifier": _LODASH}],
        },
        {"type": "software_Package", "name": "image", "software_primaryPurpose": "container"},
    ],
}


@pytest.mark.parametrize(
    "data",
    [
        _BILL.encode("utf-16"),
        _BILL.encode("utf-16-be"),
        _XML.encode("utf-16"),
        _TAGS.encode(),
        _TAGS.encode("utf-16"),
        json.dumps(_SPDX_3).encode(),
        json.dumps({"sbom": {"spdxVersion": "SPDX-2.3", "packages": [_referred("lodash", _LODASH)]}}).encode(),
    ],
)
def test_forms(data: bytes) -> None:
    """UTF-16, as PowerShell writes it; a text of several lines that looks like tags; SPDX 3; GitHub's export."""
    inventory = read_sbom(data, "bill")

    assert (_names(inventory), inventory.problems) == ({_LODASH}, ())


def test_the_system_in_either_spelling() -> None:
    """SPDX's text writes OPERATING-SYSTEM, its schema of JSON OPERATING_SYSTEM."""
    system = {"name": "debian", "versionInfo": "12", "primaryPackagePurpose": "OPERATING_SYSTEM"}
    inventory = _spdx(system, _referred("a", "pkg:deb/debian/a@1.0"))

    assert _names(inventory) == {"pkg:deb/debian/a@1.0?distro=debian-12"}


@pytest.mark.parametrize(
    "document",
    [
        {"payloadType": "application/vnd.in-toto+json", "payload": "no base64!"},
        {"payloadType": "application/vnd.in-toto+json", "payload": base64.b64encode(b"[" * 100_000).decode()},
        {"predicateType": "https://cyclonedx.org/bom", "predicate": {"Data": "{not json"}},
    ],
)
def test_what_an_envelope_holds_may_be_broken(document: dict[str, str]) -> None:
    """It is said that the file cannot be read."""
    with pytest.raises(UnreadableInput, match="payload cannot be read"):
        read_sbom(json.dumps(document).encode(), "statement.json")


@pytest.mark.parametrize(
    "subject", [{}, {"components": [_library("pkg:apk/alpine/musl@1.2.4-r2")]}], ids=["beside", "inside"]
)
def test_a_document_may_be_about_a_system(subject: dict[str, Any]) -> None:
    """CycloneDX's subject is then the operating system of what is listed."""
    about = {"type": "operating-system", "name": "alpine", "version": "3.18.4", **subject}
    components = [] if subject else [_library("pkg:apk/alpine/musl@1.2.4-r2")]
    document = {"bomFormat": "CycloneDX", "components": components, "metadata": {"component": about}}
    inventory = read_sbom(json.dumps(document).encode(), "bill")

    assert [one.qualifier("distro") for one in inventory.packages] == ["alpine-3.18.4"]


@pytest.mark.parametrize(
    ("kind", "locator", "purl"),
    [
        ("http://spdx.org/rdf/references/purl", "pkg:npm/a@1.0", "pkg:npm/a@1.0"),
        ("PURL", "pkg:npm/a@1.0", "pkg:npm/a@1.0"),
        ("npm", "http-server@0.3.0", "pkg:npm/http-server@0.3.0"),
        ("npm", "@s/a@1.0", "pkg:npm/%40s/a@1.0"),
        ("nuget", "Microsoft.AspNet.MVC/5.0.0", "pkg:nuget/Microsoft.AspNet.MVC@5.0.0"),
        (
            "http://spdx.org/rdf/references/maven-central",
            "org.apache.tomcat:tomcat:9.0.0.M4",
            "pkg:maven/org.apache.tomcat/tomcat@9.0.0.M4",
        ),
    ],
)
def test_references_of_spdx(kind: str, locator: str, purl: str) -> None:
    """SPDX 2.3, annex F: types by name or address, and what package managers call a package."""
    reference = {"referenceCategory": "PACKAGE-MANAGER", "referenceType": kind, "referenceLocator": locator}
    inventory = _spdx({"name": "x", "versionInfo": "1", "externalRefs": [reference]})

    assert [one.purl for one in inventory.packages] == [purl]
    assert inventory.problems == ()


def test_a_package_may_have_several_package_urls() -> None:
    """7.21 sets no limit: none of them may be lost."""
    package = _referred("a", "pkg:npm/a@1.0")
    package["externalRefs"] = [
        *package["externalRefs"],
        *_referred("a", "pkg:deb/debian/node-a@1.0-1?distro=debian-12")["externalRefs"],
    ]

    assert [one.type for one in _spdx(package).packages] == ["npm", "deb"]


def test_what_is_not_there_at_run_time_is_marked() -> None:
    """CycloneDX 1.6, "scope": ``excluded`` is for tests and the like; ``optional`` may be there."""
    inventory = _cyclonedx(_library("pkg:npm/a@1", scope="excluded"), _library("pkg:npm/b@1", scope="optional"))

    assert [one.dev for one in inventory.packages] == [True, False]


@pytest.mark.parametrize(
    ("purls", "distro", "others"),
    [
        (("pkg:deb/debian/a@1-1?distro=buster",), "debian-10", []),
        (("pkg:deb/debian/a@1-1?distro=debian-buster",), "debian-10", []),
        (("pkg:apk/alpine/a@1-r1?distro=alpine-v3.12",), "alpine-3.12", []),
        (("pkg:apk/alpine/a@1-r1?distro=3.12.1",), "alpine-3.12.1", []),
        (("pkg:rpm/suse/a@1-1?distro=sles-15-SP3",), "sles-15.3", []),
        (
            ("pkg:deb/debian/a@1-1?distro=buster", "pkg:deb/ubuntu/a@1-1?distro=jammy"),
            "",
            ["debian-10", "ubuntu-22.04"],
        ),
        (("pkg:deb/debian/a@1-1?distro=sid", "pkg:npm/a@1?distro=debian-10"), "", []),
    ],
)
def test_releases_that_package_urls_name(purls: tuple[str, ...], distro: str, others: list[str]) -> None:
    """They are those of which it is told when they get no updates any more, however they are written."""
    found = _cyclonedx(*map(_library, purls))
    named = [f"{one.id}-{one.version_id}" for one in ((found.distro,) if found.distro else ()) + found.other_distros]

    assert named == ([distro] if distro else []) + others


def test_the_release_of_the_system_is_not_told_twice() -> None:
    """The system says 10, its packages 10.13; a package of another release stands beside."""
    found = _cyclonedx(
        {"type": "operating-system", "name": "debian", "version": "10"},
        _library("pkg:deb/debian/a@1-1?distro=debian-10.13"),
        _library("pkg:deb/debian/b@1-1?distro=debian-9"),
    )

    assert found.distro is not None
    assert [found.distro.version_id, *(one.version_id for one in found.other_distros)] == ["10", "9"]
