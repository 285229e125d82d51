"""Which distribution os-release names."""

import io

import pytest

from hullscan.detectors.systems.distro import DistroFiles
from hullscan.layers.file import LayerFile
from hullscan.model.package import Distro


@pytest.mark.parametrize(
    ("text", "name", "release"),
    [
        ('ID="openEuler"\nVERSION="22.03 (LTS-SP3)"\nVERSION_ID="22.03"\n', "openeuler", "22.03-LTS-SP3"),
        ('ID="openEuler"\nVERSION="24.03 (LTS)"\nVERSION_ID="24.03"\n', "openeuler", "24.03-LTS"),
        ('ID="openEuler"\nVERSION="21.09"\nVERSION_ID="21.09"\n', "openeuler", "21.09"),
        ('ID=debian\nVERSION="12 (bookworm)"\nVERSION_ID="12"\n', "debian", "12"),
    ],
)
def test_releases(text: str, name: str, release: str) -> None:
    """VERSION_ID, and openEuler's service pack, which only VERSION says."""
    file = LayerFile("etc/os-release", len(text), lambda: io.BytesIO(text.encode()))
    (distro,) = DistroFiles().detect(file)

    assert isinstance(distro, Distro)
    assert (distro.id, distro.version_id) == (name, release)
