"""
Real package databases, installed packages and SBOMs with the lists of independent tools and of other projects' tests.

The files are those of ../shared/fixtures. Every package must come out, and no other; what differs by a policy of ours is listed
once, with its reason, in ``policies.tsv``.
"""

from fnmatch import fnmatch
from pathlib import Path

import pytest

from quality.compared import cases_of, wrong_files
from shared_data import shared_path

_STATUS = "var/lib/dpkg/status"
_APK = "lib/apk/db/installed"
_INSTALLED_JSON = "vendor/composer/installed.json"

_PLACES = {
    "apk/alpine-3.10.4": [("*", _APK)],
    "apk/alpine-3.11.5": [("*", _APK)],
    "apk/scalibr": [("*", _APK)],
    "apk/syft-corrupt": [("*", _APK)],
    "apk/trivy-apk": [("*", "usr/" + _APK)],
    "dotnet/syft-deps-json": [("*", "app/TestLibrary.deps.json")],
    "dpkg/claircore-debian-only": [("*", _STATUS)],
    "dpkg/claircore-postgresql": [("*", _STATUS)],
    "dpkg/claircore-texlive": [("*", _STATUS)],
    "dpkg/claircore-vcpkg": [("*", "opt/vcpkg/installed/vcpkg/status")],
    "dpkg/debian11-min": [("*", _STATUS)],
    "dpkg/debian12-app": [("*", _STATUS)],
    "dpkg/debian12-min": [("*", _STATUS)],
    "dpkg/scalibr": [
        ("dpkg/status.d/*", "var/lib/dpkg/status.d/foo"),
        ("dpkg/*", _STATUS),
        ("opkg/*", "usr/lib/opkg/status"),
    ],
    "dpkg/syft-coreutils-relationships": [("*", _STATUS)],
    "dpkg/syft-corrupt": [("*", _STATUS)],
    "dpkg/syft-deinstall": [("*", _STATUS)],
    "dpkg/syft-doc-examples": [("*", _STATUS)],
    "dpkg/syft-installed-size-4KB": [("*", _STATUS)],
    "dpkg/syft-multiple": [("*", _STATUS)],
    "dpkg/syft-single": [("*", _STATUS)],
    "dpkg/trivy-corrupsed": [("*", _STATUS)],
    "dpkg/trivy-digest": [("*", _STATUS)],
    "dpkg/trivy-md5sums": [("*", _STATUS)],
    "dpkg/trivy-only-apt": [("*", _STATUS)],
    "dpkg/trivy-third-party": [("*", _STATUS)],
    "dpkg/trivy-valid": [("*", _STATUS)],
    "java/scalibr-archive": [("not_jar", "not_jar.jar"), ("*", "{name}")],
    "java/trivy-jar": [("*", "{name}")],
    "perl/scalibr-cpan": [("*.yml", "usr/lib/perl5/.meta/X/META.yml"), ("*", "usr/lib/perl5/.meta/X/META.json")],
    "php/syft-composer-1": [("*", _INSTALLED_JSON)],
    "php/syft-composer-2": [("*", _INSTALLED_JSON)],
    "php/syft-pecl": [("*", "usr/local/lib/php/.registry/.channel.pecl.php.net/memcached.reg")],
    "python/scalibr-wheelegg": [
        ("distinfo_meta", "x.dist-info/METADATA"),
        ("egginfo", "x.egg-info"),
        ("egginfo_pkginfo", "x.egg/EGG-INFO/PKG-INFO"),
        ("*.egg", "{name}"),
        ("*.whl", "{name}"),
        ("*", "x.egg-info/PKG-INFO"),
    ],
    "python/trivy-egg-zip": [("*", "{name}")],
    "python/trivy-packaging": [
        ("*.PKG-INFO", "x.egg-info/PKG-INFO"),
        ("*.egg-info", "{name}"),
        ("*", "x.dist-info/METADATA"),
    ],
    "ruby/scalibr-gemspec": [("version_*", "app/{name}"), ("*", "usr/lib/ruby/specifications/{name}")],
    "ruby/trivy-gemspec": [("*", "usr/lib/ruby/specifications/{name}")],
    "sbom/scalibr/cdx": [("*", "{name}")],
    "sbom/scalibr/spdx": [("*", "{name}")],
}
"""Folder of fixtures → patterns of names, each with where an image has such a file; the first that fits counts."""

_ELSEWHERE = {
    "layers": "archives, not files: tests/quality/test_layers.py",
    "mixed/syft-pkg-coverage": "a tree: tests/quality/test_mixed.py",
    "os-release": "distributions: tests/quality/test_distros.py",
    "dotnet/scalibr-pe": "PE's version resources are not read: applications are known by their deps.json",
    "dpkg/distroless-arm64": "a tree: test_trees",
    "dpkg/syft-distroless": "a tree: test_trees",
    "go/trivy-binary": "compiled programs are not in the fixtures; tests/unit/detectors/programs/test_go_binary.py",
    "go/trivy-sum": "go.sum is read with its go.mod only: alone it names what a build looked at, not what it took",
    "python/scalibr-setup": "setup.py is a program; what it would want is not what is installed",
    "python/syft-site-packages": "a tree: test_trees",
    "rust/scalibr-audit": "compiled programs are not in the fixtures",
    "rust/trivy-binary": "compiled programs are not in the fixtures",
}
"""Folders with a list that are compared by another test, or by none, and why."""


def _place(kind: str, name: str) -> str:
    pattern = next(place for fits, place in _PLACES[kind] if fnmatch(name, fits))
    return pattern.format(name=name.rpartition("/")[2])


@pytest.mark.parametrize("kind", sorted(_PLACES))
def test_every_package_and_no_other(kind: str) -> None:
    """All files of a folder; the score is printed."""
    folder = shared_path(f"fixtures/{kind}")

    assert wrong_files(kind, folder, {name: _place(kind, name) for name in cases_of(folder)}) == {}


def test_every_list_is_compared() -> None:
    """A folder that brings a list is in one of the tables."""
    root = shared_path("fixtures")
    lists = {path.parent.relative_to(root).as_posix() for path in root.rglob("expected.json")}
    tests = Path(__file__).parent
    others = (tests / "test_lock_files.py").read_text() + (tests / "test_fixtures.py").read_text()

    assert {one for one in lists if one not in _PLACES and one not in _ELSEWHERE and f'"{one}"' not in others} == set()
