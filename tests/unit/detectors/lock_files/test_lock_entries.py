"""Entries of lock files that are not of the plain kind: other registries, git, folders, aliases, tarballs."""

import io

import pytest

from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.layers.file import LayerFile
from hullscan.model.package import DetectedFile, Package

_SET = DetectorSet(DETECTORS, directory=True)


def _detect(path: str, content: str | bytes) -> tuple[DetectedFile, ...]:
    data = content.encode() if isinstance(content, str) else content
    return _SET.detect(LayerFile(path, len(data), lambda: io.BytesIO(data)))


def _packages(path: str, content: str | bytes) -> list[Package]:
    return [package for file in _detect(path, content) for package in file.packages]


_PNPM_6 = """lockfileVersion: '6.0'
packages:
  registry.example/is-positive@1.0.0: {dev: false}
  registry.example:4873/@s/a@2.0.0(react@17.0.0): {dev: false}
  file:../local: {name: local, version: 1.0.0}
  file:../other: {resolution: {directory: ../other, type: directory}}
"""

_PNPM_5 = """lockfileVersion: 5.4
packages:
  localhost:4873/a/1.0.0: {dev: false}
  registry.example/@s/b/2.0.0_react@17.0.0: {dev: false}
  file:../libs/2.0: {resolution: {directory: ../libs/2.0, type: directory}}
"""

_PNPM_9 = """lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      a: {specifier: 'github:o/a', version: https://codeload.example/o/a/tar.gz/0123}
      b: {specifier: 'git+ssh', version: git+https://git@example.com/o/b.git#0123}
packages:
  a@https://codeload.example/o/a/tar.gz/0123: {version: 1.2.3}
  b@git+https://git@example.com/o/b.git#0123: {resolution: {type: git}}
  dev@1.0.0: {}
  folder@file:../folder: {}
snapshots:
  a@https://codeload.example/o/a/tar.gz/0123: {}
  b@git+https://git@example.com/o/b.git#0123: {}
"""

_BERRY = """__metadata:
  version: 8

"packed@file:./packed.tgz::locator=own%40workspace%3A.":
  version: 1.2.0
  resolution: "packed@file:./packed.tgz#./packed.tgz::hash=01&locator=own%40workspace%3A."

"folder@file:./folder::locator=own%40workspace%3A.":
  version: 1.3.0
  resolution: "folder@file:./folder#./folder::hash=01&locator=own%40workspace%3A."

"patched@patch:patched@npm%3A2.0.0#./a.patch":
  version: 2.0.0
  resolution: "patched@patch:patched@npm%3A2.0.0#./a.patch::version=2.0.0&hash=01"
"""


_YARN_ALIASES = """# yarn lockfile v1

"a@npm:real":
  version "1.0.0"
"b@npm:@s/real":
  version "2.0.0"
"c@npm:^3.0":
  version "3.1.0"
"""

_BERRY_LONG = """__metadata:
  version: 8

? "long@npm:^1.0, long@npm:^1.1"
:
  version: 1.2.0
  resolution: "long@npm:1.2.0"

"a@npm:1":
  version: 1.0.0
  resolution: "a@npm:1.0.0"
"""

_NPM_1 = """{"lockfileVersion": 1, "dependencies": {
  "folder": {"version": "file:../folder"},
  "packed": {"version": "file:packed.tgz"},
  "git": {"version": "git+ssh://git@example.com/o/git.git#01"}
}}"""


_REQUIREMENTS = """-e .
./folder
-e git+https://example.com/o/a.git@v1.0#egg=a
git+https://example.com/o/b@main#egg=b&subdirectory=python
c @ git+ssh://git@example.com/o/c
https://example.com/files/d-1.2.tar.gz#sha256=00
e @ https://example.com/files/e-2.0-py3-none-any.whl
-c constraints.txt
-r requirements/base.txt
"""

_PIPFILE = """{"default": {
  "a": {"version": "===1.0"},
  "git": {"git": "https://example.com/o/git", "ref": "0123"},
  "own": {"editable": true, "path": "."}
}}"""


