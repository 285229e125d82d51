"""Each lock file and package list in its smallest form that shows its rules; the real ones are in tests/quality."""

import json

import pytest

from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.layers.file import LayerFile
from hullscan.model.package import DetectedFile

_SET = DetectorSet(DETECTORS, directory=True)


def _detect(path: str, content: str | bytes) -> tuple[DetectedFile, ...]:
    import io

    data = content.encode() if isinstance(content, str) else content
    return _SET.detect(LayerFile(path, len(data), lambda: io.BytesIO(data)))


_YARN_1 = """# yarn lockfile v1

"@scope/a@^1.0.0", "@scope/a@~1.0.1":
  version "1.0.2"
  dependencies:
    version "9"
alias@npm:real@^2.0.0:
  version "2.1.0"
"linked@link:./x":
  version "0.0.0"
"""

_YARN_BERRY = """__metadata:
  version: 6

"a@npm:^1.0.0":
  version: 1.0.2
  resolution: "a@npm:1.0.2"
"own@workspace:.":
  version: 0.0.0-use.local
  resolution: "own@workspace:."
"""

_PNPM_5 = """lockfileVersion: 5.4
packages:
  /a/1.0.0:
    dev: false
  /@s/b/2.0.0_peer@3.0.0+x@1.0.0:
    dev: true
"""

_PNPM_9 = """lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      a: {specifier: ^1.0.0, version: 1.0.0(peer@1.0.0)}
packages:
  a@1.0.0: {}
  only-dev@2.0.0: {}
  c@file:c.tgz: {version: 3.0.0}
snapshots:
  a@1.0.0(peer@1.0.0): {}
"""

_UV = """version = 1
[[package]]
name = "own"
version = "0.1.0"
source = { editable = "." }
dependencies = [{ name = "a" }]
[[package]]
name = "a"
version = "1.0"
[[package]]
name = "b"
version = "2.0"
"""

_GEMFILE = """PATH
  remote: .
  specs:
    own (0.1)

GEM
  remote: https://gems.example/
  specs:
    rails (7.0.1)
      rack (~> 2)
    nokogiri (1.15.0-x86_64-linux)

DEPENDENCIES
  rails
"""

_GO_MOD = """module example.com/m
go 1.21.5
require (
\texample.com/a v1.0.0
\texample.com/b v1.1.0 // indirect
\texample.com/c v1.2.0
)
replace example.com/b => example.com/fork v1.1.1
replace example.com/c => ../c
"""

_PODS = """PODS:
  - A (1.0)
  - B/Core (2.0):
    - A
DEPENDENCIES:
  - A
"""

_POM = (
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><version>3</version><properties><a.v>1.${b}</a.v><b>2</b>'
    "</properties><dependencyManagement><dependencies><dependency><groupId>g</groupId><artifactId>m</artifactId>"
    "<version>7</version></dependency></dependencies></dependencyManagement><dependencies><dependency>"
    "<groupId>g</groupId><artifactId>a</artifactId><version>${a.v}</version></dependency><dependency>"
    "<groupId>g</groupId><artifactId>m</artifactId></dependency><dependency><groupId>g</groupId>"
    "<artifactId>own</artifactId><version>${project.version}</version></dependency><dependency>"
    "<groupId>g</groupId><artifactId>bom</artifactId></dependency><dependency><groupId>g</groupId>"
    "<artifactId>range</artifactId><version>[1,2)</version></dependency></dependencies></project>"
)

