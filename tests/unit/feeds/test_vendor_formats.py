"""Advisories in their publishers' own formats: what each entry says of which versions."""

import bz2
import gzip
import json
import lzma
import tarfile
from datetime import datetime
from pathlib import Path

import pytest
import zstandard

from feed_parts import read_part, said_of
from hullscan.errors import FeedError
from hullscan.feeds.location import available, open_location
from hullscan.matching.ranges import segments
from hullscan.model.advisory import Advisory, Severity, Status
from hullscan.versions import scheme_for_ecosystem
from shared_data import shared_path

_TRACKER = {
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


_UPDATEINFO = """<updates>
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


_ARCH = [
    {"name": "AVG-1", "packages": ["curl"], "status": "Fixed", "severity": "High", "affected": "8.0-1", "fixed": "8.1-1",
     "issues": ["CVE-2099-0004"]},
    {"name": "AVG-2", "packages": ["curl"], "status": "Vulnerable", "severity": "Low", "affected": "8.1-1", "fixed": None,
     "issues": ["CVE-2099-0005"]},
    {"name": "AVG-3", "packages": ["curl"], "status": "Not affected", "severity": "Low", "affected": "8.1-1", "fixed": None,
     "issues": ["CVE-2099-0006"]},
]  # fmt: skip


def test_debian_tracker(tmp_path: Path) -> None:
    """Each state is what the tracker means by it; a record that cannot be read does not stop the others."""
    advisories, problems = read_part(
        tmp_path, "debian-tracker/tracker.json.gz", gzip.compress(json.dumps(_TRACKER).encode())
    )

    (one,) = advisories.values()
    by_release = {affected.ecosystem: affected for affected in one.affected}
    assert sorted(by_release) == ["Debian:10", "Debian:11", "Debian:12", "Debian:13"]
    assert said_of(by_release["Debian:12"], "1:1.2-2") == (Status.AFFECTED, "1:1.2-3")
    assert said_of(by_release["Debian:12"], "1:1.2-3") == (None, "")
    assert said_of(by_release["Debian:11"], "9:9") == (Status.AFFECTED, "")
    assert said_of(by_release["Debian:13"], "1") == (Status.NOT_AFFECTED, "")
    assert said_of(by_release["Debian:10"], "1") == (Status.UNDETERMINED, "")
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
    data = pack(_UPDATEINFO.encode())
    advisories, problems = read_part(tmp_path, f"updateinfo/amazon/2023/core-updateinfo.xml{suffix}", data)

    (one,) = advisories.values()
    (affected,) = one.affected
    assert (one.flaws, one.severity, one.severity_source) == (("CVE-2099-0003",), Severity.HIGH, "amazon")
    assert (affected.ecosystem, affected.name) == ("Amazon Linux:2023", "nginx")
    assert said_of(affected, "1:1.23.9-9.amzn2023") == (Status.AFFECTED, "1:1.24.0-1.amzn2023")
    assert said_of(affected, "1:1.24.0-1.amzn2023") == (None, "")
    assert ["ALAS2023-2099-3" in problem.message for problem in problems] == [True]


def test_arch(tmp_path: Path) -> None:
    """Groups that are fixed, open, and never were."""
    advisories, _ = read_part(tmp_path, "arch/all.json", json.dumps(_ARCH).encode())

    told = {name: said_of(one.affected[0], "8.0-3") for name, one in advisories.items()}
    assert told == {
        "AVG-1": (Status.AFFECTED, "8.1-1"),
        "AVG-2": (Status.AFFECTED, ""),
        "AVG-3": (Status.NOT_AFFECTED, ""),
    }


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
    assert said_of(found["CVE-2099-0014"], "8.0-r9") == (Status.AFFECTED, "8.1-r0")
    assert said_of(found["CVE-2099-0015"], "8.0-r9") == (Status.NOT_AFFECTED, "")


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
            said_of(affected, version)
            for one in read[feed]
            if flaw in one.flaws
            for affected in one.affected
            if (affected.ecosystem, affected.name) == (ecosystem, name)
        } - {(None, "")}

    rsyslog = says("updateinfo-amazon", "CVE-2022-24903", "Amazon Linux:2023", "rsyslog", "8.2204.0-1.amzn2023.0.2")
    assert rsyslog == {(Status.AFFECTED, "0:8.2204.0-3.amzn2023.0.2")}
    assert len(read["oval-photon"]) > 200
    assert says("oval-oracle", "CVE-2007-0493", "Oracle Linux:5/x86_64", "bind", "30:9.3.3-7.el5") == {
        (Status.AFFECTED, "30:9.3.3-8.el5")
    }
    curl = says("csaf-redhat", "CVE-2023-38545", "Red Hat:enterprise_linux:9::baseos", "libcurl", "7.76.1-23.el9_2")
    assert (Status.AFFECTED, "0:7.76.1-23.el9_2.4") in curl
    assert says("gentoo-glsa", "CVE-2022-38752", "Gentoo", "dev-java/snakeyaml", "1.32") == {(Status.AFFECTED, "1.33")}
    assert says("oval-azure-linux", "CVE-2024-24258", "Azure Linux:3", "freeglut", "3.2.2-1.azl3") == {
        (Status.AFFECTED, "0:3.4.0-1.azl3")
    }