_PROPS = """<Project>
  <PropertyGroup><AVersion>1.2.3</AVersion><Both>$(AVersion).4</Both></PropertyGroup>
  <ItemGroup>
    <PackageVersion Include="A" Version="$(AVersion)" />
    <PackageVersion Include="B"><Version>2.0</Version></PackageVersion>
    <PackageVersion Include="C" Version="[3.0]" />
    <PackageVersion Include="D" Version="[1.0,2.0)" />
    <PackageVersion Include="E" Version="1.*" />
    <PackageVersion Include="F;G" Version="$(Both)" />
    <PackageVersion Include="H" Version="$(Elsewhere)" />
  </ItemGroup>
</Project>"""

_POETRY = """[[package]]
name = "folder"
version = "0.1"
source = { type = "directory", url = "../folder" }
[[package]]
name = "git"
version = "2.0"
source = { type = "git", url = "https://example.com/git.git" }
"""

_UV = """[[package]]
name = "own"
source = { virtual = "." }
dependencies = [{ name = "folder" }, { name = "git" }]
[[package]]
name = "folder"
version = "0.1"
source = { directory = "../folder" }
[[package]]
name = "packed"
version = "1.0"
source = { path = "../packed-1.0-py3-none-any.whl" }
[[package]]
name = "git"
source = { git = "https://example.com/git.git" }
"""

_PDM = """[[package]]
name = "folder"
version = "0.1"
path = "./folder"
[[package]]
name = "packed"
version = "1.0"
path = "./packed-1.0-py3-none-any.whl"
"""

_PYLOCK = """[[packages]]
name = "folder"
directory = { path = "." }
[[packages]]
name = "git"
vcs = { type = "git", url = "https://example.com/git.git", commit-id = "01" }
[[packages]]
name = "archive"
archive = { url = "https://example.com/main.zip" }
"""

_REBAR = """{"1.2.0",
[{<<"a">>,{pkg,<<"b">>,<<"2.9.0">>},0},
 {<<"git">>,{git,"https://example.com/o/git.git",{ref,"01"}},0},
 {<<"part">>,{git_subdir,"https://example.com/o/x.git",{ref,"01"},"apps/part"},1}]}.
[{pkg_hash,[{<<"a">>, <<"865DD8B6">>}]}].
"""

_STACK = """packages:
- completed: {hackage: "a-0.3@sha256:00,613"}
- completed: {name: git, version: 1.2.3, git: "https://example.com/o/git", commit: "01"}
"""

_SWIFT = """{"version": 2, "pins": [
  {"kind": "registry", "identity": "mona.LinkedList", "location": "", "state": {"version": "1.2.0"}},
  {"location": "https://user:token@example.com/o/a.git", "state": {"version": "1.0.0"}},
  {"location": "ssh://deploy@example.com:7999/o/b.git", "state": {"version": "1.0.0"}},
  {"location": "org-1@example.com:o/c.git", "state": {"version": "1.0.0"}},
  {"location": "git://example.com/o/d/", "state": {"version": "1.0.0"}}
]}"""