_CASES = [
    ("yarn.lock", _YARN_1, {("@scope/a", "1.0.2"), ("real", "2.1.0")}),
    ("yarn.lock", _YARN_BERRY, {("a", "1.0.2")}),
    ("pnpm-lock.yaml", _PNPM_5, {("a", "1.0.0"), ("@s/b", "2.0.0")}),
    ("pnpm-lock.yaml", _PNPM_9, {("a", "1.0.0"), ("only-dev", "2.0.0"), ("c", "3.0.0")}),
    (
        "bun.lock",
        '{"packages": {"a": ["a@1.0.0", "", {}], "g": ["g@git+ssh://x/y#1", {}], "w": ["w@workspace:w"],}, // end\n}',
        {("a", "1.0.0"), ("g", "")},
    ),
    (
        "package-lock.json",
        json.dumps({"packages": {"": {}, "node_modules/a": {"version": "1.0.0"}, "own": {"version": "2.0.0"}}}),
        {("a", "1.0.0")},
    ),
    (
        "Pipfile.lock",
        '{"_meta": {}, "default": {"a": {"version": "==1.0"}}, "develop": {"b": {"version": "==2.0"}}}',
        {("a", "1.0"), ("b", "2.0")},
    ),
    ("poetry.lock", '[[package]]\nname = "a"\nversion = "1.0"\n[metadata]\n', {("a", "1.0")}),
    ("uv.lock", _UV, {("a", "1.0"), ("b", "2.0")}),
    ("pylock.prod.toml", 'lock-version = "1.0"\n[[packages]]\nname = "a"\nversion = "1.0"\n', {("a", "1.0")}),
    (
        "requirements-dev.txt",
        (
            "-r other.txt\na==1.0  # why\nb[x] == 2.0 ; python_version > '3'\nc>=3\nd==4.0 \\\n  --hash=sha256:00\n"
            "https://x.example/e-5.0-py3-none-any.whl\n"
        ),
        {("a", "1.0"), ("b", "2.0"), ("c", ""), ("d", "4.0"), ("e", "5.0")},
    ),
    (
        "environment.yml",
        "dependencies:\n  - conda-forge::a=1.0=0\n  - b\n  - pip:\n    - c==2.0\n",
        {("a", "1.0"), ("b", ""), ("c", "2.0")},
    ),
    ("Gemfile.lock", _GEMFILE, {("rails", "7.0.1"), ("nokogiri", "1.15.0")}),
    (
        "composer.lock",
        '{"packages": [{"name": "v/a", "version": "v1.0"}], "packages-dev": [{"name": "v/b", "version": "2.0"}]}',
        {("v/a", "v1.0"), ("v/b", "2.0")},
    ),
    ("app/vendor/composer/installed.json", '[{"name": "v/a", "version": "1.0"}]', {("v/a", "1.0")}),
    (
        "app/vendor/composer/installed.json",
        '{"packages": [{"name": "v/a", "version": "1.0"}], "dev-package-names": ["v/a"]}',
        {("v/a", "1.0")},
    ),
    ("Cargo.lock", '[[package]]\nname = "a"\nversion = "1.0.0"\n', {("a", "1.0.0")}),
    ("go.mod", _GO_MOD, {("example.com/a", "v1.0.0"), ("example.com/fork", "v1.1.1"), ("stdlib", "1.21.5")}),
    ("gradle.lockfile", "# comment\ng:a:1.0=runtimeClasspath\nempty=\n", {("g:a", "1.0")}),
    (
        "build.sbt.lock",
        '{"dependencies": [{"org": "g", "name": "a", "version": "1.0", "configurations": ["test"]}]}',
        {("g:a", "1.0")},
    ),
    (
        "packages.lock.json",
        '{"dependencies": {"net8.0": {"A": {"type": "Direct", "resolved": "1.0.0"}, "own": {"type": "Project"}}}}',
        {("A", "1.0.0")},
    ),
    ("packages.config", '<packages><package id="A" version="1.0.0"/></packages>', {("A", "1.0.0")}),
    (
        "obj/project.assets.json",
        '{"libraries": {"A/1.0.0": {"type": "package"}, "own/1.0.0": {"type": "project"}}}',
        {("A", "1.0.0")},
    ),
    (
        "Directory.Packages.props",
        (
            '<Project><ItemGroup><PackageVersion Include="A" Version="1.0.0"/>'
            '<PackageVersion Include="B" Version="$(v)"/></ItemGroup></Project>'
        ),
        {("A", "1.0.0")},
    ),
    (
        "mix.lock",
        '%{\n  "a": {:hex, :a, "1.0.0", "00"},\n  "b": {:git, "https://x.example/b", "00", []},\n}\n',
        {("a", "1.0.0"), ("b", "")},
    ),
    ("rebar.lock", '{"1.2.0",\n[{<<"a">>,{pkg,<<"a">>,<<"1.0.0">>},0}]}.\n', {("a", "1.0.0")}),
    ("pubspec.lock", 'packages:\n  a:\n    dependency: "direct main"\n    version: "1.0.0"\n', {("a", "1.0.0")}),
    (
        "Package.resolved",
        '{"pins": [{"location": "https://github.com/o/a.git", "state": {"version": "1.0.0"}}], "version": 2}',
        {("github.com/o/a", "1.0.0")},
    ),
    ("Podfile.lock", _PODS, {("A", "1.0"), ("B/Core", "2.0")}),
    (
        "conan.lock",
        '{"version": "0.5", "requires": ["a/1.0#rev%1"], "build_requires": ["cmake/3.0"]}',
        {("a", "1.0"), ("cmake", "3.0")},
    ),
    (
        "conan.lock",
        '{"graph_lock": {"nodes": {"0": {"path": "conanfile.txt", "requires": ["1"]}, "1": {"ref": "a/1.0@u/c"}}}}',
        {("a", "1.0")},
    ),
    ("cabal.project.freeze", "constraints: any.a ==1.0,\n             any.b ==2.0\n", {("a", "1.0"), ("b", "2.0")}),
    ("stack.yaml.lock", "packages:\n- completed:\n    hackage: a-b-1.0@sha256:0,1\n", {("a-b", "1.0")}),
    (
        "Manifest.toml",
        'julia_version = "1.9.0"\nmanifest_format = "2.0"\n[[deps.A]]\nversion = "1.0.0"\n[[deps.Dates]]\n',
        {("A", "1.0.0"), ("Dates", "1.9.0")},
    ),
    (
        "renv.lock",
        '{"Packages": {"a": {"Package": "a", "Version": "1.0", "Source": "Repository"}}}',
        {("a", "1.0")},
    ),
    ("usr/lib/R/library/a/DESCRIPTION", "Package: a\nVersion: 1.0-1\nBuilt: R 4.3\n", {("a", "1.0-1")}),
    ("opt/conda/conda-meta/a-1.0-0.json", '{"name": "a", "version": "1.0"}', {("a", "1.0")}),
    (
        "var/lib/pacman/local/a-1.0-1/desc",
        "%NAME%\na\n\n%VERSION%\n1:1.0-1\n\n%BASE%\nbase\n\n%ARCH%\nx86_64\n",
        {("a", "1:1.0-1")},
    ),
    (
        "pom.xml",
        _POM,
        {("g:a", "1.2"), ("g:m", "7"), ("g:own", "3"), ("g:bom", ""), ("g:range", "")},
    ),
    ("var/db/pkg/sys-libs/zlib-ng-2.1.6-r2/PF", "zlib-ng-2.1.6-r2\n", {("sys-libs/zlib-ng", "2.1.6-r2")}),
    ("home/linuxbrew/.linuxbrew/Cellar/jq/1.7.1_1/INSTALL_RECEIPT.json", "{}", {("jq", "1.7.1")}),
    (
        "usr/local/lib/luarocks/rocks-5.1/lua-cjson/2.1.0-1/rock_manifest",
        "rock_manifest = {}",
        {("lua-cjson", "2.1.0-1")},
    ),
    ("var/www/html/wp-includes/version.php", "<?php\n$wp_version = '6.5.2';\n", {("wordpress", "6.5.2")}),
    (
        "var/www/html/wp-content/plugins/akismet/readme.txt",
        "=== Akismet ===\nStable tag: 5.3.2\n",
        {("akismet", "5.3.2")},
    ),
    (
        "etc/cos-package-info.json",
        '{"installedPackages": [{"category": "sys-libs", "name": "zlib", "version": "1.2"}]}',
        {("sys-libs/zlib", "1.2")},
    ),
    ("usr/lib/perl5/.meta/A-B-1.0/MYMETA.json", '{"name": "A-B", "version": "1.0"}', {("A-B", "1.0")}),
    (
        "usr/share/php/.registry/.channel.pecl.php.net/a.reg",
        'a:1:{s:4:"name";s:1:"a";s:7:"channel";s:12:"pecl.php.net";s:7:"version";a:1:{s:7:"release";s:5:"1.0.0";}}',
        {("pecl.php.net/a", "1.0.0")},
    ),
]


