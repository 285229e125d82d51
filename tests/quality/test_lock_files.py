"""
Real lock files and package databases with the lists that other projects' tests want (../shared/fixtures).

Every package must come out, and no other. What differs by a policy of ours is listed once, with its reason, in
``policies.tsv``; a difference that is not listed fails, and so does a listed one that is no longer there.
"""

import json
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.layers.file import LayerFile
from hullscan.model.package import Package
from shared_data import shared_path

_SET = DetectorSet(DETECTORS, directory=True)

PLACES = {
    "conan/scalibr": "conan.lock",
    "conan/trivy": "conan.lock",
    "conda/scalibr-meta": "opt/conda/conda-meta/x.json",
    "conda/trivy-environment": "environment.yml",
    "conda/trivy-meta": "opt/conda/conda-meta/x.json",
    "cos/scalibr": "etc/cos-package-info.json",
    "dart/scalibr": "pubspec.lock",
    "dart/trivy": "pubspec.lock",
    "dotnet/scalibr-deps-json": "app/app.deps.json",
    "dotnet/scalibr-packages-config": "packages.config",
    "dotnet/scalibr-packages-lock": "packages.lock.json",
    "dotnet/scalibr-project-assets": "obj/project.assets.json",
    "dotnet/trivy-deps-json": "app/app.deps.json",
    "dotnet/trivy-nuget-lock": "packages.lock.json",
    "dotnet/trivy-packages-config": "packages.config",
    "dotnet/trivy-packages-props": "Directory.Packages.props",
    "dpkg/scalibr-chisel": "var/lib/chisel/manifest.wall",
    "elixir/scalibr": "mix.lock",
    "elixir/scalibr-erlang": "mix.lock",
    "elixir/trivy": "mix.lock",
    "go/scalibr-mod": "go.mod",
    "go/trivy-mod": "go.mod",
    "haskell/scalibr-cabal": "cabal.project.freeze",
    "haskell/scalibr-stack": "stack.yaml.lock",
    "java/scalibr-gradle-lockfile": "gradle.lockfile",
    "java/trivy-gradle-lockfile": "gradle.lockfile",
    "java/trivy-sbt": "build.sbt.lock",
    "julia/trivy": "Manifest.toml",
    "node/scalibr-bun": "bun.lock",
    "node/scalibr-npm": "package-lock.json",
    "node/scalibr-packagejson": "usr/lib/node_modules/x/package.json",
    "node/scalibr-pnpm": "pnpm-lock.yaml",
    "node/scalibr-yarn": "yarn.lock",
    "node/trivy-bun": "bun.lock",
    "node/trivy-npm": "package-lock.json",
    "node/trivy-packagejson": "usr/lib/node_modules/x/package.json",
    "node/trivy-pnpm": "pnpm-lock.yaml",
    "node/trivy-yarn": "yarn.lock",
    "pacman/scalibr": "var/lib/pacman/local/x/desc",
    "php/scalibr-composer": "composer.lock",
    "php/trivy-composer": "composer.lock",
    "python/scalibr-pdm": "pdm.lock",
    "python/scalibr-pipfile": "Pipfile.lock",
    "python/scalibr-poetry": "poetry.lock",
    "python/scalibr-pylock": "pylock.toml",
    "python/scalibr-requirements": "requirements.txt",
    "python/scalibr-uv": "uv.lock",
    "python/trivy-pip": "requirements.txt",
    "python/trivy-pipenv": "Pipfile.lock",
    "python/trivy-poetry": "poetry.lock",
    "python/trivy-pylock": "pylock.toml",
    "python/trivy-uv": "uv.lock",
    "r/scalibr": "renv.lock",
    "ruby/scalibr-gemfile": "Gemfile.lock",
    "ruby/trivy-bundler": "Gemfile.lock",
    "rust/scalibr-cargo": "Cargo.lock",
    "rust/trivy-cargo": "Cargo.lock",
    "swift/scalibr": "Package.resolved",
    "swift/scalibr-pods": "Podfile.lock",
    "swift/trivy-cocoapods": "Podfile.lock",
    "swift/trivy-swift": "Package.resolved",
}
"""Folder of fixtures → where a tree has such a file."""


@lru_cache(maxsize=1)
def policies() -> dict[tuple[str, str], set[str]]:
    """Return (folder, file) → differences that are policies."""
    found: dict[tuple[str, str], set[str]] = {}
    for line in (Path(__file__).parent / "policies.tsv").read_text().splitlines():
        if line and not line.startswith("#"):
            folder, name, difference, reason = line.split("\t")
            assert reason
            found.setdefault((folder, name), set()).add(difference)
    return found


def differences(folder: Path, name: str, cases: list[dict[str, Any]], place: str) -> set[str]:
    """Return how what we say differs from the nearest of the expected lists; +NAME VERSION, -NAME VERSION, or no error."""
    packages, problems = _read(folder / name, place)
    nearest: set[str] | None = None
    for case in cases:
        if case.get("error"):
            found = set() if problems else {"no error"}
        else:
            wanted = {(one["name"], _version(one.get("version", ""), place)) for one in case["packages"]}
            found = {f"+{one} {version}" for one, version in packages - wanted}
            found |= {f"-{one} {version}" for one, version in wanted - packages}
        if nearest is None or len(found) < len(nearest):
            nearest = found
    return nearest or set()


def _read(path: Path, place: str) -> tuple[set[tuple[str, str]], list[str]]:
    def open_file(name: str) -> LayerFile | None:
        # The Go fixtures call a module's go.sum after its go.mod: indirect-1.16.mod, indirect-1.16.sum.
        file = path.parent / name if name != "go.sum" or (path.parent / name).exists() else path.with_suffix(".sum")
        if not file.is_file():
            return None
        return LayerFile(str(Path(place).parent / name), file.stat().st_size, lambda: file.open("rb"), open_file)

    file = LayerFile(place, path.stat().st_size, lambda: path.open("rb"), open_file)
    detected = _SET.detect(file)
    packages = {(_name(one), _version(one.version, place)) for each in detected for one in each.packages}
    return packages, [problem.message for each in detected for problem in each.problems]


def _name(package: Package) -> str:
    return package.name if package.type == "cos" else package.full_name


def _version(text: str, place: str) -> str:
    """Go's versions begin with a v; some projects take it off."""
    return text.removeprefix("v") if place == "go.mod" else text


@pytest.mark.parametrize("kind", sorted(PLACES))
def test_every_package_and_no_other(kind: str) -> None:
    """All files of a folder; the score is printed."""
    folder = shared_path(f"fixtures/{kind}")
    expected = json.loads((folder / "expected.json").read_text())["files"]
    counts = Counter[str]()
    wrong = {}
    for name, cases in expected.items():
        found = differences(folder, name, cases, PLACES[kind])
        unexplained = found ^ policies().get((kind, name), set())
        counts["exact" if not found else "by policy" if not unexplained else "wrong"] += 1
        if unexplained:
            wrong[name] = sorted(unexplained)[:20]
    print(f"{kind}: {dict(counts)}")
    assert wrong == {}
