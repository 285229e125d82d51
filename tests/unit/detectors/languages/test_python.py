"""Installed distributions whose metadata are not written as they should be, and what only lies beside packages."""

import io

import pytest
from fuzz.small_binaries import jar

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


@pytest.mark.parametrize(
    ("path", "folder"),
    [("app/server.pex", ".deps/requests-2.31.0-py3-none-any.whl/"), ("app/server.pyz", "site-packages/")],
    ids=["pex", "shiv"],
)
def test_distributions_of_an_application_in_one_archive(path: str, folder: str) -> None:
    """A line for the kernel stands before the archive."""
    member = f"{folder}requests-2.31.0.dist-info/METADATA"
    data = b"#!/usr/bin/env python3\n" + jar(
        {
            "__main__.py": b"",
            member: b"Name: requests\nVersion: 2.31.0\n",
            f"{folder}broken-1.dist-info/METADATA": b"",
        }
    )
    (found,) = _SET.detect(LayerFile(path, len(data), lambda: io.BytesIO(data)))

    assert [(one.purl, one.path) for one in found.packages] == [("pkg:pypi/requests@2.31.0", f"{path}!/{member}")]
    assert [one.path for one in found.problems] == [f"{path}!/{folder}broken-1.dist-info/METADATA"]


def test_an_application_that_was_cut_off_is_told() -> None:
    """The directory of a zip archive is at its end."""
    data = jar({"site-packages/a-1.dist-info/METADATA": b"Name: a\nVersion: 1\n"})[:-30]
    (found,) = _SET.detect(LayerFile("app.pyz", len(data), lambda: io.BytesIO(data)))

    assert found.problems


def test_code_that_pyinstaller_packed_is_no_archive() -> None:
    """It has the same ending."""
    assert _SET.detect(LayerFile("build/PYZ-00.pyz", 100, lambda: io.BytesIO(b"PYZ\0" + bytes(96)))) == ()
