"""Root file systems in folders of an image."""

import pytest

from builders import DEBIAN_12, status
from inventories import image_inventory

_OWN = {"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status("bash 5-1")}


@pytest.mark.parametrize(
    "path",
    [
        "rootfs/var/lib/dpkg/status",
        "srv/chroot/alpine/lib/apk/db/installed",
        "srv/chroot/wolfi/usr/lib/apk/db/installed",
        "mnt/sysroot/var/lib/rpm/rpmdb.sqlite",
        "mnt/sysroot/usr/lib/sysimage/rpm/Packages.db",
    ],
)
def test_another_system_in_a_folder_is_told(path: str) -> None:
    """What is in it can be run, with chroot or as a container, and nothing is known of it."""
    (problem,) = image_inventory({**_OWN, path: status("openssl 1-1")}).problems

    assert (problem.code, problem.path) == ("other-root", path)
    assert image_inventory({**_OWN, path: b""}).problems == ()


@pytest.mark.parametrize(
    "path", ["opt/app/status", "usr/lib/apk/db/installed.bak", "opt/rpm/Packages", "opt/notvar/lib/dpkg/status"]
)
def test_files_called_alike_are_none(path: str) -> None:
    """The whole end of the path counts, with the folder before it."""
    assert image_inventory({**_OWN, path: b"text"}).problems == ()
