"""Files → packages; one module for each package database or kind of file."""

from typing import Final

from hullscan.detectors.detector import Detector
from hullscan.detectors.distro import DistroFiles
from hullscan.detectors.dpkg import Dpkg

DETECTORS: Final[tuple[Detector, ...]] = (
    DistroFiles(),
    Dpkg(),
)
"""What the scanner can see."""
