"""
SBOMs that an image carries about itself: Bitnami's and Docker's hardened images, and what builders leave beside programs.

They speak of what no package database knows; operating-system packages in them are left to the database.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from hullscan.detectors.bills.reader import read_bill
from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import decoded
from hullscan.errors import NOT_JSON, NOT_XML, UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import OS_TYPES, Detected, Package
from hullscan.model.report import Problem

_LARGEST: Final = 64 * 1024 * 1024
_ENDINGS: Final = (".spdx", ".spdx.json", ".cdx", ".cdx.json", ".cdx.xml", ".bom.json", ".bom.xml", ".syft.json")
_MARKS: Final = (b"CycloneDX", b"cyclonedx", b"spdxVersion", b"SPDXVersion", b"spdx.org/rdf", b"anchore/syft")


_ELSEWHERE: Final = frozenset({*OS_TYPES, "oci", "docker", "github", "gitlab", "bitbucket"})
"""What a database tells better, what holds packages, and where their sources are: none of it is a package of a language."""


class EmbeddedSbom:
    """
    ``*.spdx``, ``*.spdx.json``, ``*.cdx.json`` and their kin, ``bom.json``.

    Bitnami's are ``.spdx-NAME.spdx``, those of Docker's hardened images ``.spdx.NAME.json``.
    """

    name = "embedded-sbom"
    revision = 5
    directory_only = False
    interest = Interest(
        basenames=frozenset({"bom.json", "bom.xml"}),
        suffixes=frozenset({*_ENDINGS, ".json"}),
    )

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        name = path.rpartition("/")[2].lower()
        hidden = name.startswith(".spdx.") and name.endswith(".json")
        return hidden or name in self.interest.basenames or name.endswith(_ENDINGS)

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
        # Wolfi's builder leaves an SBOM of each package: beside the package itself it names the archives that it was built from.
        left_out = _ELSEWHERE | {"generic"} if sum(_is_of_system(one) for one in found) == 1 else _ELSEWHERE
        for one in found:
            if not isinstance(one, Package) or one.type not in left_out:
                yield one


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
