"""Under which name and version the feeds are asked for a package."""

import pytest

from hullscan.matching.queries import Query, queries
from hullscan.model.package import Package


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
