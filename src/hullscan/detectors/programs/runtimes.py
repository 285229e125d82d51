"""
Runtimes and servers that no package manager installed: told by the version that their programs carry.

One line each: which files, under which name, and the words around the version. What a package manager owns is left to it
(`inventory.image`). Rule: each project's own way to print its version; Docker's official images are built so.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from hullscan.detectors.detector import Interest
from hullscan.detectors.programs.program_text import find_version
from hullscan.layers.file import LayerFile
from hullscan.layers.programs import MAGIC_BYTES, is_program
from hullscan.model.package import Detected, Package


class Signature(msgspec.Struct, frozen=True, gc=False):
    """
    How one program is known: `file` matches its name, `words` stand by its version, which `text` takes (group 1).

    Both are patterns, made ready when a program is there that needs them: all of these would take 3 ms of every command.
    """

    name: str
    file: str
    words: bytes
    text: bytes


_SERIES: Final = b"SERIES."
"""Stands for the series that a program has in its name: python3.12 holds the version of Python 3.12, and others' versions too."""

_BUILT: Final = b"000000000\0"
_REDIS: Final = rb"(\d+\.\d+\.\d{1,2}?)(?:[0-9a-f]{12}-|[A-Za-z][\w.-]*-)?1\d{9}000000000\0"
"""Version, the machine that built it (a container's name has twelve hexadecimal digits), nanoseconds since 1970 (until 2033)."""

