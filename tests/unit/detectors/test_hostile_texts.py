"""Files that are made to be searched again and again: each is read in a time that its size alone decides, or this never ends."""

import io
import struct
import zipfile

import pytest
from fuzz.small_binaries import berkeley, jar, rpm_header

from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.layers.file import LayerFile
from hullscan.model.package import DetectedFile

_SET = DetectorSet(DETECTORS, directory=True)
_MANY = 1_000_000
_SPACES = " " * _MANY


def _detect(path: str, data: bytes) -> tuple[DetectedFile, ...]:
    return _SET.detect(LayerFile(path, len(data), lambda: io.BytesIO(data)))


def _manifest(filling: str) -> bytes:
    return jar({"META-INF/MANIFEST.MF": f"Manifest-Version: 1.0\nName: x\n{filling}Group-Id: com.g\n".encode()})


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("requirements.txt", f"a{_SPACES}x\n", [("a", "")]),
        ("requirements.txt", f"a==1.0{_SPACES}x\n", [("a", "")]),
        ("environment.yml", f"dependencies: ['a{_SPACES}x', b=1.0]", [("a", ""), ("b", "1.0")]),
        ("gems/specifications/a.gemspec", "\n" * _MANY + 's.name = "a"\ns.version = "1.0"\n', [("a", "1.0")]),
        (
            "gems/specifications/a.gemspec",
            's.name = "a"\ns.version = "1.0"\n' + "s.name=%q{\n" * 100_000,
            [("a", "1.0")],
        ),
        ("a.dist-info/METADATA", "Name: a\nVersion: 1.0\nSummary: x\n" + " x\n" * _MANY, [("a", "1.0")]),
        ("lib/a/ebin/a.app", '{application,a,[{vsn,"1.0"}' + ",{licenses,[" * 100_000, [("a", "1.0")]),
        ("yarn.lock", f'# yarn lockfile v1\na@1:\n  version a{_SPACES}b\n  version "1.0"\n', [("a", f"a{_SPACES}b")]),
        ("cabal.project.freeze", "a" * _MANY + " any.a ==1.0", [("a", "1.0")]),
        ("conanfile.txt", "[requires]\na/1.0@" + "%" * _MANY + "\nb/2.0\n", [("a", "1.0"), ("b", "2.0")]),
        ("var/lib/dpkg/status", f"Package: a\nStatus: x installed\nVersion: 1\nSource: b{_SPACES}c\n", [("a", "1")]),
    ],
    ids=lambda one: one if isinstance(one, str) and len(one) < 100 else "",
)
def test_what_is_searched_for_ends_somewhere(path: str, text: str, expected: list[tuple[str, str]]) -> None:
    """Spaces without an end, lines that go on and on, brackets that nobody closes."""
    assert [(one.name, one.version) for file in _detect(path, text.encode()) for one in file.packages] == expected


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("bun.lock", "{" + "/* " * _MANY),
        ("bun.lock", '{"a": ' + '"' + '\\"' * _MANY),
        ("uv.lock", "a." * _MANY + "a = 1\n"),
        ("poetry.lock", "x = { " + "'a'." * _MANY + "a = 1 }\n"),
    ],
    ids=["comments", "quotes", "key", "quoted key"],
)
def test_what_has_no_end_is_told(path: str, text: str) -> None:
    """It is no file that its tool would read."""
    assert [one.code for file in _detect(path, text.encode()) for one in file.problems] == ["unreadable-file"]


def test_lines_of_a_release_file_are_short() -> None:
    """Of what is longer, only the beginning is looked at."""
    spaces = " " * 60_000

    (assigned,) = _detect("etc/os-release", f"NAME=a{spaces}b\nID=debian\n".encode())
    assert assigned.distro is not None
    assert assigned.distro.id == "debian"
    assert _detect("etc/redhat-release", f"CentOS{spaces}release 7\n".encode()) == ()


def test_a_manifest_may_go_on() -> None:
    """JAR specification: a value of many lines is one value."""
    (found,) = _detect("lib/a-1.0.jar", _manifest(" x\n" * 900_000))

    assert [(one.namespace, one.name) for one in found.packages] == [("com.g", "a")]


def test_a_member_is_named_as_a_file_can_be() -> None:
    """A longer name says no version."""
    name = "a" + "_1.a" * 16_000 + "!.jar"
    (found,) = _detect(
        "lib/outer.jar", jar({name: jar({"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\n"}), "b-1.0.jar": jar({})})
    )

    assert [one.name for one in found.packages] == ["b"]


def test_headers_cannot_share_their_bytes() -> None:
    """A database whose entries all point at the same pages would be read as many times as it has entries."""
    header = rpm_header("bash", "5.2", "1.el9")
    database = bytearray(berkeley(header))
    page = 512
    key, value = struct.unpack_from("<HH", database, page + 26)
    struct.pack_into("<H", database, page + 20, 200)
    for entry in range(100):
        struct.pack_into("<HH", database, page + 26 + 4 * entry, key, value)
    (found,) = _detect("var/lib/rpm/Packages", bytes(database))

    assert {one.name for one in found.packages} == {"bash"}
    assert len(found.packages) * len(header) <= len(database)
    assert [one.code for one in found.problems] == ["unreadable-file"]


def test_members_cannot_share_what_they_are_packed_in() -> None:
    """Names without number for one small piece, which inflates to much each time."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as inner:
        inner.writestr("filling", bytes(40 * 1024 * 1024))
        inner.writestr("META-INF/maven/g/a/pom.properties", b"groupId=g\nartifactId=a\nversion=1.0\n")
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jar", stream.getvalue())
        first = archive.filelist[0]
        for number in range(5):
            again = zipfile.ZipInfo(f"a{number}.jar")
            for field in ("compress_type", "CRC", "compress_size", "file_size", "header_offset", "flag_bits"):
                setattr(again, field, getattr(first, field))
            archive.filelist.append(again)
    (found,) = _detect("lib/outer.jar", outer.getvalue())

    assert [one.path for one in found.packages] == ["lib/outer.jar!/a.jar"]
    assert [one.path for one in found.problems] == [f"lib/outer.jar!/a{number}.jar" for number in range(5)]
