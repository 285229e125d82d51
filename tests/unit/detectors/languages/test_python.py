"""Installed distributions whose metadata are not written as they should be, and what only lies beside packages."""

import io

import pytest

from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.layers.file import LayerFile

_SET = DetectorSet(DETECTORS)
_PATH = "usr/lib/python3/dist-packages/a-1.0.dist-info/METADATA"


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffMetadata-Version: 2.1\nName: a\nVersion: 1.0\n",
        "Metadata-Version: 1.0\r\nSummary: two\r\nlines, the second not indented\r\nname: a\r\nversion: 1.0\r\n",
        "Name: a\nVersion: 1.0\nLicense: a whole text\n        Name: b\n\nName: c\nVersion: 2\n",
    ],
)
def test_name_and_version_of_the_header(content: str) -> None:
    """With a byte-order mark, between lines that are no fields, before a description that looks like a header."""
    data = content.encode()
    (found,) = _SET.detect(LayerFile(_PATH, len(data), lambda: io.BytesIO(data)))

    assert [(one.name, one.version) for one in found.packages] == [("a", "1.0")]


def test_the_state_of_a_conda_environment_is_no_package() -> None:
    """``conda env config vars set`` writes it among the packages' files."""
    assert not _SET.wants("opt/conda/conda-meta/state.json")
    assert _SET.wants("opt/conda/conda-meta/numpy-1.21.0-py39.json")
