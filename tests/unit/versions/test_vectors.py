"""Every scheme against the vectors of other projects and of the ecosystems' own tools (../shared/fixtures/versions)."""

import json

import pytest

from hullscan.errors import InvalidVersion
from hullscan.versions import SCHEMES
from shared_data import shared_path

_FILES = {
    "alpm": "alpm",
    "apk": "apk",
    "conan": "conan",
    "cran": "cran",
    "dpkg": "dpkg",
    "gentoo": "gentoo",
    "go": "go",
    "hackage": "hackage",
    "hex": "hex",
    "maven": "maven",
    "npm": "npm",
    "npm-loose": "npm",
    "nuget": "nuget",
    "packagist": "composer",
    "pep440": "pep440",
    "pub": "pub",
    "rpm": "rpm",
    "rpm-evr": "rpm-evr",
    "rubygems": "gem",
    "semver": "semver",
}

_REFUSED_BY_US = {
    "packagist": "branches (dev-foo), texts with # and what Composer's parser refuses: they were compared without being parsed",
    "nuget": "numbers past Int32, which NuGet refuses",
    "rpm-evr": "letters as an epoch: rpm's own header holds a number there",
    "pub": "five numbers: pub itself reads three",
}
"""Files with vectors that we refuse though nobody else does, and why."""

_DIFFERENT = {
    "packagist": (
        11,
        "a leading v, stable and letters in capitals compared as text: Composer parses before it compares",
    ),
    "alpm": (4, "a version without a release sorts below the same version with one, as with rpm"),
    "conan": (1, "a mix of numbers and words at one place"),
}
"""Files with vectors that we order otherwise: how many, and why."""


@pytest.mark.parametrize("name", _FILES)
def test_vectors(name: str) -> None:
    """Where the reference agrees with a vector, or none was run, our keys agree too, but for the tables above."""
    key = SCHEMES[_FILES[name]].key
    different = refused = 0
    for first, second, expected, _, reference in json.loads(shared_path(f"fixtures/versions/{name}.json").read_text())[
        "vectors"
    ]:
        if reference not in ("=", "-"):
            continue
        try:
            left, right = key(first), key(second)
        except InvalidVersion:
            refused += 1
            continue
        different += (left > right) - (left < right) != expected

    assert different == _DIFFERENT.get(name, (0, ""))[0]
    assert refused == 0 or name in _REFUSED_BY_US
