"""Java archives that are not whole, and those that hold others."""

import io

import pytest
from fuzz.small_binaries import jar

from hullscan.detectors.detector_set import DetectorSet
from hullscan.detectors.java.archive import JavaArchive
from hullscan.layers.file import LayerFile
from hullscan.model.package import DetectedFile

_SET = DetectorSet((JavaArchive(),))
_POM = "META-INF/maven/g/{0}/pom.properties"


def _jar(name: str, **inner: bytes) -> bytes:
    pom = f"groupId=g\nartifactId={name}\nversion=1.0\n".encode()
    return jar({_POM.format(name): pom, **{f"BOOT-INF/lib/{key}.jar": data for key, data in inner.items()}})


def _detect(data: bytes) -> DetectedFile:
    (found,) = _SET.detect(LayerFile("app/outer.jar", len(data), lambda: io.BytesIO(data)))
    return found


def test_an_archive_in_one_that_was_cut_off_is_not_taken_for_the_whole() -> None:
    """The directory of an archive within (stored as it is) is the last that is left of the file."""
    outer = _jar("outer", inner=_jar("inner"))
    assert {one.name for one in _detect(outer).packages} == {"outer", "inner"}

    for place in range(len(outer)):
        assert _detect(outer[:place]).problems, place


@pytest.mark.parametrize(
    "data",
    [b"#!/bin/sh\nexec java -jar $0\n" + _jar("outer"), _jar("outer") + bytes(100)],
    ids=["a script before it", "padding behind it"],
)
def test_what_may_stand_around_an_archive(data: bytes) -> None:
    """Such archives are whole."""
    found = _detect(data)

    assert ([one.name for one in found.packages], found.problems) == (["outer"], ())


@pytest.mark.parametrize(
    ("file_name", "places", "expected"),
    [
        ("ehcache-3.3.1.jar", (_POM,), {"g:part 1.0", "ehcache 3.3.1"}),
        ("app.jar", (_POM,), {"g:part 1.0"}),
        ("other-name-1.0.jar", (_POM,), {"g:part 1.0"}),
        ("part-2.0.jar", (_POM,), {"g:part 1.0"}),
        ("shop-2.0.war", ("WEB-INF/classes/" + _POM,), {"g:part 1.0"}),
        ("plain-2.0.jar", ("pom.properties",), {"g:part 1.0", "plain 2.0"}),
        ("plain-2.0.jar", (), {"plain 2.0"}),
    ],
)
def test_an_archive_is_more_than_its_parts(file_name: str, places: tuple[str, ...], expected: set[str]) -> None:
    """Parts are told by their pom.properties wherever they stand; the archive by its own name, unless that is a part's."""
    data = jar({place.format("part"): b"groupId=g\nartifactId=part\nversion=1.0\n" for place in places})
    (found,) = _SET.detect(LayerFile(f"app/{file_name}", len(data), lambda: io.BytesIO(data)))

    assert {f"{one.full_name} {one.version}" for one in found.packages} == expected


_MODEL = "<project xmlns='http://maven.apache.org/POM/4.0.0'>{0}<artifactId>a</artifactId>{1}</project>"
_PARENT = "<parent><groupId>g</groupId><artifactId>p</artifactId><version>1.2</version></parent>"


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (_MODEL.format("<groupId>g</groupId>", "<version>1.0</version>"), [("g:a", "1.0")]),
        (_MODEL.format(_PARENT, ""), [("g:a", "1.2")]),
        (
            _MODEL.format("", "<version>${revision}</version><properties><revision>1.3</revision></properties>"),
            [("g:a", "1.3")],
        ),
        (_MODEL.format("", "<version>${elsewhere}</version>"), []),
        ("<project", []),
    ],
)
def test_a_pom_without_its_properties(model: str, expected: list[tuple[str, str]]) -> None:
    """Builds may leave ``pom.properties`` out (Maven Archiver, addMavenDescriptor of other tools): the model says the same."""
    found = _SET.detect(_file("app/any.jar", jar({"META-INF/maven/g/a/pom.xml": model.encode()})))

    assert [(one.full_name, one.version) for file in found for one in file.packages] == expected


@pytest.mark.parametrize("name", ["app/x.nar", "app/X.NAR", "app/x.rar", "app/x.par"])
def test_archives_of_other_containers(name: str) -> None:
    """NiFi's, resource adapters, and so on hold jars as wars do."""
    (found,) = _SET.detect(_file(name, jar({"META-INF/bundled-dependencies/inner.jar": _jar("inner")})))

    assert [one.full_name for one in found.packages] == ["g:inner"]


def test_the_packer_of_the_same_ending_is_no_java() -> None:
    """RAR's own archives begin with its name."""
    assert _SET.detect(_file("app/x.rar", b"Rar!\x1a\x07\x00" + bytes(100))) == ()


def _file(path: str, data: bytes) -> LayerFile:
    return LayerFile(path, len(data), lambda: io.BytesIO(data))


def test_an_archive_that_was_unpacked() -> None:
    """A servlet container's folder of an application, or an image that was made of a shaded jar's content."""
    data = b"groupId=org.acme\nartifactId=lib\nversion=1.0\n"
    path = "opt/tomcat/webapps/app/META-INF/maven/org.acme/lib/pom.properties"
    assert _SET.wants(path) and not _SET.wants("app/target/maven-archiver/pom.properties")

    (found,) = _SET.detect(LayerFile(path, len(data), lambda: io.BytesIO(data)))

    assert [one.purl for one in found.packages] == ["pkg:maven/org.acme/lib@1.0"]
