"""Programs that say their own version, and the real ones of this machine."""

import io
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hullscan.detectors.programs.runtimes import Runtimes
from hullscan.layers.file import LayerFile

_ELF = b"\x7fELF" + b"\x00" * 60


def _detect(path: str, data: bytes) -> list[tuple[str, str]]:
    assert path.rpartition("/")[2] in Runtimes.interest.basenames and Runtimes().wants(path)
    found = Runtimes().detect(LayerFile(path, len(data), lambda: io.BytesIO(data)))
    return [(one.name, one.version) for one in found]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("usr/local/bin/node", b"\x00node.js/v18.17.0\x00", [("node", "18.17.0")]),
        ("usr/local/lib/libpython3.11.so.1.0", b"\x003.11.4\x00", [("python", "3.11.4")]),
        ("usr/local/lib/libpython3.11.so.1.0", b"\x003.9.4\x00", []),
        ("usr/local/bin/ruby", b"\x00ruby 3.2.2 (2023-03-30", [("ruby", "3.2.2")]),
        ("usr/local/bin/php", b"\x00X-Powered-By: PHP/8.2.7\x00", [("php", "8.2.7")]),
        ("usr/sbin/nginx", b"\x00nginx version: nginx/1.25.1\x00", [("nginx", "1.25.1")]),
        ("usr/local/apache2/bin/httpd", b"\x00Apache/2.4.57 (Unix)\x00", [("httpd", "2.4.57")]),
        ("usr/local/bin/postgres", b"\x00PostgreSQL 15.3 on x86_64", [("postgresql", "15.3")]),
        ("bin/busybox", b"\x00BusyBox v1.36.1 (2023", [("busybox", "1.36.1")]),
        ("usr/local/bin/openssl", b"\x00OpenSSL 1.1.1k  25 Mar 2021", [("openssl", "1.1.1k")]),
        ("usr/local/bin/node", b"\x00v4.9.1\x00moduleLoadList\x00", [("node", "4.9.1")]),
        ("usr/local/bin/node", b"\x00node v0.10.48\x00", [("node", "0.10.48")]),
        ("usr/local/lib/libpython3.7m.so.1.0", b"\x003.7.4\x00", [("python", "3.7.4")]),
        ("usr/local/lib/libruby.so.3.2.2", b"\x00ruby 3.2.2 (2023-03-30", [("ruby", "3.2.2")]),
        ("usr/local/lib/libphp.so", b"X-Powered-By: PHP/8.2.1\n", [("php", "8.2.1")]),
        (
            "usr/local/julia/lib/julia/libjulia-internal.so.1.10.11",
            b"\x001.10.11\x00verify_methods\x00",
            [("julia", "1.10.11")],
        ),
        ("usr/lib/dart/bin/dart", b"\x003.5.2 (stable) (Wed Aug 28", [("dart", "3.5.2")]),
        ("usr/bin/deno", b"denover2.0.0+a62c7e0Deno/2.0.0Deno/", [("deno", "2.0.0")]),
        ("usr/local/bin/bun", b"\n\nBun v1.1.0\nbun-1.1.0\nJava", [("bun", "1.1.0")]),
        ("usr/lib/erlang/erts-14/bin/beam.smp", b"\x0026.1.2\x00\x00Erlang/OTP 26%s", [("erlang", "26.1.2")]),
        ("usr/local/openresty/bin/nginx", b"nginx version: openresty/1.21.4.3\n", [("nginx", "1.21.4")]),
        ("usr/local/bin/redis-server", b"\x007.0.14buildkitsandbox-1702957741000000000\x00", [("redis", "7.0.14")]),
        ("usr/local/bin/redis-server", b"\x004.0.11841ce7054bd9-1542359302000000000\x00", [("redis", "4.0.11")]),
        ("usr/bin/redis-server", b"A7.0.151790282056000000000\x00%llx", [("redis", "7.0.15")]),
        ("usr/local/bin/valkey-server", b"valkey9.0.0buildkitsandbox-1764887574000000000\x00", [("valkey", "9.0.0")]),
        ("usr/local/bin/postgres", b"\x00PostgreSQL 15beta4 (Debian", [("postgresql", "15beta4")]),
        ("usr/sbin/mysqld", b"../../mysql-9.7.0/sql/log.cc\x00", [("mysql", "9.7.0")]),
        ("usr/sbin/mariadbd", b"\x0010.6.15-MariaDB\x00", [("mariadb", "10.6.15")]),
        ("usr/bin/mongod", b"\x007.0.28\x00heap_size\x00", [("mongodb", "7.0.28")]),
        ("usr/local/sbin/haproxy", b" version 2.6.12-1+deb12u4, released 2026/10/17", [("haproxy", "2.6.12")]),
        ("usr/local/sbin/haproxy", b"\x002.7.3-1065b10\x00\x00HAProxy version follows", [("haproxy", "2.7.3")]),
        ("usr/local/sbin/haproxy", b"\x00HA-Proxy version 1.8.22 2019/10/25", [("haproxy", "1.8.22")]),
        ("opt/openssl/bin/openssl", b"\x00OpenSSL 1.1.1zb  16 Oct 2024", [("openssl", "1.1.1zb")]),
        ("usr/bin/openssl", b"\x00OpenSSL 1.1.1 (compatible; AWS-LC 1.69.0)\x00", [("aws-lc", "1.69.0")]),
        ("bin/bash", b"@(#)Bash version 5.1.16(1) release GNU", [("bash", "5.1.16")]),
        ("usr/bin/xz", b"xz (XZ Utils) 5.6.2\x00", [("xz", "5.6.2")]),
        ("usr/local/bin/node", b"nothing of the kind", []),
    ],
)
def test_programs(path: str, content: bytes, expected: list[tuple[str, str]]) -> None:
    """The version stands where the project puts it; a program without it says nothing."""
    assert _detect(path, _ELF + content) == expected


