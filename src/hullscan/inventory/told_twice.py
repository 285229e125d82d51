"""What SBOMs that an image holds tell twice: in several formats, and beside the programs that they are about."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from hullscan.model.package import Package

_FORMAT: Final = re.compile(r"\.(?:cdx|cyclonedx|spdx|syft)\.(?:json|xml)$")

_OF_WHEEL: Final = re.compile(r"(?:(?P<site>.*)/)?(?P<name>[^/]+?)-[^/-]+\.dist-info/sboms/.+")
_SITE: Final = re.compile(r"(?P<prefix>.*/)?lib(?:64)?/python\d[\d.]*/(?:site|dist)-packages")
"""Where distributions are installed under a prefix, in whose ``bin`` their programs are (docs.python.org, "sysconfig")."""


def without_repeats_of_bills(packages: Iterable[Package]) -> list[Package]:
    """
    Leave out what an SBOM of the same name but another format told already, and crates of programs whose wheel's SBOM lists them.

    Rules: buildpacks.io, "Software Bill of Materials" (``/layers/sbom/launch``), each layer's in all formats that its maker has;
    PyPA, "Recording installed projects" (``sboms``).
    """
    listed = list(packages)
    told = _crates_of_wheels(listed)
    kept = []
    seen: dict[tuple[str, str, str, str], str] = {}
    for one in listed:
        found = _FORMAT.search(one.path)
        if found is not None:
            stem = one.path[: found.start()]
            if seen.setdefault((stem, one.type, one.full_name, one.version), one.path) != one.path:
                continue
        elif told and one.type == "cargo" and not _OF_WHEEL.fullmatch(one.path):
            crate = (one.name, one.version)
            if any(crate in told.get(place, ()) for place in _upwards(one.path)):
                continue
        kept.append(one)
    return kept


def _crates_of_wheels(packages: Iterable[Package]) -> dict[str, set[tuple[str, str]]]:
    """The crates that wheels list, by where their programs are: a folder of distributions, or a file in ``bin``."""
    told: dict[str, set[tuple[str, str]]] = {}
    for one in packages:
        wheel = _OF_WHEEL.fullmatch(one.path) if one.type == "cargo" else None
        if wheel is None:
            continue
        site = _SITE.fullmatch(wheel["site"] or "")
        places = [wheel["site"] or ""]
        if site is not None:
            places.append(f"{site['prefix'] or ''}bin/{wheel['name'].replace('_', '-')}")
        for place in places:
            told.setdefault(place, set()).add((one.name, one.version))
    return told


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]
    yield path
