"""Real files to begin with, where ../shared has them: those of its fixtures and samples that a target's small files are like."""

import tarfile
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from fuzz.targets import Target
from hullscan.feeds.packed import document
from hullscan.layers.programs import MAGIC_BYTES, is_program

LARGEST: Final = 300_000

_SHARED: Final = Path(__file__).parents[2] / "shared"
_FIXTURES: Final = _SHARED / "fixtures"
_FEEDS: Final = _SHARED / "feeds" / "native" / "vendor-samples" / "vendor-samples.tar.xz"
_FEED_TARGETS: Final = {
    "debian/input/debian.json": "feed-debian-tracker-tracker",
    "arch/advisory.json": "feed-arch-all",
    "glsa-202305-28.xml": "feed-glsa-glsa-209901-01",
    "amazon/updateinfo_1.xml.gz": "feed-updateinfo-updateinfo",
    "com.oracle.elsa-all.xml.bz2": "feed-oval-elsa",
    "opensuse.leap.15.2.xml.gz": "feed-oval-elsa",
    "azure-linux-truncated-3.0-oval.xml": "feed-oval-elsa",
    "advisories/2024/rhsa-2024_6163.json": "feed-csaf-cve-2099-0012",
    "wolfi/input/secdb/security.json": "feed-alpine-secdb-main",
}
"""End of a sample's name → who reads such."""


def samples(target: Target) -> Iterator[bytes]:
    """Yield inputs for *target*, each at most `LARGEST` bytes; none where ../shared is absent."""
    if target.name.startswith("feed-"):
        yield from _feeds().get(target.name, ())
        return
    for path in _fixtures():
        number = next((number for number, place in enumerate(target.paths) if _alike(path, place)), None)
        if number is not None:
            yield bytes([number]) + path.read_bytes()


@cache
def _fixtures() -> tuple[Path, ...]:
    found = _FIXTURES.rglob("*") if _FIXTURES.is_dir() else ()
    return tuple(path for path in sorted(found) if path.is_file() and path.stat().st_size <= LARGEST)


def _alike(path: Path, place: str) -> bool:
    if place.startswith("usr/bin/"):
        with path.open("rb") as stream:
            return is_program(stream.read(MAGIC_BYTES))
    return path.name == Path(place).name or (
        path.suffix in (".jar", ".egg", ".gemspec") and place.endswith(path.suffix)
    )


@cache
def _feeds() -> dict[str, list[bytes]]:
    """Samples made plain: a change to packed bytes only ever breaks the packing."""
    found: dict[str, list[bytes]] = {}
    if not _FEEDS.is_file():
        return found
    with tempfile.TemporaryDirectory(prefix="hullscan-fuzz-") as folder, tarfile.open(_FEEDS) as archive:
        for member in archive:
            name = next((to for end, to in _FEED_TARGETS.items() if member.name.endswith(end)), None)
            inside = archive.extractfile(member) if name else None
            if name and inside is not None:
                (Path(folder) / "sample").write_bytes(inside.read())
                plain = document(Path(folder), "sample")
                if len(plain) <= LARGEST:
                    found.setdefault(name, []).append(plain)
    return found