_SIGNATURES: Final = (
    Signature("node", r"node(?:js)?", b"node.js/v", rb"node\.js/v(\d+\.\d+\.\d+)"),
    Signature("node", r"node(?:js)?", b"\0moduleLoadList", rb"\0v(\d+\.\d+\.\d+)\0moduleLoadList"),
    Signature("node", r"node(?:js)?", b"v0.1", rb"(?:\0node |-v\0)v(0\.\d+\.\d+)\0"),
    Signature(
        "python",
        r"(?:lib)?python[23]\.\d+m?(?:\.so.*)?",
        _SERIES,
        rb"[\x00/-]([23]\.\d{1,2}\.\d{1,2}(?:(?:a|b|rc)\d+)?\+?)\x00",
    ),
    Signature("pypy", r"libpypy.*\.so", b"[PyPy ", rb"\[PyPy (\d+\.\d+\.\d+)"),
    Signature("ruby", r"(?:ruby|libruby.*\.so.*)", b"ruby ", rb"\bruby (\d\.\d+\.\d+)(?:p\d+)? \("),
    Signature(
        "php",
        r"(?:php\d*|php-cgi|php-fpm|libphp\d*\.so)",
        b"X-Powered-By: PHP/",
        rb"X-Powered-By: PHP/(\d+\.\d+\.\d+(?:(?:alpha|beta|RC)\d+)?)",
    ),
    Signature("perl", r"(?:perl|libperl\.so.*)", b"/perl", rb"/perl5?/(5\.\d+\.\d+)"),
    Signature(
        "julia",
        r"libjulia-internal\.so.*",
        b"\0branch\0commit\0",
        rb"(\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)\d+)?)\0branch\0commit\0",
    ),
    Signature("julia", r"libjulia-internal\.so.*", b"\0julia version %s", rb"\0(\d+\.\d+\.\d+)\0julia version %s"),
    Signature("julia", r"libjulia-internal\.so.*", b"\0verify_methods\0", rb"\0(\d+\.\d+\.\d+)\0verify_methods\0"),
    Signature("dart", r"dart", b") (", rb"\0(\d+\.\d+\.\d+(?:-[\w.]+)?) \((?:stable|beta|dev)\) \("),
    Signature("deno", r"deno", b"Deno/", rb"Deno/(\d+\.\d+\.\d+)"),
    Signature("bun", r"bun", b"\nbun-", rb"\nbun-(\d+\.\d+\.\d+)\n"),
    Signature("erlang", r"beam\.smp", b"\0Erlang/OTP ", rb"\0(\d+(?:\.\d+){1,3}(?:-rc\d)?)\0+Erlang/OTP "),
    Signature("erlang", r"beam\.smp", b"/otp_src_", rb"/otp_src_(\d+(?:\.\d+){1,3}(?:-rc\d)?)/erts/"),
    Signature("nginx", r"nginx", b"nginx version: ", rb"nginx version: [\w-]+/(\d+\.\d+\.\d+)"),
    Signature("httpd", r"httpd|apache2", b"Apache/2.", rb"Apache/(2\.\d+\.\d+)"),
    Signature("lighttpd", r"lighttpd", b"\0lighttpd/", rb"\0lighttpd/(\d+\.\d+\.\d+)\0"),
    Signature("redis", r"redis-server", _BUILT, _REDIS),
    Signature("redis", r"redis-server", b"Redis version ", rb"Redis version (\d+\.\d+\.\d+)"),
    Signature("valkey", r"valkey-server", _BUILT, _REDIS),
    Signature(
        "postgresql",
        r"postgres",
        b"PostgreSQL ",
        rb"PostgreSQL (\d+(?:\.\d+){0,2}(?:(?:alpha|beta|rc)\d+)?) (?:on |\()",
    ),
    Signature("mariadb", r"mariadb(?:d)?|mysqld?", b"-MariaDB", rb"\0(\d+\.\d+\.\d+)-MariaDB"),
    Signature("mariadb", r"mariadb(?:d)?", b"/mariadb-", rb"/mariadb-(\d+\.\d+\.\d+)[/-]"),
    Signature("mysql", r"mysqld?", b"/mysql-", rb"/mysql-(\d+\.\d+\.\d+)(?:-\w+)?/"),
    Signature("mysql", r"mysql", b"\0mysql_real_escape_string", rb"\0(\d+\.\d+\.\d+)\0+mysql_real_escape_string"),
    Signature("percona-server", r"mysqld?", b"/percona-server-", rb"/percona-server-(\d+\.\d+\.\d+(?:-\d+)?)"),
    Signature("mongodb", r"mongod", b"\0tcmalloc\0", rb"\0(\d+\.\d+\.\d+)\0tcmalloc\0"),
    Signature("mongodb", r"mongod", b"\0heap_size\0", rb"\0(\d+\.\d+\.\d+)\0heap_size\0"),
    Signature("mongodb", r"mongod", b"\0cppdefines\0", rb"\0(\d+\.\d+\.\d+)\0cppdefines\0"),
    Signature("arangodb", r"arango(?:d|sh)", b"[linux]", rb"\0(\d+\.\d+\.\d+(?:-\d+)?) (?:enterprise )?\[linux\]"),
    Signature("memcached", r"memcached", b"memcached ", rb"\x00memcached (\d+\.\d+\.\d+)"),
    Signature(
        "haproxy", r"haproxy", b"HAProxy version ", rb"\0(\d+\.\d+(?:\.\d+|-dev\d+))(?:-[\w.+~-]+)?\0+HAProxy version "
    ),
    Signature(
        "haproxy", r"haproxy", b", released 2", rb" version (\d+\.\d+(?:\.\d+|-dev\d+))(?:-[\w.+~-]+)?, released 2"
    ),
    Signature("haproxy", r"haproxy", b"HA-Proxy version ", rb"HA-Proxy version (\d+\.\d+\.\d+)"),
    Signature(
        "fluent-bit", r"fluent-bit", b"Fluent Bit v", rb"\0(\d+\.\d+\.\d+)\0+(?:\x1b\[1m\0+)?(?:%s)?Fluent Bit v"
    ),
    Signature("openldap", r"slapd|ldapsearch", b"$OpenLDAP: ", rb"\$OpenLDAP: (?:slapd|ldapsearch) (\d+\.\d+\.\d+)"),
    Signature("proftpd", r"proftpd", b"ProFTPD Version ", rb"ProFTPD Version (\d+\.\d+\.\d+[a-z]?)\0"),
    Signature("busybox", r"busybox", b"BusyBox v", rb"BusyBox v(\d+\.\d+\.\d+)"),
    Signature("bash", r"bash", b"@(#)Bash version ", rb"@\(#\)Bash version (\d+\.\d+\.\d+)"),
    Signature("openssl", r"(?:openssl|libcrypto\.so.*)", b"OpenSSL ", rb"\x00OpenSSL (\d+\.\d+\.\d+[a-z]{0,2}) +\d"),
    Signature("aws-lc", r"(?:openssl|libcrypto\.so.*)", b"AWS-LC ", rb"AWS-LC (\d+\.\d+\.\d+)\)\0"),
    Signature("curl", r"(?:curl|libcurl\.so.*)", b"curl/", rb"\b(?:lib)?curl/(\d+\.\d+\.\d+)"),
    Signature("xz", r"xz", b"xz (XZ Utils) ", rb"xz \(XZ Utils\) (\d+\.\d+\.\d+)\0"),
    Signature("zstd", r"zstd", b"\0Zstandard CLI", rb"\0v(\d+\.\d+\.\d+)\0Zstandard CLI"),
    Signature("ffmpeg", r"ffmpeg", b"%s version ", rb"%s version (\d+\.\d+(?:\.\d+)?)"),
)