def test_a_version_across_two_windows_is_seen() -> None:
    """Programs are read in pieces; what lies over a seam is not missed."""
    text = b"\x00node.js/v18.17.0\x00"
    for shift in range(0, len(text), 5):
        data = _ELF + b"x" * (4 * 1024 * 1024 - len(_ELF) + 4 - shift) + text + b"x" * 100
        assert _detect("usr/bin/node", data) == [("node", "18.17.0")]


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("usr/local/go/VERSION", b"go1.21.3\ntime 2023", [("stdlib", "1.21.3")]),
        ("opt/java/openjdk/release", b'JAVA_VERSION="17.0.8"\nJAVA_RUNTIME_VERSION="17.0.8+7"\n', [("java", "17.0.8")]),
        ("opt/zulu/release", b'JAVA_VERSION="1.8.0_382"\n', [("java", "1.8.0_382")]),
        ("usr/local/lib/erlang/releases/26/OTP_VERSION", b"26.1.2\n", [("erlang", "26.1.2")]),
        ("usr/local/bin/node", b"#!/bin/sh\nnode.js/v18.17.0\x00", []),
    ],
)
def test_plain_files(path: str, content: bytes, expected: list[tuple[str, str]]) -> None:
    """Toolchains that say it in a file of their own; a script that mentions a version is no program."""
    assert _detect(path, content) == expected


@pytest.mark.parametrize(
    ("program", "question"), [("node", "--version"), ("openssl", "version"), ("python3", "--version")]
)
def test_what_the_program_itself_says(program: str, question: str) -> None:
    """The same version as the program prints."""
    place = sys.executable if program == "python3" else shutil.which(program)
    if place is None:
        pytest.skip(f"{program} is not on this machine")
    path = Path(place).resolve()
    if path.read_bytes()[:4] != b"\x7fELF":
        pytest.skip(f"{path} is no ELF program")
    printed = subprocess.run([str(path), question], capture_output=True, text=True, check=True).stdout
    found = _detect(f"usr/bin/{path.name}", path.read_bytes())
    if not found and program == "python3":
        pytest.skip("this Python keeps its version in a library beside the program")
    assert found[0][1] in printed
