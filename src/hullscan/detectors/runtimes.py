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
from hullscan.model.package import Detected, Package

_WINDOW: Final = 4 * 1024 * 1024
_OVERLAP: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """How one program is known: `file` matches its name, `text` the bytes around its version (group 1)."""

    name: str
    file: re.Pattern[str]
    text: re.Pattern[bytes]


def _line(name: str, file: str, text: bytes) -> Signature:
    return Signature(name=name, file=re.compile(file), text=re.compile(text))


_SIGNATURES: Final = (
    _line("node", r"node(?:js)?", rb"node\.js/v(\d+\.\d+\.\d+)"),
    _line(
        "python", r"(?:lib)?python[23]\.\d+(?:\.so.*)?", rb"[\x00/-]([23]\.\d{1,2}\.\d{1,2}(?:(?:a|b|rc)\d+)?\+?)\x00"
    ),
    _line("ruby", r"(?:ruby|libruby.*\.so.*)", rb"\bruby (\d\.\d+\.\d+)(?:p\d+)? \("),
    _line(
        "php",
        r"(?:php\d*|php-cgi|php-fpm|libphp\d*\.so)",
        rb"X-Powered-By: PHP/(\d+\.\d+\.\d+(?:(?:alpha|beta|RC)\d+)?)",
    ),
    _line("perl", r"(?:perl|libperl\.so.*)", rb"/perl5?/(5\.\d+\.\d+)"),
    _line("nginx", r"nginx", rb"nginx version: nginx/(\d+\.\d+\.\d+)"),
    _line("httpd", r"httpd", rb"Apache/(2\.\d+\.\d+)"),
    _line("redis", r"redis-server", rb"Redis (?:version=|ver\. ?|server v=)?(\d+\.\d+\.\d+)"),
    _line("valkey", r"valkey-server", rb"Valkey (?:version=|ver\. ?|server v=)?(\d+\.\d+\.\d+)"),
    _line("postgresql", r"postgres", rb"PostgreSQL (\d+\.\d+(?:\.\d+)?) (?:on |\()"),
    _line("mariadb", r"mariadbd", rb"\x00(\d+\.\d+\.\d+)-MariaDB"),
    _line("haproxy", r"haproxy", rb"HAProxy version (\d+\.\d+\.\d+)"),
    _line("busybox", r"busybox", rb"BusyBox v(\d+\.\d+\.\d+)"),
    _line("openssl", r"(?:openssl|libcrypto\.so.*)", rb"\x00OpenSSL (\d+\.\d+\.\d+[a-z]?) +\d"),
    _line("curl", r"(?:curl|libcurl\.so.*)", rb"\b(?:lib)?curl/(\d+\.\d+\.\d+)"),
    _line("memcached", r"memcached", rb"\x00memcached (\d+\.\d+\.\d+)"),
)


class Runtimes:
    """Programs by their names and the version inside; ``go/VERSION`` and a JDK's ``release`` file say theirs in plain text."""

    name = "runtimes"
    revision = 1
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
        for signature in _SIGNATURES:
            if signature.file.fullmatch(name):
                version = _search(file, signature.text)
                # python3.12 holds the version of Python 3.12; another one in it is something else's.
                series = re.search(r"\d+\.\d+", name) if signature.name == "python" else None
                if version and (series is None or version.startswith(series[0] + ".")):
                    yield Package(type="generic", name=signature.name, version=version, path=file.path)


def _java(file: LayerFile) -> Iterator[Detected]:
    """A JDK's ``release`` (JEP 223): JAVA_VERSION, and who made it."""
    fields = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', file.read()[:65_536].decode("utf-8", "replace"), re.MULTILINE))
    version = fields.get("JAVA_RUNTIME_VERSION") or fields.get("JAVA_VERSION", "")
    if version:
        yield Package(type="generic", name="java", version=version.partition("+")[0], path=file.path)


def _search(file: LayerFile, text: re.Pattern[bytes]) -> str:
    """The first version in the program, read in windows: some have a hundred megabytes."""
    with file.open() as stream:
        if stream.read(4) not in (b"\x7fELF", b"MZ\x90\x00", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"):
            return ""
        rest = b"\x7fELF"
        while window := stream.read(_WINDOW):
            found = text.search(rest + window)
            if found is not None:
                return found[1].decode("ascii", "replace")
            rest = window[-_OVERLAP:]
    return ""