_GEMSPEC = """# -*- encoding: utf-8 -*-
# stub: a 1.0 ruby lib

Gem::Specification.new do |s|
  s.name = %q{a}
  s.version = A::VERSION
end
"""


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("pnpm-lock.yaml", _PNPM_6, {("is-positive", "1.0.0"), ("@s/a", "2.0.0"), ("local", "1.0.0")}),
        ("pnpm-lock.yaml", _PNPM_5, {("a", "1.0.0"), ("@s/b", "2.0.0")}),
        ("pnpm-lock.yaml", _PNPM_9, {("a", "1.2.3"), ("b", ""), ("dev", "1.0.0")}),
        ("yarn.lock", _BERRY, {("packed", "1.2.0"), ("patched", "2.0.0")}),
        (
            "package-lock.json",
            _NPM_1,
            {("packed", ""), ("git", "")},
        ),
        (
            "bun.lock",
            '{"packages": {"l": ["l@link:l", {}], "f": ["f@file:f", {}], "t": ["t@file:t.tgz", {}], "g": ["g@github:o/g#01", {}]}}',
            {("t", ""), ("g", "")},
        ),
        (
            "yarn.lock",
            _YARN_ALIASES,
            {("real", "1.0.0"), ("@s/real", "2.0.0"), ("c", "3.1.0")},
        ),
        (
            "yarn.lock",
            _BERRY_LONG,
            {("long", "1.2.0"), ("a", "1.0.0")},
        ),
        (
            "environment.yml",
            "dependencies: [\"a[version='1.9.0',channel=x]\", 'b[version=>=1]', 'c[build=x]==2.0']",
            {("a", "1.9.0"), ("b", ""), ("c", "2.0")},
        ),
        ("package-lock.json", "\ufeff" + _NPM_1, {("packed", ""), ("git", "")}),
        (
            "Package.resolved",
            '{"pins": [{"location": "https://example.com/o/a.git", "state": {"revision": "0123"}}], "version": 2}',
            {("example.com/o/a", "")},
        ),
        ("poetry.lock", _POETRY, {("git", "2.0")}),
        ("uv.lock", _UV, {("packed", "1.0"), ("git", "")}),
        ("pdm.lock", _PDM, {("packed", "1.0")}),
        ("pylock.toml", _PYLOCK, {("git", ""), ("archive", "")}),
        ("rebar.lock", _REBAR, {("b", "2.9.0"), ("git", ""), ("part", "")}),
        ("stack.yaml.lock", _STACK, {("a", "0.3"), ("git", "1.2.3")}),
        (
            "Package.resolved",
            _SWIFT,
            {("mona/LinkedList", "1.2.0"), *((f"example.com/o/{name}", "1.0.0") for name in "abcd")},
        ),
        ("requirements.txt", _REQUIREMENTS, {("a", ""), ("b", ""), ("c", ""), ("d", "1.2"), ("e", "2.0")}),
        ("Pipfile.lock", _PIPFILE, {("a", "1.0"), ("git", "")}),
        (
            "environment.yml",
            "dependencies: [numpy=1.21.*, {pip: ['a[x]==1.0', \"b==2.0; python_version > '3'\", '-r requirements.txt', 'c>=1']}]",
            {("numpy", ""), ("a", "1.0"), ("b", "2.0"), ("c", "")},
        ),
        ("scripts/main.py.lock", '[[package]]\nname = "a"\nversion = "1.0"\n', {("a", "1.0")}),
        (
            "Directory.Packages.props",
            _PROPS,
            {
                ("A", "1.2.3"),
                ("B", "2.0"),
                ("C", "3.0"),
                ("D", ""),
                ("E", ""),
                ("F", "1.2.3.4"),
                ("G", "1.2.3.4"),
                ("H", ""),
            },
        ),
        ("gems/specifications/default/a-1.0.gemspec", _GEMSPEC, {("a", "1.0")}),
    ],
)
def test_what_else_an_entry_may_be(path: str, content: str, expected: set[tuple[str, str]]) -> None:
    """Folders of the project are no packages; what says no version is listed without one, so that the report says so."""
    assert {(one.full_name, one.version) for one in _packages(path, content)} == expected


def test_pnpm_9_marks_only_what_nothing_in_production_needs() -> None:
    """Also where it comes from git, or where there is nothing but development."""
    all_for_development = "lockfileVersion: '9.0'\nimporters: {.: {devDependencies: {a: {version: 1.0.0}}}}\n"
    all_for_development += "packages: {a@1.0.0: {}}\nsnapshots: {a@1.0.0: {}}\n"

    assert {one.name for one in _packages("pnpm-lock.yaml", _PNPM_9) if one.dev} == {"dev"}
    assert [one.dev for one in _packages("pnpm-lock.yaml", all_for_development)] == [True]


