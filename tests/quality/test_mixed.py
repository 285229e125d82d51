"""A tree of thirty ecosystems (../shared/fixtures/mixed), as image and as directory, beside what Syft's own tests want of it."""

import io
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from builders import Entry, make_layer
from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.inventory.image import build_inventory
from hullscan.layers.directory import walk_directory
from hullscan.layers.walk import walk_layer
from hullscan.model.image import Digest, Layer
from hullscan.model.package import Inventory
from shared_data import shared_path

_TYPES = {
    "AlpmPkg": "alpm", "ApkPkg": "apk", "CocoapodsPkg": "cocoapods", "ConanPkg": "conan", "DartPubPkg": "pub",
    "DebPkg": "deb", "DotnetPkg": "nuget", "ErlangOTPPkg": "hex", "GemPkg": "gem", "GithubActionPkg": "github",
    "GithubActionWorkflowPkg": "github", "GoModulePkg": "golang", "HackagePkg": "hackage", "HexPkg": "hex",
    "HomebrewPkg": "brew", "JavaPkg": "maven", "JenkinsPluginPkg": "maven", "LuaRocksPkg": "luarocks", "NixPkg": "nix",
    "NpmPkg": "npm", "OpamPkg": "opam", "PhpComposerPkg": "composer", "PhpPearPkg": "pear", "PortagePkg": "ebuild",
    "PythonPkg": "pypi", "Rpkg": "cran", "RpmPkg": "rpm", "RustPkg": "cargo", "SwiftPkg": "swift",
    "SwiplPackPkg": "swiplpack", "TerraformPkg": "terraform", "WordpressPluginPkg": "wordpress-plugin",
}  # fmt: skip
"""Syft's kind → the purl's type that we use."""

_MISSED = {
    "AlpmPkg": "databases of an operating system are read at the root of what is scanned, not in folders below it",
    "DebPkg": "databases of an operating system are read at the root of what is scanned, not in folders below it",
    "PortagePkg": "databases of an operating system are read at the root of what is scanned, not in folders below it",
    "RpmPkg": "databases of an operating system are read at the root of what is scanned, not in folders below it",
    "DotnetPkg DocuSign.eSign 6.8.0.0": "the file is not in the fixture",
    "DotnetPkg TestLibrary 1.0.0": "the application itself is no package of the registry",
    "GemPkg google-cloud-errors 1.3.0": "a gem in a folder of the project is no package of the registry",
    "GithubActionPkg": "what builds the software is not in it",
    "GithubActionWorkflowPkg": "what builds the software is not in it",
    "HomebrewPkg": "an installed keg has a receipt",
    "LuaRocksPkg": "a rockspec says how to build; an installed rock has a manifest",
    "OpamPkg": "an installed package's description is in its switch",
    "PythonPkg mypy v0.770": "setup.py is a program; what it would want is not what is installed",
    "SwiplPackPkg": "packs of SWI-Prolog are not read",
    "TerraformPkg": "providers that Terraform would fetch are not in the software",
    "WordpressPluginPkg": "a plug-in is called by its slug, which its publisher's index knows it by: akismet",
}
"""What Syft's tests want and we do not list, whole kinds or single packages, and why."""


@cache
def _tree() -> Path:
    return shared_path("fixtures/mixed/syft-pkg-coverage")


@cache
def _image() -> Inventory:
    """As upstream builds it: ``pkgs`` over the root, ``lib`` and ``etc`` beside it; nothing else of the tree."""
    entries: dict[str, Entry] = {}
    for path in sorted((_tree() / "tree").rglob("*")):
        part = path.relative_to(_tree() / "tree").as_posix()
        if path.is_file() and part.startswith(("pkgs/", "lib/", "etc/")):
            entries[part.removeprefix("pkgs/")] = path.read_bytes()
    blob = make_layer(entries)
    detectors = DetectorSet(DETECTORS)
    return build_inventory(
        [(Layer(digest=Digest("")), walk_layer(lambda: io.BytesIO(blob), detectors))], detectors.identity
    )


@cache
def _directory() -> Inventory:
    detectors = DetectorSet(DETECTORS, directory=True)
    return build_inventory(
        [(Layer(digest=Digest("")), walk_directory(_tree() / "tree", detectors))], detectors.identity
    )


def _cases(*groups: str) -> list[tuple[str, str, dict[str, str]]]:
    cases = json.loads((_tree() / "expected.json").read_text())["cases"]
    return [
        (one["case"], one["type"].removeprefix("pkg."), one["packages"]) for group in groups for one in cases[group]
    ]


@pytest.mark.parametrize(
    ("groups", "inventory"),
    [
        (("imageOnlyTestCases", "commonTestCases"), _image),
        (("dirOnlyTestCases", "commonTestCases"), _directory),
    ],
)
def test_what_syft_wants(groups: tuple[str, ...], inventory: Callable[[], Inventory]) -> None:
    """Each name with its version, under the purl's type; what is missed is in the table with its reason."""
    found = {
        (one.type, name.lower(), one.version) for one in inventory().packages for name in (one.name, one.full_name)
    }
    missed = {
        f"{kind} {name} {version}"
        for _, kind, packages in _cases(*groups)
        for name, version in packages.items()
        if (_TYPES[kind], name.lower(), version) not in found
    }

    assert {one for one in missed if one not in _MISSED and one.partition(" ")[0] not in _MISSED} == set()


def test_every_reason_is_needed() -> None:
    """A row that explains nothing any more is taken out."""
    found = {
        (one.type, name.lower(), one.version) for one in _directory().packages for name in (one.name, one.full_name)
    }
    found &= {(one.type, name.lower(), one.version) for one in _image().packages for name in (one.name, one.full_name)}
    cases = _cases("imageOnlyTestCases", "dirOnlyTestCases", "commonTestCases")
    missed = {
        word
        for _, kind, packages in cases
        for name, version in packages.items()
        if (_TYPES[kind], name.lower(), version) not in found
        for word in (kind, f"{kind} {name} {version}")
    }

    assert set(_MISSED) - missed == set()
