"""Which of several files says what an image is made from."""

import io

import pytest

from builders import make_layer
from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.inventory.image import build_inventory
from hullscan.layers.walk import walk_layer
from hullscan.model.image import Digest, Layer

_SET = DetectorSet(DETECTORS)
_RED_HAT = b"Red Hat Enterprise Linux release 9.3 (Plow)\n"


@pytest.mark.parametrize(
    ("files", "name", "release"),
    [
        (
            {"etc/os-release": b"ID=a\nVERSION_ID=1\n", "usr/lib/os-release": b"ID=b\nVERSION_ID=2\n"},
            "a",
            "1",
        ),
        (
            {
                "etc/os-release": ("symlink", "../usr/lib/os-release"),
                "usr/lib/os-release": ("symlink", "os.release.d/os-release-container"),
                "usr/lib/os.release.d/os-release-container": b"ID=fedora\nVERSION_ID=39\n",
                "etc/fedora-release": b"Fedora release 39 (Thirty Nine)\n",
            },
            "fedora",
            "39",
        ),
        ({"etc/redhat-release": _RED_HAT, "etc/oracle-release": b"Oracle Linux Server release 9.3\n"}, "ol", "9.3"),
        (
            {"etc/redhat-release": _RED_HAT, "etc/rocky-release": b"Rocky Linux release 9.3 (Blue Onyx)\n"},
            "rocky",
            "9.3",
        ),
        ({"etc/redhat-release": _RED_HAT, "etc/debian_version": b"12.4\n"}, "rhel", "9.3"),
    ],
)
def test_the_most_telling_file(files: dict[str, bytes | tuple[str, str]], name: str, release: str) -> None:
    """os-release, wherever a link to it leads; then the derivative's own file; then that of what it came from."""
    blob = make_layer(files)
    found = build_inventory(
        [(Layer(digest=Digest("")), walk_layer(lambda: io.BytesIO(blob), _SET))], _SET.identity
    ).distro

    assert found is not None and (found.id, found.version_id) == (name, release)


_NPM = b'{"name": "a", "version": "1.0.0"}'


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"etc/os-release": b"ID=debian\nVERSION_ID=12\n"}, True),
        ({"etc/os-release": b"ID=mine\nID_LIKE='rhel fedora'\n"}, True),
        ({"etc/os-release": b"ID=alpine\n", "lib/apk/db/installed": b"P:musl\nV:1.2.4-r0\n\n"}, False),
        ({"etc/os-release": b"ID=alpine\n", "opt/db": b"", "lib/apk/db/installed": ("symlink", "/opt/db")}, True),
        ({"etc/os-release": b"ID=bottlerocket\n"}, False),
        ({}, False),
    ],
)
def test_a_distribution_without_packages_is_not_known(files: dict[str, bytes | tuple[str, str]], told: bool) -> None:
    """Its database was deleted or moved: that an application's package is found must not make the image look clean."""
    blob = make_layer({**files, "app/node_modules/a/package.json": _NPM})
    found = build_inventory([(Layer(digest=Digest("")), walk_layer(lambda: io.BytesIO(blob), _SET))], _SET.identity)

    assert ("no-os-packages" in {problem.code for problem in found.problems}) == told
