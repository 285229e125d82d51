"""SBOMs inside an image: what they list beside packages."""

import io
import json

from hullscan.detectors.bills.embedded_sbom import EmbeddedSbom
from hullscan.detectors.detector_set import DetectorSet
from hullscan.layers.file import LayerFile

_SET = DetectorSet((EmbeddedSbom(),))


def _types(*purls: str) -> set[str]:
    packages = [
        {"name": "x", "versionInfo": "1", "externalRefs": [{"referenceType": "purl", "referenceLocator": purl}]}
        for purl in purls
    ]
    data = json.dumps({"spdxVersion": "SPDX-2.3", "packages": packages}).encode()
    found = _SET.detect(LayerFile("var/lib/db/sbom/a-1.0-r0.spdx.json", len(data), lambda: io.BytesIO(data)))
    return {one.type for file in found for one in file.packages}


def test_what_a_package_was_built_from_is_not_in_the_image() -> None:
    """melange writes, for each of Wolfi's packages, an SBOM of it, its repository and the archive that was fetched."""
    purls = (
        "pkg:apk/wolfi/a@1.0-r0",
        "pkg:github/o/a@v1.0",
        "pkg:generic/a@1.0?download_url=https://example.com/a.tgz",
    )

    assert _types(*purls) == set()
    assert _types(*purls, "pkg:golang/example.com/m@v1.0.0") == {"golang"}


def test_what_no_package_manager_knows_is_in_the_image() -> None:
    """Of an application that was built by hand, its SBOM is the only word."""
    assert _types("pkg:generic/nginx@1.25.3", "pkg:github/nginx/nginx@release-1.25.3") == {"generic"}
    assert _types("pkg:generic/nginx@1.25.3", "pkg:deb/debian/a@1", "pkg:deb/debian/b@1") == {"generic"}
