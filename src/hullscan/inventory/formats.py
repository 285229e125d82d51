"""SBOMs that say the same in several formats: ``sbom.cdx.json``, ``sbom.spdx.json`` and ``sbom.syft.json`` of one folder."""

import re
from collections.abc import Iterable
from typing import Final

from hullscan.model.package import Package

_FORMAT: Final = re.compile(r"\.(?:cdx|cyclonedx|spdx|syft)\.(?:json|xml)$")


def without_other_formats(packages: Iterable[Package]) -> list[Package]:
    """
    Leave out what an SBOM of the same name, but of another format, told already.

    Rule: buildpacks.io, "Software Bill of Materials" (``/layers/sbom/launch``): each layer's in all formats that its maker has.
    """
    kept = []
    seen: dict[tuple[str, str, str, str], str] = {}
    for one in packages:
        found = _FORMAT.search(one.path)
        if found is not None:
            stem = one.path[: found.start()]
            if seen.setdefault((stem, one.type, one.full_name, one.version), one.path) != one.path:
                continue
        kept.append(one)
    return kept
