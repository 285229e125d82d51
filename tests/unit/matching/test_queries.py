"""Under which name and version the feeds are asked for a package."""

import pytest

from hullscan.matching.queries import Query, queries
from hullscan.model.names import normal_name
from hullscan.model.package import Package
from hullscan.model.purls import package_from_purl
from hullscan.model.report import Problem


@pytest.mark.parametrize(
    ("kind", "name", "version", "expected"),
    [
        ("generic", "java", "1.8.0_392-b08", ("Bitnami", "java", "8.0.392")),
        ("generic", "java", "17.0.9", ("Bitnami", "java", "17.0.9")),
        ("generic", "java", "21-ea", ("Bitnami", "java", "21-ea")),
        ("generic", "java", "strange", ("Bitnami", "java", "strange")),
        ("generic", "httpd", "2.4.57", ("Bitnami", "apache", "2.4.57")),
        ("bitnami", "redis", "7.2.4-3", ("Bitnami", "redis", "7.2.4")),
    ],
)
def test_upstream_versions(kind: str, name: str, version: str, expected: tuple[str, str, str]) -> None:
    """Runtimes and Bitnami's builds of them are asked for by upstream's version, as the records give it."""
    asked = queries(Package(type=kind, name=name, version=version))

    assert asked == (Query(ecosystem=expected[0], name=expected[1], version=expected[2]),)


@pytest.mark.parametrize(
    ("kind", "distro", "expected"),
    [
        ("rpm", "sle-micro-5.5", "SUSE:Linux Enterprise Micro 5.5"),
        ("rpm", "sl-micro-6.0", "SUSE:Linux Micro 6.0"),
        ("rpm", "sles_sap-15.6", "SUSE:Linux Enterprise Server for SAP Applications 15 SP6"),
        ("rpm", "sles_sap-15.6", "SUSE:Linux Enterprise Module for Basesystem 15 SP6"),
        ("rpm", "sles-16.0", "SUSE:Linux Enterprise Server 16.0"),
        ("rpm", "opensuse-leap-micro-5.5", "openSUSE:Leap Micro 5.5"),
        ("rpm", "opensuse-microos-20260101", "openSUSE:Tumbleweed"),
        ("apk", "alpaquita-stream", "Alpaquita:stream"),
        ("apk", "bellsoft-hardened-containers-23", "BellSoft Hardened Containers:23"),
        ("apk", "alpine-edge", "Alpine:edge"),
    ],
)
def test_distributions(kind: str, distro: str, expected: str) -> None:
    """The ecosystem of OSV's schema that a distribution's packages are looked up in."""
    asked = queries(
        Package(
            type=kind,
            namespace=distro.rpartition("-")[0],
            name="curl",
            version="8.0-1",
            qualifiers=(("distro", distro),),
        )
    )

    assert isinstance(asked, tuple)
    assert expected in [one.ecosystem for one in asked]


@pytest.mark.parametrize(
    ("purl", "expected"),
    [
        ("pkg:rpm/opensuse/curl@7.56.1-1.1?distro=opensuse-tumbleweed", ("openSUSE:Tumbleweed", "curl")),
        ("pkg:rpm/opensuse/curl@7.56.1-1.1?distro=opensuse-leap-15.6", ("openSUSE:Leap 15.6", "curl")),
        ("pkg:rpm/suse/curl@8.0-1?distro=sles-15.6", ("SUSE:Linux Enterprise Server 15 SP6", "curl")),
        ("pkg:rpm/amazon/bash@5-1?distro=amazon-2023.3.20240131%20%28Amazon%20Linux%29", ("Amazon Linux:2023", "bash")),
        ("pkg:rpm/amazon/bash@4-1?distro=amazon-2%20%28Karoo%29", ("Amazon Linux:2", "bash")),
        ("pkg:rpm/amzn/bash@4-1?distro=amzn-2018.03", ("Amazon Linux:2018.03", "bash")),
        ("pkg:rpm/openEuler/bash@5-1?distro=openEuler-22.03-LTS-SP1", ("openEuler:22.03-LTS-SP1", "bash")),
        ("pkg:deb/debian/bash@5?distro=debian-bookworm", ("Debian:12", "bash")),
        ("pkg:deb/debian/bash@5?distro=squeeze", ("Debian:6", "bash")),
        ("pkg:deb/debian/bash@5?distro=debian-forky", ("Debian:14", "bash")),
        ("pkg:deb/ubuntu/bash@5?distro=plucky", ("Ubuntu:25.04", "bash")),
        ("pkg:apk/alpine/busybox@1.36-r1?distro=3.19.1", ("Alpine:v3.19", "busybox")),
        ("pkg:swift/github.com/Apple/swift-nio@2.3.1", ("SwiftURL", "github.com/apple/swift-nio")),
        ("pkg:github/actions/checkout@v4", ("GitHub Actions", "actions/checkout")),
    ],
)
def test_package_urls(purl: str, expected: tuple[str, str]) -> None:
    """As the specification's examples, Syft, Trivy and osv-scanner write them."""
    package = package_from_purl(purl, "")
    assert isinstance(package, Package)
    asked = queries(package)

    assert isinstance(asked, tuple)
    assert (asked[0].ecosystem, asked[0].name) == expected


def test_swift_names_are_addresses() -> None:
    """Records write them with and without scheme and ending."""
    assert normal_name("SwiftURL", "https://github.com/Apple/swift-nio.git") == "github.com/apple/swift-nio"


