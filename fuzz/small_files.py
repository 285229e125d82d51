"""Each kind of file that a detector reads, in its smallest form that shows its rules; the real ones are in tests/quality."""

import json
from typing import Final

from fuzz.small_binaries import (
    berkeley,
    dotnet_bundle,
    elf,
    go_info,
    jar,
    mach_o,
    ndb,
    pe,
    rpm_header,
    rust_info,
    rust_program,
    sqlite,
    zstd,
)
from hullscan.detectors.programs.rust_panics import NO_CRATE_LIST

SmallFile = tuple[str, str | bytes, set[tuple[str, str]]]

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

PNPM_5 = """lockfileVersion: 5.4
packages:
  /a/1.0.0:
    dev: false
  /@s/b/2.0.0_peer@3.0.0+x@1.0.0:
    dev: true
"""

PNPM_9 = """lockfileVersion: '9.0'
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

UV = """version = 1
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

_CATALOG = """[versions]
v = "1.0"
r = { strictly = "[2.0, 3.0)" }
[libraries]
a = "g:a:4.0"
b = { module = "g:b", version.ref = "v" }
c = { group = "g", name = "c", version = { require = "5.0" } }
d = { module = "g:d", version.ref = "r" }
e = { module = "g:e" }
f = "g:f:6.+"
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

_DPKG = """Package: bash
Status: install ok installed
Architecture: amd64
Version: 5.2-1

Package: libc6
Status: install ok installed
Source: glibc (2.36)
Architecture: amd64
Version: 2.36-9
Description: words
 more words

"""

_RPM = rpm_header("bash", "5.2", "1.el9")

_JAR = jar(
    {
        "META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\r\nImplementation-Title: a\r\n\r\n",
        "META-INF/maven/g/a/pom.properties": b"groupId=g\nartifactId=a\nversion=1.0\n",
        "BOOT-INF/lib/b-2.0.jar": jar({"META-INF/maven/g/b/pom.properties": b"groupId=g\nartifactId=b\nversion=2.0\n"}),
    }
)

_GO = {("stdlib", "1.22.1"), ("example.com/m", "v1.0.0"), ("example.com/d", "v1.2.3")}

_APP = """{application,jason,
             [{applications,[kernel,stdlib,elixir]},
              {description,"A {vsn} fast JSON library"},
              {modules,['Elixir.Jason']},
              {vsn,"1.4.1"},
              {licenses,["Apache-2.0"]}]}.
