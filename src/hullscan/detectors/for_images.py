"""The detectors that look at images, as one set for all of a process."""

from functools import lru_cache

from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet


@lru_cache(maxsize=1)
def detector_set() -> DetectorSet:
    """Return them; lock files are not among what they want."""
    return DetectorSet(DETECTORS)
