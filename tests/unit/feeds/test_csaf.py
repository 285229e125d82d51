"""CSAF documents, one by one and in the publishers' archives: what each says of which versions."""

import io
import json
import tarfile
from pathlib import Path

import pytest
import zstandard

from feed_parts import read_part, said_of
from hullscan.errors import FeedError
from hullscan.model.advisory import Severity, Status


def _csaf(status: dict[str, list[str]], **more: object) -> dict[str, object]:
    """A document of Red Hat's with curl on RHEL 9, from a module on RHEL 8, and on a product that is no RHEL."""

    def product(number: str, **helper: str) -> dict[str, object]:
        return {"product": {"product_id": number, "name": number, "product_identification_helper": helper}}

    parts = (
        ("curl-0:8.1-1.el9.x86_64", "AppStream-9"),
        ("curl-0:8.1-1.el9.src", "AppStream-9"),
        ("curl", "rhel9"),
        ("nodejs-1:18.2-1.module.x86_64", "AppStream-8"),
        ("curl-0:8.1-1.el9.x86_64", "JBoss"),
    )
    return {
        "document": {"tracking": {"id": "CVE-2099-0012", "current_release_date": "2026-01-02T03:04:05+00:00"}},
        "product_tree": {
            "branches": [
                {
                    "branches": [
                        product("AppStream-9", cpe="cpe:/a:redhat:enterprise_linux:9::appstream"),
                        product("AppStream-8", cpe="cpe:/a:redhat:enterprise_linux:8::appstream"),
                        product("rhel9", cpe="cpe:/o:redhat:enterprise_linux:9"),
                        product("JBoss", cpe="cpe:/a:redhat:jboss_enterprise_application_platform:8"),
                        product("curl-0:8.1-1.el9.x86_64", purl="pkg:rpm/redhat/curl@8.1-1.el9?arch=x86_64"),
                        product("curl-0:8.1-1.el9.src", purl="pkg:rpm/redhat/curl@8.1-1.el9?arch=src"),
                        product("curl", purl="pkg:rpm/redhat/curl?arch=src"),
                        product(
                            "nodejs-1:18.2-1.module.x86_64",
                            purl="pkg:rpm/redhat/nodejs@18.2-1.module%2Bel8?arch=x86_64&epoch=1&rpmmod=nodejs:18:8090:ab",
                        ),
                    ]
                }
            ],
            "relationships": [
                {
                    "product_reference": reference,
                    "relates_to_product_reference": platform,
                    "full_product_name": {"product_id": f"{platform}:{reference}"},
                }
                for reference, platform in parts
            ],
        },
        "vulnerabilities": [
            {
                "cve": "CVE-2099-0012",
                "cwe": {"id": "CWE-787"},
                "product_status": status,
                "threats": [{"category": "impact", "details": "Important"}],
                "scores": [{"cvss_v3": {"vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}}],
                **more,
            }
        ],
    }


def test_csaf(tmp_path: Path) -> None:
    """Fixed builds by binary name, what has no fix by its source; the platform by its CPE, the stream by the module."""
    statuses = {
        "fixed": [
            "AppStream-9:curl-0:8.1-1.el9.x86_64",
            "AppStream-9:curl-0:8.1-1.el9.src",
            "AppStream-8:nodejs-1:18.2-1.module.x86_64",
            "JBoss:curl-0:8.1-1.el9.x86_64",
        ],
        "known_affected": ["rhel9:curl"],
    }
    reasons = [{"category": "no_fix_planned", "details": "Will not fix", "product_ids": ["rhel9:curl"]}]
    document = json.dumps(_csaf(statuses, remediations=reasons)).encode()
    advisories, problems = read_part(tmp_path, "csaf/redhat/cve-2099-0012.json", document)

    (one,) = advisories.values()
    curl, node, unfixed = one.affected
    assert (one.severity, one.cwes, one.cvss[0].score) == (Severity.HIGH, ("CWE-787",), 9.8)
    assert (curl.ecosystem, curl.name) == ("Red Hat:enterprise_linux:9::appstream", "curl")
    assert said_of(curl, "0:8.0-1.el9") == (Status.AFFECTED, "0:8.1-1.el9")
    assert (node.ecosystem, node.module) == ("Red Hat:enterprise_linux:8::appstream", "nodejs:18")
    assert said_of(node, "1:18.1-1") == (Status.AFFECTED, "1:18.2-1.module+el8")
    assert (unfixed.ecosystem, unfixed.note) == ("Red Hat:source:enterprise_linux:9", "Will not fix")
    assert said_of(unfixed, "99-1") == (Status.AFFECTED, "")
    assert problems == []


def test_csaf_statuses(tmp_path: Path) -> None:
    """Not affected is a word of its own; under investigation is no answer."""
    nothing = json.dumps(_csaf({"known_not_affected": ["rhel9:curl"]})).encode()
    advisories, _ = read_part(tmp_path, "csaf/redhat/a.json", nothing)
    assert said_of(advisories["CVE-2099-0012"].affected[0], "1-1") == (Status.NOT_AFFECTED, "")

    open_question = json.dumps(_csaf({"under_investigation": ["rhel9:curl"]})).encode()
    advisories, _ = read_part(tmp_path, "csaf/redhat/a.json", open_question)
    assert said_of(advisories["CVE-2099-0012"].affected[0], "1-1") == (Status.UNDETERMINED, "")


def test_an_archive_of_documents(tmp_path: Path) -> None:
    """Packed as the publisher packs them; a broken one is told, and the others are read."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        good = json.dumps(_csaf({"known_affected": ["rhel9:curl"]})).encode()
        for name, data in (("2099/a.json", good), ("2099/b.json", b"{"), ("2099/a.json.asc", b"-")):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    packed = zstandard.compress(buffer.getvalue())
    advisories, problems = read_part(tmp_path, "csaf/redhat/csaf_vex_2099.tar.zst", packed)

    assert (list(advisories), [problem.path for problem in problems]) == (["CVE-2099-0012"], ["2099/b.json"])
    with pytest.raises(FeedError, match="cut off or damaged"):
        read_part(tmp_path, "csaf/redhat/csaf_vex_2099.tar.zst", packed[: len(packed) // 2])


@pytest.mark.parametrize("places", [1, 2])
def test_an_archive_that_ends_between_two_documents_is_cut_off(tmp_path: Path, places: int) -> None:
    """What is left is a whole tar to anybody who does not ask whether its frame of zstd ended."""
    packing = zstandard.ZstdCompressor().compressobj()
    packed = b""
    for number in range(places):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            member = tarfile.TarInfo(f"{number}.json")
            archive.addfile(member)
        packed += packing.compress(buffer.getvalue()[:512]) + packing.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)

    with pytest.raises(FeedError, match="cut off or damaged"):
        read_part(tmp_path, "csaf/redhat/csaf_vex_2099.tar.zst", packed)


def test_suse_names_platforms_and_builds_in_words(tmp_path: Path) -> None:
    """Without purls the name, version and release are read off the product."""
    document = _csaf({})
    tree = {
        "branches": [
            {"branches": [{"product": {"product_id": "S", "name": "SUSE Linux Enterprise Server 15 SP5"}},
                          {"product": {"product_id": "T", "name": "openSUSE Tumbleweed"}},
                          {"product": {"product_id": "C", "name": "SUSE CaaS Platform 4.0"}}]}
        ],
        "relationships": [
            {"product_reference": reference, "relates_to_product_reference": platform,
             "full_product_name": {"product_id": f"{platform}:{reference}"}}
            for platform in "STC" for reference in ("libfoo1-32bit", "libfoo1-1.2+git.3-150500.4.1")
        ],
    }  # fmt: skip
    vulnerability = {
        "cve": "CVE-2099-0013",
        "product_status": {
            "recommended": ["S:libfoo1-1.2+git.3-150500.4.1", "C:libfoo1-1.2+git.3-150500.4.1"],
            "known_affected": ["T:libfoo1-32bit"],
        },
    }
    data = json.dumps({**document, "product_tree": tree, "vulnerabilities": [vulnerability]}).encode()
    advisories, _ = read_part(tmp_path, "csaf/suse/a.json", data)

    (one,) = advisories.values()
    fixed, still = one.affected
    assert (fixed.ecosystem, fixed.name) == ("SUSE:Linux Enterprise Server 15 SP5", "libfoo1")
    assert said_of(fixed, "1.1-1") == (Status.AFFECTED, "1.2+git.3-150500.4.1")
    assert (still.ecosystem, still.name) == ("openSUSE:Tumbleweed", "libfoo1-32bit")