@pytest.mark.parametrize(("path", "content", "expected"), _CASES, ids=lambda one: one if isinstance(one, str) else "")
def test_names_and_versions(path: str, content: str, expected: set[tuple[str, str]]) -> None:
    """What the file says, and nothing of the project itself."""
    detected = _detect(path, content)

    assert {(one.full_name, one.version) for file in detected for one in file.packages} == expected
    assert [problem for file in detected for problem in file.problems] == []


@pytest.mark.parametrize(
    ("path", "content", "dev"),
    [
        ("pnpm-lock.yaml", _PNPM_5, {"b"}),
        ("pnpm-lock.yaml", _PNPM_9, {"only-dev", "c"}),
        ("uv.lock", _UV, {"b"}),
        ("composer.lock", '{"packages-dev": [{"name": "v/b", "version": "2.0"}]}', {"b"}),
        ("gradle.lockfile", "g:a:1.0=testRuntimeClasspath\ng:b:1.0=runtimeClasspath,testRuntimeClasspath\n", {"a"}),
        ("Pipfile.lock", '{"default": {"a": {"version": "==1"}}, "develop": {"b": {"version": "==2"}}}', {"b"}),
        ("conan.lock", '{"requires": ["a/1.0"], "build_requires": ["cmake/3.0"]}', {"cmake"}),
    ],
)
def test_what_only_development_needs_is_marked(path: str, content: str, dev: set[str]) -> None:
    """Marked, not dropped."""
    assert {one.name for file in _detect(path, content) for one in file.packages if one.dev} == dev


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("yarn.lock", "this is no lock file at all"),
        ("pnpm-lock.yaml", "a: [unclosed"),
        ("pnpm-lock.yaml", "lockfileVersion: 5.4\npackages:\n  nonsense: {}\n"),
        ("bun.lock", '{"packages": {"a": [1]}}'),
        ("Pipfile.lock", "[]"),
        ("poetry.lock", "[[package"),
        ("composer.lock", ""),
        ("packages.config", "<packages>"),
        ("Package.resolved", "{"),
        ("go.mod", "this is no module"),
        ("pubspec.lock", ""),
        ("var/lib/chisel/manifest.wall", b"no zstd"),
        ("opt/conda/conda-meta/a.json", '{"name": "a"}'),
        ("usr/share/php/.registry/a.reg", "nothing"),
    ],
)
def test_what_cannot_be_read_is_said(path: str, content: str | bytes) -> None:
    """A broken file is a problem with its path, and never an empty list."""
    detected = _detect(path, content)

    assert [problem.path for file in detected for problem in file.problems] == [path]