def test_a_package_under_another_name_is_needed_whatever_its_name_begins_with() -> None:
    """pnpm's ``refToRelative``: a version with an ``@`` before any colon or bracket names the package itself."""
    lock = """lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      a: {specifier: 'npm:7zip@1', version: 7zip@1.0.0}
      b: {specifier: 'npm:@1s/t@1', version: '@1s/t@1.0.0(c@1.0.0)'}
packages: {7zip@1.0.0: {}, '@1s/t@1.0.0': {}}
snapshots: {7zip@1.0.0: {}, '@1s/t@1.0.0(c@1.0.0)': {}}
"""

    assert [(one.full_name, one.dev) for one in _packages("pnpm-lock.yaml", lock)] == [
        ("7zip", False),
        ("@1s/t", False),
    ]


_NPM_OF_GIT = """{"packages": {"node_modules/a": {
  "version": "1.0.0", "resolved": "git+ssh://git:token@example.com/o/a.git#01"}}}"""
_NPM_OF_REGISTRY = """{"packages": {"node_modules/a": {
  "version": "1.0.0", "resolved": "https://registry.example/a/-/a-1.0.0.tgz"}}}"""
_PNPM_OF_GIT = """packages:
  a@git+https://example.com/o/a.git#01:
    version: 1.0.0
    resolution: {type: git, repo: https://example.com/o/a.git, commit: '01'}
"""
_PNPM_OF_GITHUB = """packages:
  github.com/o/a/01: {name: a, version: 1.0.0, resolution: {tarball: https://codeload.github.com/o/a/tar.gz/01}}
"""


@pytest.mark.parametrize(
    ("path", "lock", "address"),
    [
        (
            "yarn.lock",
            '"a@o/a":\n  version "1.0.0"\n  resolved "https://codeload.github.com/o/a/tar.gz/01"\n',
            "https://codeload.github.com/o/a",
        ),
        (
            "yarn.lock",
            '"a@git@example.com:o/a":\n  version: 1.0.0\n  resolution: "a@git@example.com:o/a.git#commit=01"\n',
            "git@example.com:o/a.git",
        ),
        ("package-lock.json", _NPM_OF_GIT, "git+ssh://example.com/o/a.git"),
        ("pnpm-lock.yaml", _PNPM_OF_GIT, "https://example.com/o/a.git"),
        ("pnpm-lock.yaml", _PNPM_OF_GITHUB, "https://codeload.github.com/o/a"),
        ("yarn.lock", '"a@^1":\n  version "1.0.0"\n  resolved "https://registry.example/a/-/a-1.0.0.tgz#01"\n', ""),
        ("package-lock.json", _NPM_OF_REGISTRY, ""),
    ],
)
def test_where_a_package_of_npm_is_taken_from(path: str, lock: str, address: str) -> None:
    """A repository's address, without whose account it is, is in the package URL: advisories are of the registry's packages."""
    (package,) = _packages(path, lock)

    assert (package.name, package.version) == ("a", "1.0.0")
    assert address in package.qualifier("vcs_url")
    assert bool(package.qualifier("vcs_url")) == bool(address)
    assert "token" not in package.purl


def test_conan_1_marks_all_that_is_built_for_the_builder() -> None:
    """A tool's own dependencies, too: each node says in which context it is."""
    lock = """{"graph_lock": {"nodes": {
      "0": {"ref": "own/1.0", "path": "conanfile.py", "requires": ["1"], "build_requires": ["2"]},
      "1": {"ref": "zlib/1.2.11", "context": "host"},
      "2": {"ref": "cmake/3.0", "context": "build", "requires": ["3"]},
      "3": {"ref": "openssl/1.1.1", "context": "build"}}}}"""

    assert {one.name: one.dev for one in _packages("conan.lock", lock)} == {
        "zlib": False,
        "cmake": True,
        "openssl": True,
    }


