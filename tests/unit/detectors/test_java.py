"""Java archives that are not whole, and those that hold others."""

import io

import pytest
from fuzz.small_binaries import jar

from hullscan.detectors.detector_set import DetectorSet
from hullscan.detectors.java import JavaArchive
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
