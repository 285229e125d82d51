"""Which version a Go program's own module has; modules and formats are in `fuzz.small_files`, real programs in tests/quality."""

import io
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from fuzz.small_binaries import elf, go_info, pe

from hullscan.detectors.programs.go_binary import GoBinary
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile


def _main(data: bytes) -> list[tuple[str, str]]:
    found = GoBinary().detect(LayerFile("usr/bin/x", len(data), lambda: io.BytesIO(data)))
    return [(one.full_name, one.version) for one in found if one.name != "stdlib"]  # type: ignore[union-attr]


def _program(module: str, *, flags: str = "", text: bytes = b"") -> bytes:
    build = f'build\t-ldflags="{flags}"\n' if flags else ""
    return elf(".go.buildinfo", go_info(f"path\t{module}\nmod\t{module}\t(devel)\t\n{build}") + text)


@pytest.mark.parametrize(
    ("flags", "version"),
    [
        ("-s -w -X main.version=v1.2.3 -X main.commit=abc", "v1.2.3"),
        ("-X 'main.Version=1.2.3-rc.1'", "v1.2.3-rc.1"),
        ("-X example.com/m/version.GitCommit=9650502 -X example.com/m/version.GitDescribe=1.12.9", "v1.12.9"),
        ("-X main.version=1.2.3 -X example.com/other.Version=9.9.9", "v1.2.3"),
        ("-X example.com/m/v.Version=1.2.3 -X example.com/modules.Version=9.9.9", "v1.2.3"),
        ("-X main.version=1.2.3 -X example.com/m.Version=9.9.9", ""),
        ("-X example.com/a.Version=1.2.3 -X example.com/b.Version=9.9.9", ""),
        ("-X main.version=unknown", ""),
        ("-X main.date=1.2.3", ""),
        ("-s -w", ""),
    ],
)
def test_what_the_linker_was_told(flags: str, version: str) -> None:
    """A program built from a working copy has the version that its linker wrote into it, where there is one."""
    assert _main(_program("example.com/m", flags=flags)) == ([("example.com/m", version)] if version else [])


@pytest.mark.parametrize(
    ("module", "text", "version"),
    [
        ("github.com/traefik/traefik/v3", b"\x02.9.6\x00 2.9.6\x00\xbe3.0.4\x00", "v3.0.4"),
        ("helm.sh/helm/v3", b"go1.22.4\x00\x00v3.15.2\x00", "v3.15.2"),
        ("helm.sh/helm/v3", b"v3.15.2 is a version, v3.15.3 another", ""),
        ("github.com/traefik/traefik/v3", b"\x001.3.0.4\x00", ""),
        ("example.com/m/v3", b"\x00v3.0.4\x00", ""),
    ],
)
def test_what_the_linker_wrote(module: str, text: bytes, version: str) -> None:
    """Programs whose releases keep their flags to themselves: the text that ends with a NUL, of the module's own major version."""
    assert _main(_program(module, text=text)) == ([(module, version)] if version else [])


@pytest.mark.parametrize("trim", [False, True])
def test_a_program_that_go_itself_builds(tmp_path: Path, trim: bool) -> None:
    """With paths, the flags stand in the build information; without, only the linker's own text is left."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("go is not on this machine")
    (tmp_path / "go.mod").write_text("module helm.sh/helm/v3\n\ngo 1.20\n")
    (tmp_path / "main.go").write_text('package main\n\nvar version = "none"\n\nfunc main() { println(version) }\n')
    words = [go, "build", *(["-trimpath"] if trim else []), "-ldflags", "-X main.version=v3.14.2", "-o", "program", "."]
    environment = {"PATH": str(Path(go).parent), "HOME": str(tmp_path), "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod"}
    subprocess.run(words, cwd=tmp_path, env=environment, check=True, capture_output=True)

    assert _main((tmp_path / "program").read_bytes()) == [("helm.sh/helm/v3", "v3.14.2")]


def test_what_stands_in_place_of_a_module() -> None:
    """A replacement counts; a folder on the builder's disk, as Kubernetes has them, is no module and has no version."""
    modules = "dep\texample.com/a\tv0.0.0\n=>\t./staging/a\t(devel)\t\n"
    modules += "dep\texample.com/b\tv1.0.0\n=>\texample.com/c\tv1.2.0\th1:x=\n"

    assert _main(elf(".go.buildinfo", go_info(f"path\tm\nmod\texample.com/m\t(devel)\t\n{modules}"))) == [
        ("example.com/c", "v1.2.0")
    ]


