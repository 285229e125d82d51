"""
SBOMs that an image carries about itself: Bitnami's and Docker's hardened images, and what builders leave beside programs.

They speak of what no package database knows; operating-system packages in them are left to the database. Those of Python's
distributions (PEP 770) speak of what was compiled into these, or copied from the system that they were built on.
"""

from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec.structs import replace

from hullscan.detectors.bills.reader import read_bill
from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import decoded
from hullscan.errors import NOT_JSON, NOT_XML, UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.names import normal_name
from hullscan.model.package import OS_TYPES, Detected, Package
from hullscan.model.report import Problem
from hullscan.patterns import pattern

_LARGEST: Final = 64 * 1024 * 1024
_KINDS: Final = ("bom", "cdx", "cyclonedx", "sbom", "spdx", "syft")
_ENDINGS: Final = (".spdx", ".cdx", ".sbom", *(f".{kind}{ending}" for kind in _KINDS for ending in (".json", ".xml")))
_MARKS: Final = (b"CycloneDX", b"cyclonedx", b"spdxVersion", b"SPDXVersion", b"spdx.org/rdf", b"anchore/syft")

OF_WHEEL: Final = pattern(r"(?P<site>(?:.*/)?)(?P<name>[^/]+?)-[^/-]+\.dist-info/sboms/.+")
"""PyPA, "Recording installed projects": all files of this folder are SBOMs of the distribution, whatever they are called."""

_RELEASE: Final = pattern(r"\.(?:el|fc|amzn)(\d+)(?:[._]|$)")
"""An rpm's ``%{?dist}`` at the end of its release (docs.fedoraproject.org, "Versioning Guidelines")."""

_ELSEWHERE: Final = frozenset({*OS_TYPES, "oci", "docker", "github", "gitlab", "bitbucket"})
"""What a database tells better, what holds packages, and where their sources are: none of it is a package of a language."""


class EmbeddedSbom:
    """
    ``*.spdx``, ``*.spdx.json``, ``*.cdx.json`` and their kin, ``bom.json``.

    Bitnami's are ``.spdx-NAME.spdx``, those of Docker's hardened images ``.spdx.NAME.json``, those of wheels in
    ``NAME-VERSION.dist-info/sboms``.
    """

    name = "embedded-sbom"
    revision = 6
    directory_only = False
    interest = Interest(
        basenames=frozenset({"bom.json", "bom.xml", "sbom.json", "sbom.xml"}),
        suffixes=frozenset({*_ENDINGS, ".json"}),
    )

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        name = path.rpartition("/")[2].lower()
        hidden = name.startswith(".spdx.") and name.endswith(".json")
        return hidden or name in self.interest.basenames or name.endswith(_ENDINGS) or ".dist-info/sboms/" in path

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`; a whole file of such a name that is none was meant for something else."""
        if file.size_bytes > _LARGEST:
            raise UnreadableInput(f"an SBOM of {file.size_bytes:,} bytes")
        data = file.read()
        if b"\0" in data[:4]:
            data = decoded(data).encode()
        if not any(mark in data for mark in _MARKS):
            _refuse_broken(data)
            return
        found = read_bill(data, file.path).found
        wheel = OF_WHEEL.fullmatch(file.path)
        if wheel is not None:
            yield from _of_wheel(found, wheel["name"])
            return
        # Wolfi's builder leaves an SBOM of each package: beside the package itself it names the archives that it was built from.
        left_out = _ELSEWHERE | {"generic"} if sum(_is_of_system(one) for one in found) == 1 else _ELSEWHERE
        for one in found:
            if not isinstance(one, Package) or one.type not in left_out:
                yield one


def _of_wheel(found: list[Package | Problem], distribution: str) -> Iterator[Detected]:
    """
    What a wheel's SBOM lists beside the distribution itself, which its own metadata name.

    Packages of an operating system are libraries that auditwheel copied from the system that it ran on (its ``--help``, "repair"):
    they are of that system's release, whatever the image is made from.
    """
    own = normal_name("PyPI", distribution)
    for one in found:
        if isinstance(one, Problem) or one.type not in OS_TYPES:
            if isinstance(one, Problem) or one.type != "pypi" or normal_name("PyPI", one.name) != own:
                yield one
            continue
        release = _RELEASE.search(one.version) if one.type == "rpm" else None
        if one.qualifier("distro"):
            yield one
        elif release is not None and one.namespace:
            placed = (*one.qualifiers, ("distro", f"{one.namespace}-{release[1]}"))
            yield replace(one, qualifiers=tuple(sorted(placed)))
        else:
            message = (
                f"{one.name} {one.version} was copied into {distribution}, and no release of {one.namespace} is named"
            )
            yield Problem(code="no-release", path=one.path, message=message)


def _is_of_system(one: Package | Problem) -> bool:
    return isinstance(one, Package) and one.type in OS_TYPES


def _refuse_broken(data: bytes) -> None:
    """What would tell that it is an SBOM may stand in the part of a file that is missing."""
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if not start:
        raise UnreadableInput("it is empty")
    try:
        if start in (b"{", b"["):
            msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
        elif start == b"<":
            from defusedxml.ElementTree import fromstring

            fromstring(data)
    except (*NOT_XML, *NOT_JSON) as error:
        raise UnreadableInput(f"it is cut off or damaged: {error}") from error
