"""Package managers that say which files are theirs: what is found in these has an owner, and is not counted twice."""

import io

import pytest
from fuzz.small_binaries import elf, rpm_header, sqlite, zstd

from builders import DEBIAN_12, Entry, make_layer
from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.inventory.image import build_inventory
from hullscan.layers.walk import walk_layer
from hullscan.model.image import Digest, Layer
from hullscan.model.package import Inventory

_SET = DetectorSet(DETECTORS)
_GEM = b'Gem::Specification.new do |s|\n  s.name = "rake"\n  s.version = "13.0.6"\nend\n'
_SPEC = "usr/lib/ruby/gems/3.1.0/specifications/rake-13.0.6.gemspec"
_NODE = elf(".rodata", b"node.js/v20.1.0\x00" + bytes(300))
_ALMA = b'ID="almalinux"\nVERSION_ID="9.4"\n'
_DATABASE = sqlite(rpm_header("node", "20.1.0", "1.el9", vendor="AlmaLinux"))
_STANZA = b"Package: %s\nVersion: 1.0-1\nArchitecture: amd64\nStatus: install ok installed\n"


def _image(entries: dict[str, Entry]) -> Inventory:
    blob = make_layer(entries)
    return build_inventory([(Layer(digest=Digest("layer")), walk_layer(lambda: io.BytesIO(blob), _SET))], _SET.identity)


_DATABASES: list[dict[str, Entry]] = [
    {"var/lib/dpkg/status": _STANZA % b"a", "var/lib/dpkg/info/a:amd64.list": f"/.\n/{_SPEC}\n/usr/bin/node\n".encode()},
    {
        "usr/lib/sysimage/dpkg/status": _STANZA % b"a",
        "usr/lib/sysimage/dpkg/info/a.list": f"/{_SPEC}\n/usr/bin/node\n".encode(),
    },
    {
        # Distroless shortens the names of its files: libssl1 is of libssl1.1.
        "var/lib/dpkg/status.d/a1": _STANZA % b"a1.1",
        "var/lib/dpkg/status.d/a1.md5sums": f"0123  {_SPEC}\n4567  usr/bin/node\n".encode(),
        "var/lib/dpkg/status.d/a1.preinst": b"#!/bin/sh\n\nset -e\n",
    },
    {
        "usr/lib/opkg/status": _STANZA % b"a",
        "usr/lib/opkg/info/a.list": f"/{_SPEC}\t0100644\n/usr/bin/node\t0100755\n".encode(),
    },
    {
        "var/lib/pacman/local/a-1.0-1/desc": b"%NAME%\na\n\n%VERSION%\n1.0-1\n",
        "var/lib/pacman/local/a-1.0-1/files": f"%FILES%\nusr/\n{_SPEC}\nusr/bin/node\n".encode(),
    },
    {
        "var/db/pkg/dev-ruby/a-1.0/CONTENTS": f"dir /usr\nobj /{_SPEC} 0af3 17000\nobj /usr/bin/node 12ab 17000\n".encode(),
    },
    {"lib/apk/db/installed": f"P:a\nV:1.0-r1\nF:{_SPEC.rpartition('/')[0]}\nR:rake-13.0.6.gemspec\nF:usr/bin\nR:node\n".encode()},
]  # fmt: skip


@pytest.mark.parametrize("database", _DATABASES, ids=lambda one: next(iter(one)))
def test_what_is_listed_has_an_owner(database: dict[str, Entry]) -> None:
    """The gem is marked with the package that brought it; the program whose version it says itself is that package."""
    image = _image({"etc/os-release": DEBIAN_12, _SPEC: _GEM, "usr/bin/node": _NODE, **database})

    assert {(one.name, one.owner.name if one.owner else "") for one in image.packages if one.name != "node"} == {
        (one.name, "") for one in image.packages if one.type != "gem"
    } | {("rake", next(one.name for one in image.packages if one.type != "gem"))}
    assert (len(image.packages), image.problems) == (2, ())


def test_what_nobody_lists_has_none() -> None:
    """Beside a package manager, what was copied there is told for itself."""
    image = _image(
        {"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": _STANZA % b"a", "usr/bin/node": _NODE, _SPEC: _GEM}
    )

    assert {(one.name, one.owner) for one in image.packages} == {("a", None), ("node", None), ("rake", None)}