"""

FILES: Final[tuple[SmallFile, ...]] = (
    ("yarn.lock", _YARN_1, {("@scope/a", "1.0.2"), ("real", "2.1.0")}),
    ("yarn.lock", _YARN_BERRY, {("a", "1.0.2")}),
    ("pnpm-lock.yaml", PNPM_5, {("a", "1.0.0"), ("@s/b", "2.0.0")}),
    ("pnpm-lock.yaml", PNPM_9, {("a", "1.0.0"), ("only-dev", "2.0.0"), ("c", "3.0.0")}),
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
    ("uv.lock", UV, {("a", "1.0"), ("b", "2.0")}),
    ("pylock.prod.toml", 'lock-version = "1.0"\n[[packages]]\nname = "a"\nversion = "1.0"\n', {("a", "1.0")}),
    (
        "requirements-dev.txt",
        (
            "-r requirements.txt\na==1.0  # why\nb[x] == 2.0 ; python_version > '3'\nc>=3\nd==4.0 \\\n  --hash=sha256:00\n"
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
    (
        "gradle/libs.versions.toml",
        _CATALOG,
        {("g:a", "4.0"), ("g:b", "1.0"), ("g:c", "5.0"), ("g:d", ""), ("g:e", ""), ("g:f", "")},
    ),
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
        {("A", "1.0.0"), ("B", "")},
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
    ("stack.yaml", "packages: [.]\nextra-deps:\n- a-b-1.0@sha256:0,1\n- git: https://x\n", {("a-b", "1.0")}),
    ("conanfile.txt", "[requires]\na/1.0@u/c # why\nb/[>=1]\n[generators]\nc/3\n", {("a", "1.0"), ("b", "")}),
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
    (
        "var/db/pkg/sys-libs/zlib-ng-2.1.6-r2/CONTENTS",
        "dir /usr\nobj /usr/lib/a b.so 0123456789abcdef 1700000000\nsym /usr/lib/c.so -> a b.so 1700000000\n",
        {("sys-libs/zlib-ng", "2.1.6-r2")},
    ),
    ("nix/store/h0cnbmfcn93xm5dg2x27ixhag1cwndga-glibc-2.38-27-bin/", "", {("glibc", "2.38-27")}),
    ("home/linuxbrew/.linuxbrew/Cellar/jq/1.7.1_1/INSTALL_RECEIPT.json", "{}", {("jq", "1.7.1")}),
    (
        "usr/local/lib/luarocks/rocks-5.1/lua-cjson/2.1.0-1/rock_manifest",
        "rock_manifest = {}",
        {("lua-cjson", "2.1.0-1")},
    ),
    ("var/www/html/wp-includes/version.php", "<?php\n$wp_version = '6.5.2';\n", {("wordpress", "6.5.2")}),
    (
        "var/www/html/wp-content/plugins/akismet/akismet.php",
        "<?php\n/**\n * Plugin Name: Akismet\n * Version: 5.3.2\n * License: GPLv2\n */\n",
        {("akismet", "5.3.2")},
    ),
    ("app/lib/jason-1.4.1/ebin/jason.app", _APP, {("jason", "1.4.1")}),
    ("usr/lib/erlang/lib/ssl-11.0/ebin/ssl.app", '{application, ssl, [{vsn, "11.0"}]}.\n', {("ssl", "11.0")}),
    (
        "root/.cabal/store/ghc-9.4.7/package.db/package.conf.d/aeson-2.1.conf",
        "name:                 aeson\nversion:              2.1.2.1\nlicense:              BSD-3-Clause\n",
        {("aeson", "2.1.2.1")},
    ),
    (
        "root/.julia/packages/JSON/Xhwd8/Project.toml",
        'name = "JSON"\nuuid = "682c06a0-de6a-54ab-a142-c8b1cf79cde6"\nversion = "0.21.4"\n',
        {("JSON", "0.21.4")},
    ),
    ("root/.pub-cache/hosted/pub.dev/http-1.2.0/pubspec.yaml", "name: http\n", {("http", "1.2.0")}),
    ("home/opam/.opam/5.1/.opam-switch/packages/dune.3.14.0/opam", 'opam-version: "2.0"\n', {("dune", "3.14.0")}),
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
    # What an operating system is, and installed.
    ("etc/os-release", 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n', set()),
    ("var/lib/dpkg/status", _DPKG, {("bash", "5.2-1"), ("libc6", "2.36-9")}),
    ("usr/lib/opkg/status", _DPKG, {("bash", "5.2-1"), ("libc6", "2.36-9")}),
    ("var/lib/dpkg/status.d/base", "Package: base\nVersion: 12\nArchitecture: amd64\n", {("base", "12")}),
    ("lib/apk/db/installed", "P:musl\nV:1.2.4-r2\nA:x86_64\no:musl\nF:lib\nR:ld-musl.so\n\n", {("musl", "1.2.4-r2")}),
    ("var/lib/rpm/Packages", berkeley(_RPM), {("bash", "5.2-1.el9")}),
    ("var/lib/rpm/Packages.db", ndb(_RPM), {("bash", "5.2-1.el9")}),
    ("var/lib/rpm/rpmdb.sqlite", sqlite(_RPM), {("bash", "5.2-1.el9")}),
    (
        "var/lib/rpmmanifest/container-manifest-2",
        "bash\t5.2-1.cm2\t1\t2\tMicrosoft\t(none)\t3\tx86_64\t0\tbash-5.2-1.cm2.src.rpm\n",
        {("bash", "5.2-1.cm2")},
    ),
    (
        "var/lib/chisel/manifest.wall",
        zstd(b'{"jsonwall":"1.0"}\n{"kind":"package","name":"libc6","version":"2.39-0","arch":"amd64"}\n'),
        {("libc6", "2.39-0")},
    ),
    # What languages installed.
    (
        "a/a-1.0.dist-info/METADATA",
        "Metadata-Version: 2.1\nName: a\nVersion: 1.0\nLicense: MIT\n\nWords.\n",
        {("a", "1.0")},
    ),
    ("a/a.egg", jar({"EGG-INFO/PKG-INFO": b"Metadata-Version: 1.0\nName: a\nVersion: 1.0\n"}), {("a", "1.0")}),
    ("srv/www/jquery.min.js", "/*! jQuery v3.4.1 | (c) JS Foundation */\n!function(e,t){}();", {("jquery", "3.4.1")}),
    ("app/node_modules/a/package.json", '{"name": "@s/a", "version": "1.0.0", "license": "MIT"}', {("@s/a", "1.0.0")}),
    ("app/a-1.0.jar", _JAR, {("g:a", "1.0"), ("g:b", "2.0")}),
    (
        "app/.yarn/cache/@s-a-npm-1.0.0-1a9a1b277f-836ffd1555.zip",
        jar({"node_modules/@s/a/package.json": b'{"name": "@s/a", "version": "1.0.0"}'}),
        {("@s/a", "1.0.0")},
    ),
    ("usr/bin/go", elf(".go.buildinfo", go_info()), _GO),
    ("usr/bin/go.exe", pe(".data", go_info()), _GO),
    ("usr/bin/go.macho", mach_o("__go_buildinfo", go_info()), _GO),
    ("usr/bin/rust", elf(".dep-v0", rust_info()), {("a", "1.0.0")}),
    (
        "app/one-file",
        dotnet_bundle(b'{"libraries": {"a/1.0.0": {"type": "package"}}}'),
        {("a", "1.0.0")},
    ),
    ("usr/bin/plain-rust", rust_program("serde-1.0.219"), {("serde", "1.0.219")}),
    (
        "app/app.deps.json",
        '{"libraries": {"A/1.0.0": {"type": "package"}, "own/1.0.0": {"type": "project"}}}',
        {("A", "1.0.0")},
    ),
    (
        "usr/lib/ruby/gems/3.1.0/specifications/a-1.0.gemspec",
        'Gem::Specification.new do |s|\n  s.name = "a".freeze\n  s.version = "1.0"\nend\n',
        {("a", "1.0")},
    ),
    ("usr/local/bin/node", elf(".rodata", b"node.js/v20.1.0"), {("node", "20.1.0")}),
    ("opt/jdk/release", 'JAVA_VERSION="17.0.9"\n', {("java", "17.0.9")}),
    # What an image says of itself.
    ("usr/share/app/app.cdx.xml", _CYCLONEDX, {("a", "1.0"), ("b", "2.0")}),
    ("opt/bitnami/redis/.spdx-redis.spdx", _SPDX, {("redis", "7.4.1-0")}),
    (
        "opt/bitnami/.bitnami_components.json",
        '{"redis": {"arch": "amd64", "distro": "debian-10", "type": "NAMI", "version": "6.2.6-0"}}',
        {("redis", "6.2.6-0")},
    ),
    (
        "usr/share/app/app.cdx.json",
        '{"bomFormat": "CycloneDX", "components": [{"type": "library", "purl": "pkg:gem/a@1.0"}]}',
        {("a", "1.0")},
    ),
    (
        "usr/share/app/app.spdx.json",
        (
            '{"spdxVersion": "SPDX-2.3", "packages": [{"name": "a", "versionInfo": "1.0", "externalRefs": [{"referenceCategory":'
            ' "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:npm/a@1.0"}]}]}'
        ),
        {("a", "1.0")},
    ),
    (
        "usr/share/app/app.syft.json",
        '{"artifacts": [{"name": "a", "purl": "pkg:npm/a@1.0"}], "schema": {"url": "anchore/syft"}}',
        {("a", "1.0")},
    ),
)
"""(path, content, full names and versions): what tests check and fuzzing begins with."""

TOLD_OF_WHOLE: Final = frozenset({NO_CRATE_LIST})
"""Codes of what is told of files that were read as a whole, too."""
