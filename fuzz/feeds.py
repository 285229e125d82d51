"""
Every feed format on hostile variants of publishers' real files.

    python -m fuzz.feeds [SECONDS]

A file may be refused as a whole (`FeedError`) or give problems; whatever else happens is printed.
"""

import shutil
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Final

from fuzz.mutations import last_failure, mutations
from hullscan.errors import FeedError
from hullscan.feeds.location import available, open_location
from hullscan.feeds.packed import document
from hullscan.matching.ranges import segments
from hullscan.model.advisory import Advisory
from hullscan.versions import scheme_for_ecosystem

_SAMPLES: Final = Path(__file__).parents[2] / "shared" / "feeds" / "native" / "vendor-samples" / "vendor-samples.tar.xz"
_PLACES: Final = {
    "debian/input/debian.json": "debian-tracker/tracker.json",
    "arch/advisory.json": "arch/all.json",
    "glsa-202305-28.xml": "glsa/glsa-202305-28.xml",
    "amazon/updateinfo_1.xml.gz": "updateinfo/amazon/1/updateinfo.xml.gz",
    "com.oracle.elsa-all.xml.bz2": "oval/oracle/elsa.xml.bz2",
    "opensuse.leap.15.2.xml.gz": "oval/opensuse/leap.xml.gz",
    "azure-linux-truncated-3.0-oval.xml": "oval/azure-linux/3.0/azure.xml",
    "advisories/2024/rhsa-2024_6163.json": "csaf/redhat/rhsa-2024_6163.json",
    "wolfi/input/secdb/security.json": "wolfi-secdb/security.json.gz",
}
"""End of a sample's name → where it stands under ``native/``."""


def samples() -> dict[str, bytes]:
    """Return the samples by their part of a location, made plain: a change to packed bytes only ever breaks the packing."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="hullscan-fuzz-") as folder, tarfile.open(_SAMPLES) as archive:
        for member in archive:
            place = next((to for end, to in _PLACES.items() if member.name.endswith(end)), None)
            inside = archive.extractfile(member) if place else None
            if place and inside is not None:
                (Path(folder) / "sample").write_bytes(inside.read())
                found[f"native/{place}"] = document(Path(folder), "sample")
    return found


def run(seconds: float) -> int:
    """Try variants in turn until the time is over; return how many went wrong."""
    files = samples()
    end = time.monotonic() + seconds
    tried = 0
    seen: set[str] = set()
    for round_number in range(1_000_000):
        for part, data in files.items():
            for variant in mutations(data, 60 if round_number == 0 else 20, round_number):
                if time.monotonic() > end:
                    print(f"{tried} variants of {len(files)} files, {len(seen)} went wrong")
                    return len(seen)
                tried += 1
                wrong = _wrong(part, variant)
                if wrong and wrong not in seen:
                    seen.add(wrong)
                    print(f"{part}: {wrong}")
    return len(seen)


def _wrong(part: str, data: bytes) -> str:
    root = Path(tempfile.mkdtemp(prefix="hullscan-fuzz-"))
    try:
        path = root / part
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
        for feed in available(open_location(str(root))):
            for item in feed.parse(root):
                for affected in item.affected if isinstance(item, Advisory) else ():
                    scheme = scheme_for_ecosystem(affected.ecosystem)
                    if scheme is not None:
                        segments(affected, scheme)
    except FeedError:
        return ""
    except Exception:  # noqa: BLE001 (that there is any is what is looked for)
        return "\n    ".join(last_failure())
    finally:
        shutil.rmtree(root)
    return ""


if __name__ == "__main__":
    sys.exit(1 if run(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0) else 0)
