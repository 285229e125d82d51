"""
Who built an operating-system package: the distribution it is installed in, or somebody else.

A distribution's advisories speak of its own builds. A package of the same name from elsewhere (EPEL, a vendor's own repository) has
other versions and other patches, so they neither find its flaws nor clear it of any.

Rule: rpm's `Vendor` is written at build time and names the builder, whichever repository brings the package (libzypp, "Solver -
Vendor protection"; dnf5.conf-vendorpolicy(5)). In dpkg's status `Origin` is the distribution a package is from (deb-control(5));
most packages have none, and a `Maintainer` may be anybody. apk's database says no builder.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from hullscan.model.package import Package


class Builder(Enum):
    """`UNTOLD`: the package's record names nobody, or it is not known how the distribution calls itself."""

    DISTRIBUTION = "distribution"
    OTHER = "other"
    UNTOLD = "untold"


_RED_HAT: Final = ("red hat", "centos")
"""CentOS has no advisories of its own: its rebuilds are judged by Red Hat's wherever they are."""

_SUSE: Final = ("suse", "opensuse", "obs://build.suse.de/suse:", "obs://build.opensuse.org/opensuse:")
"""libzypp takes all that begin with ``suse`` for one vendor; the build service names projects without a vendor by their address."""

_SLE: Final = ("suse", "obs://build.suse.de/suse:")

_OWN: Final[Mapping[str, tuple[str, ...]]] = {
    "rhel": _RED_HAT,
    "redhat": _RED_HAT,
    "centos": _RED_HAT,
    "almalinux": ("almalinux", "cloudlinux"),
    "rocky": ("rocky",),
    # Not "oracle" alone: MySQL is of "Oracle and/or its affiliates", Java of "Oracle Corporation".
    "ol": ("oracle america",),
    "amzn": ("amazon linux", "amazon.com"),
    "fedora": ("fedora project",),
    # Leap 15.3 and later take SUSE's own builds in.
    "opensuse": _SUSE,
    "opensuse-leap": _SUSE,
    "opensuse-leap-micro": _SUSE,
    "opensuse-tumbleweed": _SUSE,
    "opensuse-microos": _SUSE,
    # openSUSE's are from Package Hub there, which has advisories of its own.
    "sles": _SLE,
    "sles_sap": _SLE,
    "sle-micro": _SLE,
    "sl-micro": _SLE,
    "openeuler": ("http://openeuler.org", "https://openeuler.org", "openeuler"),
    "photon": ("vmware", "broadcom"),  # whose VMware is since 2023
    "azurelinux": ("microsoft corporation",),
    "mariner": ("microsoft corporation",),
    "debian": ("debian",),
    "ubuntu": ("ubuntu", "debian"),
}
"""
os-release ID → how the vendor texts of its own packages begin, in lower case.

Read in real databases (`../shared/fixtures/rpm`: CentOS 5 to 8, UBI 8, Fedora 35, Rocky 9, SLE 15, Mariner 2) and in what
``rpm -qi`` printed elsewhere (AlmaLinux, Oracle Linux, openEuler); Amazon's, Photon's and openSUSE's as in aquasecurity/trivy:
pkg/fanal/test/integration/testdata/goldens/packages. Its ``pkg/fanal/analyzer/pkg/rpm/rpm.go`` has one such list for all
distributions, so that Fedora's packages in Red Hat's (EPEL) are taken for Red Hat's.
"""

_TAGS: Final = {"amzn": ".amzn"}
"""Distributions that leave the vendor out of some of their own builds, and what the release of these has (trivy#5887)."""


_LONGEST: Final = 200


def vendor_text(text: str) -> str:
    """Return a vendor as it is kept: one line of bounded length, whatever a database says."""
    return " ".join(text[:_LONGEST].encode("utf-8", "replace").decode().split())


def builder_of(package: Package, distro: str) -> Builder:
    """Say who built *package*, which is installed in a distribution of os-release ID *distro*."""
    own = _OWN.get(distro)
    if own is None:
        return Builder.UNTOLD
    if not package.vendor:
        tag = _TAGS.get(distro)
        return Builder.DISTRIBUTION if tag is not None and tag in package.version else Builder.UNTOLD
    return Builder.DISTRIBUTION if package.vendor.lower().startswith(own) else Builder.OTHER
