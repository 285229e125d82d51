"""Where publishers keep what osv.dev does not export: the addresses behind the parts of a location."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from defusedxml.ElementTree import fromstring

from hullscan.errors import NOT_XML, FeedError
from hullscan.feeds.nvd import WINDOW

Get = Callable[[str], bytes]
"""Returns what is at an address, or raises `FeedError`."""


@dataclass(frozen=True, slots=True)
class Direct:
    """A file at an address of its own."""

    url: str

    def address(self, get: Get) -> str:
        """Return the address."""
        return self.url


@dataclass(frozen=True, slots=True)
class Newest:
    """A file whose name changes with its date; *url* names the newest one, beside which it lies."""

    url: str

    def address(self, get: Get) -> str:
        """Return the address of the newest file."""
        name = get(self.url).decode("utf-8", "replace").strip()
        if not re.fullmatch(r"[\w.-]+", name):
            raise FeedError(f"{self.url} names no file: {name[:80]!r}")
        return f"{self.url.rpartition('/')[0]}/{name}"


@dataclass(frozen=True, slots=True)
class Repository:
    """
    The updateinfo of an RPM repository; *url* is the repository's, or that of a list of mirrors of it.

    Rule: createrepo_c's ``repodata/repomd.xml``, the ``data`` of type ``updateinfo``.
    """

    url: str

    def address(self, get: Get) -> str:
        """Return the address of the updateinfo."""
        base = self.url
        if base.endswith(".list"):
            lines = get(base).decode("utf-8", "replace").split()
            if not lines or not lines[0].startswith(("https://", "http://")):
                raise FeedError(f"{base} lists no mirror")
            base = lines[0]
        index = f"{base.rstrip('/')}/repodata/repomd.xml"
        try:
            root = fromstring(get(index))
        except NOT_XML as error:
            raise FeedError(f"{index} is no repomd.xml: {error}") from error
        for data in root:
            if data.get("type") == "updateinfo":
                place = next((one.get("href") for one in data if one.tag.endswith("location")), None)
                if place and not place.startswith(("/", "http")) and ".." not in place:
                    return f"{base.rstrip('/')}/{place}"
        raise FeedError(f"{index} has no updateinfo")


Publisher = Direct | Newest | Repository

_SECDB: Final = "https://secdb.alpinelinux.org"
_BRANCHES: Final = ("edge", *(f"v3.{minor}" for minor in range(15, 24)))

_SUPPORT: Final = (
    "debian", "ubuntu", "alpine-linux", "rhel", "almalinux", "rocky-linux", "fedora", "sles", "opensuse", "oracle-linux",
    "amazon-linux", "photon",
)  # fmt: skip
"""Distributions whose end of support is asked for, as endoflife.date calls them."""

_FEDORA: Final = ("42", "43", "44")
_EPEL: Final = ("8", "9", "10")

_NVD_YEARS: Final = range(2002, (datetime.now(UTC) - timedelta(days=31)).year + 1)
"""NVD's files begin with the CVEs of 2002 and before; that of a new year may take its time."""

PUBLISHERS: Final[Mapping[str, Publisher]] = {
    **{
        f"native/alpine-secdb/{branch}/{repository}.json": Direct(f"{_SECDB}/{branch}/{repository}.json")
        for branch in _BRANCHES
        for repository in ("main", "community")
    },
    **{f"native/endoflife/{name}.json": Direct(f"https://endoflife.date/api/{name}.json") for name in _SUPPORT},
    "native/kev/known_exploited_vulnerabilities.json": Direct(
        "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"
    ),
    "native/epss/epss_scores-current.csv.gz": Direct("https://epss.empiricalsecurity.com/epss_scores-current.csv.gz"),
    "native/csaf/redhat/csaf_vex.tar.zst": Newest(
        "https://security.access.redhat.com/data/csaf/v2/vex/archive_latest.txt"
    ),
    "native/oval/oracle/com.oracle.elsa-all.xml.bz2": Direct(
        "https://linux.oracle.com/security/oval/com.oracle.elsa-all.xml.bz2"
    ),
    "native/arch/all.json": Direct("https://security.archlinux.org/all.json"),
    **{
        f"native/debian-security-support/security-support-{name}": Direct(
            f"https://salsa.debian.org/debian/debian-security-support/-/raw/master/security-support-{name}"
        )
        for name in ("ended.deb11", "ended.deb12", "limited")
    },
    "native/nodejs-core/index.json": Direct(
        "https://raw.githubusercontent.com/nodejs/security-wg/main/vuln/core/index.json"
    ),
    "native/retirejs/jsrepository-v5.json": Direct(
        "https://raw.githubusercontent.com/RetireJS/retire.js/master/repository/jsrepository-v5.json"
    ),
    WINDOW: Direct("https://nvd.nist.gov/feeds/json/cve/2.0/nvdcve-2.0-modified.json.gz"),
    **{
        f"native/nvd/nvdcve-2.0-{year}.json.gz": Direct(
            f"https://nvd.nist.gov/feeds/json/cve/2.0/nvdcve-2.0-{year}.json.gz"
        )
        for year in _NVD_YEARS
    },
    "native/rubysec/ruby-advisory-db.tar.gz": Direct(
        "https://github.com/rubysec/ruby-advisory-db/archive/refs/heads/master.tar.gz"
    ),
    "native/updateinfo/amazon/2/updateinfo.xml": Repository(
        "https://cdn.amazonlinux.com/2/core/latest/x86_64/mirror.list"
    ),
    "native/updateinfo/amazon/2023/updateinfo.xml": Repository(
        "https://cdn.amazonlinux.com/al2023/core/mirrors/latest/x86_64/mirror.list"
    ),
    **{
        f"native/updateinfo/fedora/{release}/updateinfo.xml": Repository(
            f"https://dl.fedoraproject.org/pub/fedora/linux/updates/{release}/Everything/x86_64"
        )
        for release in _FEDORA
    },
    **{
        f"native/updateinfo/epel/{release}/updateinfo.xml": Repository(
            f"https://dl.fedoraproject.org/pub/epel/{release}/Everything/x86_64"
        )
        for release in _EPEL
    },
}
"""Part of a location → its publisher. Debian, Ubuntu, SUSE, Rocky and their like are in osv.dev's export."""
