"""What SBOMs that an image holds say of what others tell, too: in several formats, and beside the programs that they are about."""

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Final

from hullscan.detectors.bills.embedded_sbom import OF_WHEEL
from hullscan.model.package import Package
from hullscan.patterns import pattern

_FORMAT: Final = pattern(r"\.(?:cdx|cyclonedx|spdx|syft)\.(?:json|xml)$")

_SITE: Final = pattern(r"(?P<prefix>(?:.*/)?)lib(?:64)?/python\d[\d.]*/(?:site|dist)-packages/")
"""Where distributions are installed under a prefix, in whose ``bin`` their programs are (docs.python.org, "sysconfig")."""

_MOST_COMPARED: Final = 1_000_000
"""SBOMs times programs; an image that has more is none that somebody built, and is told all twice."""

_TOP: Final = pattern(r"[^/.]+")

_Crates = dict[str, set[tuple[str, str]]]
"""Names and versions by the file that tells them."""


def without_repeats_of_bills(packages: Iterable[Package], whole: AbstractSet[str]) -> list[Package]:
    """
    Leave out what an SBOM of the same name but another format told already, and what a wheel's SBOM tells of its program.

    A program that is among the *whole* ones lists all crates that are in it, while the SBOM also has those of its build; of other
    programs some crates are known, and the SBOM has the rest.

    Rules: buildpacks.io, "Software Bill of Materials" (``/layers/sbom/launch``), each layer's in all formats that its maker has;
    PyPA, "Recording installed projects" (``sboms``).
    """
    listed = list(packages)
    told = _told_by_programs(listed, whole)
    kept = []
    seen: dict[tuple[str, str, str, str], str] = {}
    for one in listed:
        if one.type == "cargo" and (one.name, one.version) in told.get(one.path, ()):
            continue
        found = _FORMAT.search(one.path)
        if found is not None:
            stem = one.path[: found.start()]
            if seen.setdefault((stem, one.type, one.full_name, one.version), one.path) != one.path:
                continue
        kept.append(one)
    return kept


def listed_by_wheels(packages: Iterable[Package], programs: AbstractSet[str]) -> set[str]:
    """
    Return which of *programs* have the list of all their crates in the SBOM of the wheel that brought them.

    It must have all that is known of the program, and the program must be called as the wheel is, or lie in a folder that is
    (``rpds`` of rpds_py): a few crates as pyo3's are in nearly all wheels, and one of them cannot speak for another.
    """
    if not programs:
        return set()
    crates = _crates_by_file(packages)
    wheels = {path: wheel for path in crates if (wheel := OF_WHEEL.fullmatch(path)) is not None}
    if len(wheels) * len(programs) > _MOST_COMPARED:
        return set()
    return {
        path
        for bill, wheel in wheels.items()
        for path in programs
        if crates.get(path, set()) <= crates[bill] and _is_called_as(wheel, path)
    }


def _told_by_programs(packages: Iterable[Package], whole: AbstractSet[str]) -> _Crates:
    """Return, of the SBOMs of wheels, the crates that are told by the programs they are about."""
    programs = _crates_by_file(packages)
    wheels = {path: wheel for path in programs if (wheel := OF_WHEEL.fullmatch(path)) is not None}
    bills = {path: programs.pop(path) for path in wheels}
    if len(bills) * len(programs) > _MOST_COMPARED:
        return {}
    told: _Crates = {}
    for bill, crates in bills.items():
        places = _places_of(wheels[bill])
        own = [path for path, some in programs.items() if path.startswith(places) and some <= crates]
        told[bill] = (
            crates if any(path in whole for path in own) else {crate for path in own for crate in programs[path]}
        )
    return told


def _crates_by_file(packages: Iterable[Package]) -> _Crates:
    found: _Crates = {}
    for one in packages:
        if one.type == "cargo":
            found.setdefault(one.path, set()).add((one.name, one.version))
    return found


def _is_called_as(wheel: re.Match[str], path: str) -> bool:
    site, program = _places_of(wheel)
    top = _TOP.match(path, len(site)) if path.startswith(site) else None
    return path == program or (top is not None and f"{wheel['name']}_".startswith(f"{top[0]}_"))


def _places_of(wheel: re.Match[str]) -> tuple[str, str]:
    """How the paths begin of files that the distribution whose SBOM is at *wheel* may have put there."""
    site = _SITE.fullmatch(wheel["site"])
    prefix = site["prefix"] if site is not None else wheel["site"]
    return wheel["site"], f"{prefix}bin/{wheel['name'].replace('_', '-')}"
