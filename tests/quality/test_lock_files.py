"""
Real lock files and package databases with the lists that other projects' tests want (../shared/fixtures).

Every package must come out, and no other. What differs by a policy of ours is listed once, with its reason, in
``policies.tsv``; a difference that is not listed fails, and so does a listed one that is no longer there.
"""

import pytest

from quality.compared import cases_of, wrong_files
from shared_data import shared_path

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


@pytest.mark.parametrize("kind", sorted(PLACES))
def test_every_package_and_no_other(kind: str) -> None:
    """All files of a folder; the score is printed."""
    folder = shared_path(f"fixtures/{kind}")

    assert wrong_files(kind, folder, dict.fromkeys(cases_of(folder), PLACES[kind])) == {}
