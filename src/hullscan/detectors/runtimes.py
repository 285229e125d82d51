"""
Runtimes and servers that no package manager installed: told by the version that their programs carry.

One line each: which files, under which name, and the words around the version. What a package manager owns is left to it
(`inventory.image`). Rule: each project's own way to print its version; Docker's official images are built so.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.layers.file import LayerFile
from hullscan.layers.programs import MAGIC_BYTES, is_program
from hullscan.model.package import Detected, Package

_WINDOW: Final = 4 * 1024 * 1024
_AROUND: Final = 128
"""A version stands at most so many bytes from its words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """How one program is known: `file` matches its name, `words` stand by its version, which `text` takes (group 1)."""

    name: str
    file: re.Pattern[str]
    words: bytes
    text: re.Pattern[bytes]


def _line(name: str, file: str, words: bytes, text: bytes) -> Signature:
    return Signature(name=name, file=re.compile(file), words=words, text=re.compile(text))


_SERIES: Final = b"SERIES."
"""Stands for the series that a program has in its name: python3.12 holds the version of Python 3.12, and others' versions too."""

_SIGNATURES: Final = (
    _line("node", r"node(?:js)?", b"node.js/v", rb"node\.js/v(\d+\.\d+\.\d+)"),
    _line(
        "python",
        r"(?:lib)?python[23]\.\d+(?:\.so.*)?",
        _SERIES,
        rb"[\x00/-]([23]\.\d{1,2}\.\d{1,2}(?:(?:a|b|rc)\d+)?\+?)\x00",
    ),
    _line("ruby", r"(?:ruby|libruby.*\.so.*)", b"ruby ", rb"\bruby (\d\.\d+\.\d+)(?:p\d+)? \("),
    _line(
        "php",
        r"(?:php\d*|php-cgi|php-fpm|libphp\d*\.so)",
        b"X-Powered-By: PHP/",
        rb"X-Powered-By: PHP/(\d+\.\d+\.\d+(?:(?:alpha|beta|RC)\d+)?)",
    ),
    _line("perl", r"(?:perl|libperl\.so.*)", b"/perl", rb"/perl5?/(5\.\d+\.\d+)"),
    _line("nginx", r"nginx", b"nginx version: ", rb"nginx version: nginx/(\d+\.\d+\.\d+)"),
    _line("httpd", r"httpd", b"Apache/2.", rb"Apache/(2\.\d+\.\d+)"),
    _line("redis", r"redis-server", b"Redis ", rb"Redis (?:version=|ver\. ?|server v=)?(\d+\.\d+\.\d+)"),
    _line("valkey", r"valkey-server", b"Valkey ", rb"Valkey (?:version=|ver\. ?|server v=)?(\d+\.\d+\.\d+)"),
    _line("postgresql", r"postgres", b"PostgreSQL ", rb"PostgreSQL (\d+\.\d+(?:\.\d+)?) (?:on |\()"),
    _line("mariadb", r"mariadbd", b"-MariaDB", rb"\x00(\d+\.\d+\.\d+)-MariaDB"),
    _line("haproxy", r"haproxy", b"HAProxy version ", rb"HAProxy version (\d+\.\d+\.\d+)"),
    _line("busybox", r"busybox", b"BusyBox v", rb"BusyBox v(\d+\.\d+\.\d+)"),
    _line("openssl", r"(?:openssl|libcrypto\.so.*)", b"OpenSSL ", rb"\x00OpenSSL (\d+\.\d+\.\d+[a-z]?) +\d"),
    _line("curl", r"(?:curl|libcurl\.so.*)", b"curl/", rb"\b(?:lib)?curl/(\d+\.\d+\.\d+)"),
    _line("memcached", r"memcached", b"memcached ", rb"\x00memcached (\d+\.\d+\.\d+)"),
)


class Runtimes:
    """Programs by their names and the version inside; ``go/VERSION`` and a JDK's ``release`` file say theirs in plain text."""

    name = "runtimes"
    revision = 2
    directory_only = False
    interest = Interest(
        basenames=frozenset(
            {
                "node",
                "nodejs",
                "ruby",
                "php",
                "php-cgi",
                "php-fpm",
                "perl",
                "nginx",
                "httpd",
                "redis-server",
                "valkey-server",
                "postgres",
                "mariadbd",
                "haproxy",
                "busybox",
                "openssl",
                "curl",
                "memcached",
                "VERSION",
                "release",
                *(f"python{major}.{minor}" for major, minors in ((2, (6, 7)), (3, range(20))) for minor in minors),
                *(f"libpython3.{minor}.so.1.0" for minor in range(20)),
                *(f"php{number}" for number in (5, 7, 8, 81, 82, 83, 84)),
                "libcrypto.so.1.1",
                "libcrypto.so.3",
            }
        ),
    )

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        folder, _, name = path.rpartition("/")
        if name == "VERSION":
            return folder.endswith("/go") or folder == "go"
        if name == "release":
            return any(word in folder for word in ("jdk", "jre", "java", "jvm"))
        return "bin" in folder or "lib" in folder or folder == ""

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`; a program whose version does not stand where it should says nothing."""
        name = file.path.rpartition("/")[2]
        if name == "VERSION":
            found = re.match(rb"go(\d+\.\d+(?:\.\d+)?)", file.read()[:100])
            if found is not None:
                yield Package(type="golang", name="stdlib", version=found[1].decode(), path=file.path)
            return
        if name == "release":
            yield from _java(file)
            return
        with file.open() as stream:
            if not is_program(stream.read(MAGIC_BYTES)):
                return
        for signature in _SIGNATURES:
            if signature.file.fullmatch(name):
                version = _search(file, _words(signature, name), signature.text)
                if version:
                    yield Package(type="generic", name=signature.name, version=version, path=file.path)


def _words(signature: Signature, name: str) -> bytes:
    if signature.words != _SERIES:
        return signature.words
    series: list[str] = re.findall(r"\d+\.\d+", name)
    return series[0].encode() + b"."


def _java(file: LayerFile) -> Iterator[Detected]:
    """A JDK's ``release`` (JEP 223): JAVA_VERSION, and who made it."""
    fields = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', file.read()[:65_536].decode("utf-8", "replace"), re.MULTILINE))
    version = fields.get("JAVA_RUNTIME_VERSION") or fields.get("JAVA_VERSION", "")
    if version:
        yield Package(type="generic", name="java", version=version.partition("+")[0], path=file.path)


def _search(file: LayerFile, words: bytes, text: re.Pattern[bytes]) -> str:
    """
    The first version by *words* in the program, read in windows: some have a hundred megabytes.

    Plain words are found ten times as fast as a pattern; that is tried only where they stand.
    """
    with file.open() as stream:
        rest = b""
        while window := stream.read(_WINDOW):
            data = rest + window
            place = data.find(words)
            while place >= 0:
                found = text.search(data, max(0, place - _AROUND), place + _AROUND)
                if found is not None and words in found[0]:
                    return found[1].decode("ascii", "replace")
                place = data.find(words, place + 1)
            rest = data[-2 * _AROUND :]
    return ""