def _rpm(distro: str, release: str, vendor: str) -> Package:
    qualifiers = (("distro", f"{distro}-{release}"),)
    return Package(type="rpm", namespace=distro, name="a", version="1-1", qualifiers=qualifiers, vendor=vendor)


@pytest.mark.parametrize(
    ("distro", "release", "vendor", "expected"),
    [
        ("almalinux", "9.4", "AlmaLinux", ["AlmaLinux:9"]),
        ("almalinux", "9.4", "", ["AlmaLinux:9"]),
        ("almalinux", "9.4", "Fedora Project", ["EPEL:9"]),
        ("rhel", "8.10", "Fedora Project", ["EPEL:8"]),
        ("fedora", "43", "Fedora Project", ["Fedora:43"]),
        ("sles", "15.5", "openSUSE", ["SUSE:Package Hub 15 SP5", "SUSE:Package Hub 15"]),
        ("sles", "12", "openSUSE", ["SUSE:Package Hub 12"]),
    ],
)
def test_the_builders_advisories_are_asked(distro: str, release: str, vendor: str, expected: list[str]) -> None:
    """The distribution's for its own builds and those that say none, another's where it has some for this distribution."""
    asked = queries(_rpm(distro, release, vendor))

    assert isinstance(asked, tuple)
    assert [(one.ecosystem, one.name, one.version) for one in asked] == [(one, "a", "1-1") for one in expected]


@pytest.mark.parametrize(
    ("distro", "vendor"), [("rhel", "Docker"), ("fedora", "MongoDB Inc."), ("ol", "Fedora People")]
)
def test_what_nobody_judges_is_said(distro: str, vendor: str) -> None:
    """A package of another builder, of whom no feed speaks, is no package without flaws."""
    answer = queries(_rpm(distro, "9", vendor))

    assert isinstance(answer, Problem)
    assert (answer.code, answer.proven, vendor in answer.message) == ("foreign-vendor", False, True)


@pytest.mark.parametrize(
    ("purl", "expected"),
    [
        ("pkg:deb/ubuntu/curl@1-1?distro=ubuntu-24.04.1", "Ubuntu:24.04:LTS"),
        ("pkg:deb/ubuntu/curl@1-1?distro=resolute", "Ubuntu:26.04:LTS"),
        ("pkg:apk/alpine/curl@1-r1?distro=alpine-v3.19", "Alpine:v3.19"),
        ("pkg:apk/alpine/curl@1-r1?distro=v3.19", "Alpine:v3.19"),
        ("pkg:rpm/redhat/curl@1-1?distro=el9", "Red Hat:enterprise_linux:9"),
        ("pkg:rpm/suse/curl@1-1?distro=sles-15-SP5", "SUSE:Linux Enterprise Server 15 SP5"),
        ("pkg:rpm/openEuler/curl@1-1?distro=openEuler-22.03%20(LTS-SP3)", "openEuler:22.03-LTS-SP3"),
        ("pkg:alpm/archlinux/curl@1-1", "Arch Linux"),
        ("pkg:deb/debian/curl@1-1?os_distro=bookworm&os_name=debian&os_version=12", "Debian:12"),
        ("pkg:deb/debian/curl@1-1?os_distro=bookworm&os_name=debian", "Debian:12"),
        ("pkg:apk/alpine/curl@1-r1?os_name=alpine&os_version=3.17", "Alpine:v3.17"),
        ("pkg:rpm/redhat/rh-python38-python@1-1?distro=rhel-7.9", "Red Hat:rhel_software_collections:3::el7"),
        ("pkg:rpm/suse/apache2@1-1?distro=sles-12.5", "SUSE:Linux Enterprise Module for Web and Scripting 12"),
    ],
)
def test_releases_as_people_write_them(purl: str, expected: str) -> None:
    """VERSION, a branch, a point release or a tag say the release as well as VERSION_ID does; some have more than one product."""
    package = package_from_purl(purl, "")
    assert isinstance(package, Package)
    asked = queries(package)

    assert isinstance(asked, tuple)
    assert expected in [one.ecosystem for one in asked]


@pytest.mark.parametrize(
    ("arch", "expected"),
    [
        ("aarch64", ["", "/aarch64"]),
        ("x86_64", ["", "/x86_64"]),
        ("noarch", ["", "/aarch64", "/x86_64", "/i386"]),
        ("", ["", "/aarch64", "/x86_64", "/i386"]),
    ],
)
def test_oracles_updates_of_one_architecture(arch: str, expected: list[str]) -> None:
    """They judge its own builds, and those that may be of it."""
    qualifiers = (("arch", arch), ("distro", "ol-9.4")) if arch else (("distro", "ol-9.4"),)
    asked = queries(Package(type="rpm", namespace="ol", name="bind", version="32:9.16-1.el9", qualifiers=qualifiers))

    assert isinstance(asked, tuple)
    assert [one.ecosystem for one in asked] == [f"Oracle Linux:9{place}" for place in expected]


@pytest.mark.parametrize("distro", ["wolfi", "chainguard", "minimos", "cleanstart"])
def test_a_package_and_its_origin_are_asked_for(distro: str) -> None:
    """Advisories name the one that ships the flaw (aquasecurity/trivy#11015)."""
    package = package_from_purl(f"pkg:apk/{distro}/libcurl@8.9.0-r0?upstream=curl", "")
    assert isinstance(package, Package)
    asked = queries(package)

    assert isinstance(asked, tuple)
    assert [(one.name, one.version) for one in asked] == [("libcurl", "8.9.0-r0"), ("curl", "8.9.0-r0")]