@pytest.mark.parametrize(
    "told",
    [
        {
            "opt/bitnami/node/.spdx-node.spdx": b"SPDXVersion: SPDX-2.3\nPackageName: node\nPackageVersion: 20.1.0-0\n"
            b"ExternalRef: PACKAGE-MANAGER purl pkg:bitnami/node@20.1.0-0\n"
        },
        {"opt/bitnami/.bitnami_components.json": b'{"node": {"version": "20.1.0-0"}}'},
    ],
)
def test_what_bitnami_lists_is_not_told_again(told: dict[str, Entry]) -> None:
    """A component's folder is described by its own SBOM, or by the image's list; elsewhere programs speak for themselves."""
    image = _image({"opt/bitnami/node/bin/node": _NODE, "opt/node/bin/node": _NODE, **told})

    assert {(one.type, one.path.rpartition("/")[0]) for one in image.packages if one.name == "node"} == {
        ("bitnami", next(iter(told)).rpartition("/")[0]),
        ("generic", "opt/node/bin"),
    }


def test_parts_of_a_runtime_that_is_owned_are_not_told_again() -> None:
    """Erlang's own applications are the distribution's Erlang; what came from elsewhere stays, with its owner."""
    own, other = "usr/lib/erlang/lib/ssl-11.0/ebin/ssl.app", "usr/lib/erlang/lib/jason-1.4/ebin/jason.app"
    image = _image(
        {
            "etc/os-release": DEBIAN_12,
            "var/lib/dpkg/status": _STANZA % b"erlang",
            "var/lib/dpkg/info/erlang.list": f"/{own}\n/{other}\n".encode(),
            own: b'{application,ssl,[{vsn,"11.0"}]}.',
            other: b'{application,jason,[{vsn,"1.4.1"}]}.',
            "opt/elixir/lib/logger/ebin/logger.app": b'{application,logger,[{vsn,"1.16.0"}]}.',
        }
    )

    assert {(one.type, one.name) for one in image.packages} == {("deb", "erlang"), ("hex", "jason"), ("otp", "logger")}


@pytest.mark.parametrize(
    ("vendor", "expected"),
    [("AlmaLinux", {("rpm", "node")}), ("NodeSource", {("rpm", "node"), ("generic", "node")}), ("", {("rpm", "node")})],
)
def test_a_program_that_others_packed_is_told_for_itself(vendor: str, expected: set[tuple[str, str]]) -> None:
    """The distribution's advisories do not judge it, upstream's do; its owner is named."""
    database = sqlite(rpm_header("node", "20.1.0", "1.el9", vendor=vendor))
    release = b'ID="almalinux"\nVERSION_ID="9.4"\n'
    image = _image({"etc/os-release": release, "var/lib/rpm/rpmdb.sqlite": database, "usr/bin/node": _NODE})

    assert {(one.type, one.name) for one in image.packages} == expected
    assert {one.owner.name for one in image.packages if one.owner} == {
        "node-source" for one in expected if one[0] != "rpm"
    }
    assert [one.code for one in image.problems] == ([] if vendor else ["no-vendor"])


def test_a_log_whose_database_lies_below_is_told() -> None:
    """What rpm changed last may stand in the log alone, and sqlite reads both only together."""
    log = b"\x37\x7f\x06\x82".ljust(4096, b"\0")
    below, above = (
        make_layer({"var/lib/rpm/rpmdb.sqlite": _DATABASE}),
        make_layer({"var/lib/rpm/rpmdb.sqlite-wal": log}),
    )
    layers = [walk_layer(lambda blob=blob: io.BytesIO(blob), _SET) for blob in (below, above)]  # type: ignore[misc]

    assert [[problem.path for file in layer.files for problem in file.problems] for layer in layers] == [
        [],
        ["var/lib/rpm/rpmdb.sqlite-wal"],
    ]


def test_an_empty_log_needs_no_database() -> None:
    """So rpm leaves it where all is in the database."""
    assert (
        _image(
            {"etc/os-release": _ALMA, "var/lib/rpm/rpmdb.sqlite": _DATABASE, "var/lib/rpm/rpmdb.sqlite-wal": b""}
        ).problems
        == ()
    )


def test_chiselled_packages_are_a_doubt() -> None:
    """The manifest names no sources, and Ubuntu's advisories speak of ``openssl`` alone."""
    wall = zstd(
        b'{"jsonwall":"1.0"}\n{"kind":"package","name":"libssl3","version":"3.0.2-0ubuntu1.15","arch":"amd64"}\n'
    )
    image = _image({"etc/os-release": b'ID=ubuntu\nVERSION_ID="22.04"\n', "var/lib/chisel/manifest.wall": wall})

    assert [one.name for one in image.packages] == ["libssl3"]
    assert [one.code for one in image.problems] == ["no-source-packages"]
