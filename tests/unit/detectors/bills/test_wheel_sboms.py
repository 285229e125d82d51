"""SBOMs of Python distributions (PEP 770): crates that were compiled in, libraries that were copied from elsewhere."""

import json
from typing import Any

from builders import DEBIAN_12, status
from inventories import image_inventory

_SITE = "usr/lib/python3.12/site-packages"
_METADATA = b"Metadata-Version: 2.4\nName: pillow\nVersion: 13.0.0\n\n"


def _bill(*purls: str) -> bytes:
    components: list[dict[str, Any]] = [{"type": "library", "name": "x", "version": "1", "purl": one} for one in purls]
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": components}).encode()


def _purls(files: dict[str, bytes]) -> list[str]:
    inventory = image_inventory({"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("bash 5-1"), **files})
    return sorted(one.purl for one in inventory.packages if one.name != "bash")


def test_crates_of_a_wheel_are_listed() -> None:
    """maturin calls its file ``NAME.cyclonedx.json``; in that folder any name will do."""
    for name in ("pydantic-core.cyclonedx.json", "sbom.json", "made/by-hand.json"):
        assert _purls({f"{_SITE}/pydantic_core-2.50.5.dist-info/sboms/{name}": _bill("pkg:cargo/ahash@0.8.12")}) == [
            "pkg:cargo/ahash@0.8.12"
        ]


def test_the_distribution_itself_is_listed_once() -> None:
    """auditwheel names the wheel beside what it copied into it; the distribution's metadata name it, too."""
    files = {
        f"{_SITE}/pillow-13.0.0.dist-info/METADATA": _METADATA,
        f"{_SITE}/pillow-13.0.0.dist-info/sboms/auditwheel.cdx.json": _bill("pkg:pypi/Pillow@13.0.0?file_name=p.whl"),
    }

    assert _purls(files) == ["pkg:pypi/pillow@13.0.0"]


def test_libraries_copied_into_a_wheel_are_of_the_system_they_came_from() -> None:
    """They are AlmaLinux 8's in an image of Debian; Debian's package database says nothing of them."""
    bill = _bill("pkg:rpm/almalinux/libXau@1.0.9-3.el8", "pkg:rpm/centos/krb5-libs@1.15.1-55.el7_9")

    assert _purls({f"{_SITE}/pillow-13.0.0.dist-info/sboms/auditwheel.cdx.json": bill}) == [
        "pkg:rpm/almalinux/libXau@1.0.9-3.el8?distro=almalinux-8",
        "pkg:rpm/centos/krb5-libs@1.15.1-55.el7_9?distro=centos-7",
    ]


def test_copied_libraries_are_no_package_database() -> None:
    """An image whose database was deleted is not clean because a wheel names rpms."""
    bill = _bill("pkg:rpm/almalinux/libXau@1.0.9-3.el8")
    inventory = image_inventory(
        {"etc/os-release": DEBIAN_12, f"{_SITE}/pillow-13.0.0.dist-info/sboms/auditwheel.cdx.json": bill}
    )

    assert [one.code for one in inventory.problems] == ["no-os-packages"]


def test_a_copied_library_of_an_unknown_release_is_told() -> None:
    """musllinux is built on Alpine, whose versions do not say the release."""
    bill = _bill("pkg:apk/alpine/libgcc@13.2.1_git20240309-r0")
    inventory = image_inventory(
        {
            "etc/os-release": DEBIAN_12,
            "var/lib/dpkg/status": status("bash 5-1"),
            f"{_SITE}/pillow-13.0.0.dist-info/sboms/auditwheel.cdx.json": bill,
        }
    )

    assert [one.code for one in inventory.problems] == ["no-release"]
    assert [one.name for one in inventory.packages] == ["bash"]


def test_one_sbom_in_several_formats_is_one() -> None:
    """Buildpacks leave ``sbom.cdx.json``, ``sbom.spdx.json`` and ``sbom.syft.json`` of each layer."""
    syft = {"schema": {}, "artifacts": [{"name": "a", "purl": "pkg:npm/a@1"}, {"name": "b", "purl": "pkg:npm/b@1"}]}
    data = json.dumps({**syft, "descriptor": {"name": "anchore/syft"}}).encode()
    folder = "layers/sbom/launch/paketo-buildpacks_node-engine/node"

    assert _purls({f"{folder}/sbom.cdx.json": _bill("pkg:npm/a@1"), f"{folder}/sbom.syft.json": data}) == [
        "pkg:npm/a@1",
        "pkg:npm/b@1",
    ]


def test_targets_of_a_crate_are_no_crates() -> None:
    """cargo-cyclonedx lists what is built of a crate with the crate's own package URL and a path in it."""
    crate = "pkg:cargo/orjson@3.13.0?download_url=file://."
    target = {"type": "library", "name": "orjson", "purl": f"{crate}#src/lib.rs"}
    licence = [{"license": {"id": "MIT"}}]
    about = {"type": "library", "name": "orjson", "purl": crate, "licenses": licence, "components": [target]}
    bill = json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "metadata": {"component": about}}).encode()
    inventory = image_inventory({f"{_SITE}/orjson-3.13.0.dist-info/sboms/orjson.cyclonedx.json": bill})

    assert [(one.purl, one.licenses) for one in inventory.packages] == [(crate, ("MIT",))]