def test_bun_marks_what_only_development_needs() -> None:
    """By the projects' own lists, and the places from which each package sees the others."""
    lock = """{
      "workspaces": {
        "": {"name": "own", "dependencies": {"a": "1", "@s/b": "1"}, "devDependencies": {"d": "1"}},
        "packages/x": {"name": "@own/x", "optionalDependencies": {"e": "1"}, "devDependencies": {"f": "1"}},
      },
      "packages": {
        "a": ["a@1.0.0", "", {"dependencies": {"c": "1"}}, "sha512-"],
        "@s/b": ["@s/b@1.0.0", "", {"peerDependencies": {"c": "2"}}, "sha512-"],
        "c": ["c@1.0.0", "", {}, "sha512-"],
        "@s/b/c": ["c@2.0.0", "", {"dependencies": {"g": "1"}}, "sha512-"],
        "d": ["d@1.0.0", "", {"dependencies": {"c": "3"}}, "sha512-"],
        "d/c": ["c@3.0.0", "", {}, "sha512-"],
        "@own/x": ["@own/x@workspace:packages/x"],
        "@own/x/e": ["e@2.0.0", "", {}, "sha512-"],
        "e": ["e@1.0.0", "", {}, "sha512-"],
        "f": ["f@1.0.0", "", {}, "sha512-"],
        "g": ["g@git+ssh://git@example.com/o/g.git#01", {"dependencies": {"h": "1"}}, "01"],
        "h": ["h@1.0.0", "", {}, "sha512-"],
      },
    }"""
    packages = _packages("bun.lock", lock)

    assert len(packages) == 11
    assert {(one.name, one.version) for one in packages if one.dev} == {
        ("d", "1.0.0"),
        ("c", "3.0.0"),
        ("e", "1.0.0"),
        ("f", "1.0.0"),
    }


def test_bioconductors_packages_are_told_from_those_of_cran() -> None:
    """renv's ``Source`` and ``Repository``; what comes from GitHub is a build of CRAN's. Installed ones by their views."""
    lock = """{"Packages": {
      "a": {"Package": "a", "Version": "1.0", "Source": "GitHub", "RemoteType": "github"},
      "b": {"Package": "b", "Version": "1.0", "Source": "Bioconductor"},
      "c": {"Package": "c", "Version": "1.0", "Source": "Repository", "Repository": "BioCsoft"},
      "d": {"Package": "d", "Version": "1.0", "Source": "Repository", "Repository": "CRAN"}}}"""
    built = "Package: e\nVersion: 1.0\nbiocViews: Software\nBuilt: R 4.3.1; ; 2024-01-01 00:00:00 UTC; unix\n"
    found = [*_packages("renv.lock", lock), *_packages("site-library/e/DESCRIPTION", built)]
    found += _packages("site-library/f/DESCRIPTION", built.replace(": e", ": f") + "Repository: CRAN\n")

    assert {one.name: one.type for one in found} == {
        "a": "cran",
        "b": "bioconductor",
        "c": "bioconductor",
        "d": "cran",
        "e": "bioconductor",
        "f": "cran",
    }


def test_the_lock_file_of_bytes_is_told() -> None:
    """Older Bun's ``bun.lockb``: not read, and so a problem."""
    (found,) = _detect("bun.lockb", b"#!/usr/bin/env bun\nbun-lockfile-format-v0\n\x00")

    assert [problem.code for problem in found.problems] == ["unreadable-file"]


@pytest.mark.parametrize(
    "line",
    ["-r deps/base.in", "--requirement=more.txt", "-r https://example.com/r.txt", "git+https://example.com/o/name"],
)
def test_what_requirements_leave_open_is_told(line: str) -> None:
    """A file that is taken in and has another name, an address that names no package."""
    (found,) = _detect("app/requirements.txt", f"a==1.0\n{line}\n")

    assert len(found.packages) == len(found.problems) == 1


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("app/node_modules/resolve/package.json", True),
        ("app/node_modules/@s/a/package.json", True),
        ("app/node_modules/resolve/test/malformed/package.json", False),
        ("app/template/package.json", False),
    ],
)
@pytest.mark.parametrize("content", ["{\n", '{"name": "{{ name }}", "version": "1.0.0"}'])
def test_only_an_installed_package_has_to_be_readable(path: str, content: str, *, told: bool) -> None:
    """Templates and inputs of tests are broken on purpose (npm's resolve brings such a file)."""
    assert bool([problem for file in _detect(path, content) for problem in file.problems]) == told