_PLAIN: Final = frozenset({"VERSION", "OTP_VERSION", "release"})
"""Files that say a version as text: Go's, Erlang's, a JDK's."""

_PROGRAMS: Final = (
    "node", "nodejs", "ruby", "php", "php-cgi", "php-fpm", "perl", "dart", "deno", "bun", "beam.smp",
    "nginx", "httpd", "apache2", "lighttpd", "redis-server", "valkey-server", "postgres", "mariadb", "mariadbd", "mysql",
    "mysqld", "mongod", "arangod", "arangosh", "memcached", "haproxy", "fluent-bit", "slapd", "ldapsearch", "proftpd",
    "busybox", "bash", "openssl", "curl", "xz", "zstd", "ffmpeg",
)  # fmt: skip

_LIBRARIES: Final = (
    *(f"python{major}.{minor}" for major, minors in ((2, (6, 7)), (3, range(20))) for minor in minors),
    *(
        f"libpython{series}{abi}.so.1.0"
        for series in ("2.7", *(f"3.{minor}" for minor in range(20)))
        for abi in ("", "m")
    ),
    *(f"libpypy{series}-c.so" for series in ("2.7", *(f"3.{minor}" for minor in range(6, 13)), "")),
    *(
        f"libruby.so.{series}.{patch}"
        for series in ("2.6", "2.7", *(f"3.{minor}" for minor in range(10)), "4.0")
        for patch in range(21)
    ),
    *(f"php{number}" for number in (5, 7, 8, 81, 82, 83, 84, 85)),
    *(f"libphp{number}.so" for number in ("", 5, 7, 8)),
    *(f"libjulia-internal.so.1.{minor}" for minor in range(6, 16)),
    *(f"libjulia-internal.so.1.{minor}.{patch}" for minor in range(6, 16) for patch in range(13)),
    *(f"libcurl.so.4.{minor}.0" for minor in range(4, 13)),
    "libcrypto.so.1.1",
    "libcrypto.so.3",
)
"""Names with a version in them: they are looked up, so each stands here."""


class Runtimes:
    """Programs by their names and the version inside; toolchains that say theirs in a file of plain text."""

    name = "runtimes"
    revision = 4
    directory_only = False
    interest = Interest(basenames=frozenset({*_PLAIN, *_PROGRAMS, *_LIBRARIES}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        folder, _, name = path.rpartition("/")
        if name == "VERSION":
            return folder.endswith("/go") or folder == "go"
        return name in _PLAIN or "bin" in folder or "lib" in folder or folder == ""

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`; a program whose version does not stand where it should says nothing."""
        name = file.path.rpartition("/")[2]
        if name in _PLAIN:
            yield from _plain(file, name)
            return
        with file.open() as stream:
            if not is_program(stream.read(MAGIC_BYTES)):
                return
        known: set[str] = set()
        for signature in _SIGNATURES:
            if signature.name not in known and re.fullmatch(signature.file, name):
                version = find_version(file, _words(signature, name), re.compile(signature.text))
                if version:
                    known.add(signature.name)
                    yield Package(type="generic", name=signature.name, version=version, path=file.path)


def _plain(file: LayerFile, name: str) -> Iterator[Package]:
    text = file.read()[:65_536].decode("utf-8", "replace")
    if name == "release":
        yield from _java(text, file.path)
    elif name == "VERSION" and (found := re.match(r"go(\d+\.\d+(?:\.\d+)?)", text)) is not None:
        yield Package(type="golang", name="stdlib", version=found[1], path=file.path)
    elif name == "OTP_VERSION" and (found := re.match(r"(\d+(?:\.\d+)+)\*{0,2}\s*$", text)) is not None:
        yield Package(type="generic", name="erlang", version=found[1], path=file.path)


def _java(text: str, path: str) -> Iterator[Package]:
    """A JDK's ``release`` (JEP 223): JAVA_VERSION, and who made it."""
    fields = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', text, re.MULTILINE))
    version = fields.get("JAVA_RUNTIME_VERSION") or fields.get("JAVA_VERSION", "")
    if version:
        yield Package(type="generic", name="java", version=version.partition("+")[0], path=path)


def _words(signature: Signature, name: str) -> bytes:
    if signature.words != _SERIES:
        return signature.words
    series: list[str] = re.findall(r"\d+\.\d+", name)
    return series[0].encode() + b"."
