"""
Every detector on hostile variants of real files.

    python -m fuzz.detectors [SECONDS] [--only PART-OF-PATH]

Files are those of ../shared/fixtures. Printed are the variants that made
a detector fail in a way of its own, take longer than five seconds, or 256 MiB more than before; none is what should be printed.
"""

import argparse
import io
import resource
import sys
import time
from pathlib import Path
from typing import Final

from fuzz.mutations import last_failure, mutations
from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.layers.file import LayerFile

_FIXTURES: Final = Path(__file__).parents[2] / "shared" / "fixtures"
_LARGEST: Final = 300_000
_SLOW_S: Final = 5.0
"""Seconds of this process's own time: a file of a few kibibytes that takes as much hangs."""

_MEMORY_KIB: Final = 256 * 1024


def samples(only: str = "") -> list[tuple[str, bytes]]:
    """Return (path as in an image, content) of the fixtures that some detector wants."""
    wanted = DetectorSet(DETECTORS)
    found = []
    for path in sorted(_FIXTURES.rglob("*")):
        if not path.is_file() or path.stat().st_size > _LARGEST or only not in str(path):
            continue
        inside = _place(path)
        data = path.read_bytes()
        if wanted.wants(inside) or data[:4] in (b"\x7fELF", b"MZ\x90\x00"):
            found.append((inside, data))
    return found


def _place(path: Path) -> str:
    text = path.relative_to(_FIXTURES).as_posix()
    for mark in ("/rootfs/", "/root/"):
        if mark in text:
            return text.partition(mark)[2]
    return text


def main() -> int:
    """Try variants in turn until the time is over; return how many went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", nargs="?", type=float, default=60.0)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    return run(options.seconds, options.only)


def run(seconds: float, only: str = "") -> int:
    """See `main`."""
    detectors = DetectorSet(DETECTORS)
    files = samples(only)
    end = time.monotonic() + seconds
    tried = wrong = 0
    seen: set[str] = set()
    at_first = _peak_kib()
    for round_number in range(1_000_000):
        for path, data in files:
            if time.monotonic() > end:
                print(f"{tried} variants of {len(files)} files, {wrong} went wrong")
                return wrong
            for variant in mutations(data, 60 if round_number == 0 else 20, round_number):
                tried += 1
                wrong += _wrong(detectors, path, variant, seen, at_first)
    return wrong


def _wrong(detectors: DetectorSet, path: str, data: bytes, seen: set[str], at_first: int) -> bool:
    began = time.process_time()
    try:
        detectors.detect(LayerFile(path, len(data), lambda: io.BytesIO(data)))
    except Exception:  # noqa: BLE001 (that there is any is what is looked for)
        what, place = last_failure()
        if place in seen:
            return False
        seen.add(place)
        print(f"{path}: {what}\n    {place}")
        return True
    took = time.process_time() - began
    if took > _SLOW_S and f"slow {path}" not in seen:
        seen.add(f"slow {path}")
        print(f"{path}: {took:.1f} s for {len(data)} bytes")
        return True
    if _peak_kib() - at_first > _MEMORY_KIB and "memory" not in seen:
        seen.add("memory")
        print(f"{path}: more than {_MEMORY_KIB // 1024} MiB")
        return True
    return False


def _peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