_CYCLONEDX = """<?xml version="1.0"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.5">
  <components>
    <component type="library"><name>a</name><version>1.0</version><purl>pkg:npm/a@1.0</purl>
      <components><component type="library"><name>b</name><purl>pkg:npm/b@2.0</purl></component></components>
    </component>
  </components>
</bom>"""

_SPDX = """SPDXVersion: SPDX-2.3
PackageName: redis
PackageVersion: 7.4.1-0
ExternalRef: PACKAGE-MANAGER purl pkg:bitnami/redis@7.4.1-0?arch=arm64&distro=debian-12
PackageName: libc6
ExternalRef: PACKAGE-MANAGER purl pkg:deb/debian/libc6@2.36
"""


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("usr/share/app/app.cdx.xml", _CYCLONEDX, {("a", "1.0"), ("b", "2.0")}),
        ("opt/bitnami/redis/.spdx-redis.spdx", _SPDX, {("redis", "7.4.1-0")}),
        (
            "usr/share/app/app.cdx.json",
            '{"bomFormat": "CycloneDX", "components": [{"type": "library", "purl": "pkg:gem/a@1.0"}]}',
            {("a", "1.0")},
        ),
        ("app/bom.json", '{"something": "else"}', set()),
    ],
)
def test_what_an_image_says_of_itself(path: str, content: str, expected: set[tuple[str, str]]) -> None:
    """Embedded SBOMs; operating-system packages are the database's to tell."""
    detected = _detect(path, content)

    assert {(one.full_name, one.version) for file in detected for one in file.packages} == expected
    assert [problem for file in detected for problem in file.problems] == []
