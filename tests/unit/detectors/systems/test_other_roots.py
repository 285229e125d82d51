"""Root file systems in folders of an image."""

import pytest

from builders import DEBIAN_12, status
from hullscan.detectors import DETECTORS
from hullscan.detectors.systems.other_roots import OtherRoots
from inventories import image_inventory

_OWN = {"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("bash 5-1")}

_DATABASES = {
    "apk": ("lib/apk/db/installed", "usr/lib/apk/db/installed"),
    "bitnami": ("opt/bitnami/.bitnami_components.json",),
    "chisel": ("var/lib/chisel/manifest.wall",),
    "cos": ("etc/cos-package-info.json",),
    "dpkg": (
        "var/lib/dpkg/status",
        "usr/lib/dpkg/status",
        "usr/lib/sysimage/dpkg/status",
        "var/lib/dpkg/status.d/base-files",
    ),
    "homebrew": ("home/linuxbrew/.linuxbrew/Cellar/jq/1.7.1/INSTALL_RECEIPT.json",),
    "nix": ("nix/store/0c4c4pm0mxskmlkp8sw7b2h8d7hjq0v6-jq-1.7.1/",),
    "opkg": ("usr/lib/opkg/status", "var/lib/opkg/status"),
    "pacman": ("var/lib/pacman/local/ALPM_DB_VERSION", "usr/lib/holo/pacmandb/local/ALPM_DB_VERSION"),
    "portage": ("var/db/pkg/sys-apps/baselayout-2.17/CONTENTS",),
    "rpm": (
        "var/lib/rpm/Packages",
        "var/lib/rpm/rpmdb.sqlite",
        "usr/lib/sysimage/rpm/Packages.db",
        "usr/lib/sysimage/rpm/rpmdb.sqlite",
        "usr/share/rpm/rpmdb.sqlite",
        "var/lib/rpmmanifest/container-manifest-2",
    ),
}
"""A place of each form of each database."""


@pytest.mark.parametrize("path", [path for paths in _DATABASES.values() for path in paths])
def test_no_database_in_a_folder_is_passed_over(path: str) -> None:
    """It is told, or a detector reads it wherever it lies: what is in it can be run, with chroot or as a container."""
    below = f"srv/chroot/{path}"

    assert any(one.wants(below) for one in DETECTORS)
    assert not OtherRoots().wants(path)


def test_every_detector_of_systems_is_thought_of() -> None:
    """A new one needs its places above, and if it reads them at the root only, in the detector of other roots."""
    systems = {one.name for one in DETECTORS if ".systems." in type(one).__module__}

    assert set(_DATABASES) == systems - {"distro", "other-roots"}


@pytest.mark.parametrize("root", ["rootfs", "srv/chroot/usr.lib", "mnt/var/lib/sysroot"])
@pytest.mark.parametrize("path", _DATABASES["apk"] + _DATABASES["rpm"])
def test_another_system_in_a_folder_is_told(root: str, path: str) -> None:
    """Its root is the folder above the whole place."""
    (problem,) = image_inventory({**_OWN, f"{root}/{path}": b"text"}).problems

    assert (problem.code, problem.path) == ("other-root", f"{root}/{path}")
    assert f" {root}:" in problem.message
    assert image_inventory({**_OWN, f"{root}/{path}": b""}).problems == ()


@pytest.mark.parametrize(
    "path", ["opt/app/status", "usr/lib/apk/db/installed.bak", "opt/rpm/Packages", "opt/notvar/lib/dpkg/status"]
)
def test_files_called_alike_are_none(path: str) -> None:
    """The whole end of the path counts, with the folder before it."""
    assert image_inventory({**_OWN, path: b"text"}).problems == ()
