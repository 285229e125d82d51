"""NuGet packages of .NET applications that are one file."""

import io

import pytest
from fuzz.small_binaries import dotnet_bundle, elf

from builders import make_layer
from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.layers.walk import walk_layer

_SET = DetectorSet(DETECTORS)
_DEPS = b"""{
  "runtimeTarget": {"name": ".NETCoreApp,Version=v8.0/linux-x64"},
  "targets": {".NETCoreApp,Version=v8.0/linux-x64": {
    "app/1.0.0": {"runtime": {"app.dll": {}}},
    "Newtonsoft.Json/13.0.1": {"runtime": {"lib/netstandard2.0/Newtonsoft.Json.dll": {}}}
  }},
  "libraries": {
    "app/1.0.0": {"type": "project"},
    "Newtonsoft.Json/13.0.1": {"type": "package"},
    "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.1": {"type": "runtimepack"}
  }
}"""


def _found(program: bytes) -> tuple[set[str], list[str]]:
    blob = make_layer({"app/server": program})
    files = walk_layer(lambda: io.BytesIO(blob), _SET).files
    return {one.purl for file in files for one in file.packages}, [
        one.message for file in files for one in file.problems
    ]


@pytest.mark.parametrize("version", [1, 2, 6])
def test_packages_of_an_application_in_one_file(version: int) -> None:
    """Each version of the bundle says where its ``deps.json`` is; the application is no package, the runtime in it is one."""
    assert _found(dotnet_bundle(_DEPS, version=version)) == (
        {"pkg:nuget/Newtonsoft.Json@13.0.1", "pkg:nuget/Microsoft.NETCore.App.Runtime.linux-x64@8.0.1"},
        [],
    )


def test_an_application_that_is_cut_off_is_told() -> None:
    """Its header is at the end: where that is missing, nobody knows what was in it."""
    assert "cut off" in " ".join(_found(dotnet_bundle(_DEPS)[:-90])[1])


def test_other_programs_with_something_behind_them_say_nothing() -> None:
    """Installers and AppImages are such, and the host of an application in many files has the mark, but no header."""
    mark = bytes.fromhex("8b1202b96a612038727b930214d7a03213f5b9e6efae3318ee3b2dce24b36aae")

    assert _found(elf(".data", bytes(64)) + bytes(500)) == (set(), [])
    assert _found(elf(".data", bytes(8) + mark) + bytes(500)) == (set(), [])
