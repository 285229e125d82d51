"""Who built a package: vendor texts as they stand in databases of each distribution."""

import json

import pytest

from hullscan.model.package import Package
from hullscan.model.vendors import Builder, builder_of
from shared_data import shared_path

_OWN, _OTHER, _UNTOLD = Builder.DISTRIBUTION, Builder.OTHER, Builder.UNTOLD


@pytest.mark.parametrize(
    ("distro", "vendor", "expected"),
    [
        ("rhel", "Red Hat, Inc.", _OWN),
        ("rhel", "Fedora Project", _OTHER),
        ("rhel", "Docker", _OTHER),
        ("rhel", "", _UNTOLD),
        ("centos", "CentOS", _OWN),
        ("centos", "Red Hat, Inc.", _OWN),
        ("centos", "Remi's RPM repository <https://rpms.remirepo.net/>", _OTHER),
        ("fedora", "Fedora Project", _OWN),
        ("fedora", "MongoDB Inc.", _OTHER),
        ("rocky", "Rocky Enterprise Software Foundation", _OWN),
        ("rocky", "Red Hat, Inc.", _OTHER),
        ("almalinux", "AlmaLinux", _OWN),
        ("ol", "Oracle America", _OWN),
        ("ol", "Oracle and/or its affiliates", _OTHER),
        ("ol", "Oracle Corporation", _OTHER),
        ("sles", "SUSE LLC <https://www.suse.com/>", _OWN),
        ("sles", "openSUSE", _OTHER),
        ("sles", "obs://build.opensuse.org/home:someone", _OTHER),
        ("opensuse-leap", "SUSE LLC <https://www.suse.com/>", _OWN),
        ("opensuse-leap", "openSUSE", _OWN),
        ("opensuse-tumbleweed", "obs://build.opensuse.org/openSUSE:Factory", _OWN),
        ("opensuse-tumbleweed", "http://packman.links2linux.de", _OTHER),
        ("openeuler", "http://openeuler.org", _OWN),
        ("photon", "VMware, Inc.", _OWN),
        ("mariner", "Microsoft Corporation", _OWN),
        ("azurelinux", "Microsoft Corporation", _OWN),
        ("rhel", "Microsoft Corporation", _OTHER),
        ("unheard-of", "Somebody", _UNTOLD),
    ],
)
def test_vendors_of_rpms(distro: str, vendor: str, expected: Builder) -> None:
    """The distribution's own, another's, or nothing that tells it."""
    assert builder_of(Package(type="rpm", name="a", version="1-1.el9", vendor=vendor), distro) is expected


@pytest.mark.parametrize(
    ("vendor", "version", "expected"),
    [
        ("Amazon Linux", "1-1", _OWN),
        ("Amazon.com", "1-1", _OWN),
        ("", "8.3.0-1.amzn2023.0.2", _OWN),
        ("", "1-1", _UNTOLD),
    ],
)
def test_amazon_leaves_out_the_vendor_of_some(vendor: str, version: str, expected: Builder) -> None:
    """Their release says it: curl-minimal 8.3.0-1.amzn2023.0.2 has no vendor."""
    assert builder_of(Package(type="rpm", name="a", version=version, vendor=vendor), "amzn") is expected


@pytest.mark.parametrize(
    ("distro", "origin", "expected"),
    [
        ("debian", "", _UNTOLD),
        ("debian", "Debian", _OWN),
        ("ubuntu", "debian", _OWN),
        ("ubuntu", "Ubuntu", _OWN),
        ("debian", "Raspbian", _OTHER),
    ],
)
def test_origins_of_debs(distro: str, origin: str, expected: Builder) -> None:
    """deb-control(5): the distribution that a package is from."""
    assert builder_of(Package(type="deb", name="a", version="1-1", vendor=origin), distro) is expected


@pytest.mark.parametrize(
    ("name", "distro", "others"),
    [
        ("centos5-plain", "centos", set()),
        ("centos6-devtools", "centos", set()),
        ("centos7-httpd24", "centos", {"epel-release", "nss_wrapper"}),
        ("centos8-modularitylabel", "centos", set()),
        ("fedora35-plus-mongo", "fedora", {"mongocli"}),
        ("rockylinux-9", "rocky", set()),
        ("sle15-bci", "sles", set()),
        ("ubi8-s390x", "rhel", set()),
    ],
)
def test_whole_databases(name: str, distro: str, others: set[str]) -> None:
    """All of an image's packages but those that were added from elsewhere are its distribution's."""
    rows = json.loads(shared_path(f"fixtures/rpm/package-lists/{name}.json").read_text())

    built = {
        row["name"]: builder_of(Package(type="rpm", name=row["name"], version="1-1", vendor=row["vendor"]), distro)
        for row in rows
        if row.get("vendor")
    }

    assert {one for one, builder in built.items() if builder is not _OWN} == others