@pytest.mark.parametrize(
    ("stamped", "flags", "version"),
    [
        ("v0.0.0-20250102030405-0123456789ab", "-X main.version=1.8.0", "v1.8.0"),
        ("v1.7.1-0.20250102030405-0123456789ab+dirty", "-X main.version=v1.8.0-rc.1", "v1.8.0-rc.1"),
        ("v1.7.0-pre.0.20250102030405-0123456789ab", "", "v1.7.0-pre.0.20250102030405-0123456789ab"),
        ("v1.7.0", "-X main.version=1.8.0", "v1.7.0"),
    ],
)
def test_a_version_that_go_made_of_a_commit(stamped: str, flags: str, version: str) -> None:
    """The release that the linker was told goes before it (aquasecurity/trivy#10036)."""
    info = go_info(f'path\tm\nmod\texample.com/m\t{stamped}\t\ndep\texample.com/a\tv1.0.0\nbuild\t-ldflags="{flags}"\n')

    assert sorted(_main(elf(".go.buildinfo", info))) == [("example.com/a", "v1.0.0"), ("example.com/m", version)]


def test_a_program_of_single_files() -> None:
    """``go build main.go`` names no main module; its own is the dependency without a version."""
    modules = "path\tcommand-line-arguments\ndep\texample.com/a\tv1.0.0\th1:x=\ndep\texample.com/m\t(devel)\t\n"
    info = go_info(f'{modules}build\t-ldflags="-X example.com/m/config.Version=1.2.3"\n')

    assert _main(elf(".go.buildinfo", info)) == [("example.com/a", "v1.0.0"), ("example.com/m", "v1.2.3")]


@pytest.mark.parametrize("before", [0, 700_000, 3_000_000])
def test_the_information_is_found_anywhere_in_the_data(before: int) -> None:
    """Where C's linker joined the data of both, as it does with cgo for Windows."""
    program = pe(".data", bytes(before) + go_info("path\tm\nmod\texample.com/m\tv1.0.0\th1:x=\n") + bytes(100))

    assert _main(program) == [("example.com/m", "v1.0.0")]


@pytest.mark.parametrize("data", ["elf", "pe"])
def test_a_packed_program_is_told(data: str) -> None:
    """UPX leaves nothing that can be read."""
    if data == "elf":
        # No section headers; behind the one program header stands the packer's mark.
        head = (
            b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
        )
        segment = struct.pack("<IIQQQQQQ", 1, 5, 0, 0x400000, 0, 512, 512, 16)
        program = (head + segment + bytes(4) + b"UPX!").ljust(512, b"\0")
    else:
        program = pe("UPX0", bytes(512))

    with pytest.raises(UnreadableInput, match="UPX"):
        _main(program)


@pytest.mark.parametrize(
    ("toolchain", "version"),
    [
        ("go1.22.9 (Red Hat 1.22.9-2.el9_5)", "1.22.9"),
        ("go1.20.10 X:boringcrypto", "1.20.10"),
        ("go1.21rc2", "1.21rc2"),
        ("devel go1.24-3a5df9d2b2 Thu Aug 1 12:00:00 2024 +0000", "devel go1.24-3a5df9d2b2"),
        ("devel +b8f4b5d", "devel +b8f4b5d"),
    ],
)
def test_the_toolchain(toolchain: str, version: str) -> None:
    """What vendors write behind a release says nothing; one built from a commit is no release, and not to be taken for one."""
    data = elf(".go.buildinfo", go_info("path\tm\n", toolchain))
    found = GoBinary().detect(LayerFile("usr/bin/x", len(data), lambda: io.BytesIO(data)))

    assert [(one.name, one.version) for one in found] == [("stdlib", version)]  # type: ignore[union-attr]
