"""Files → packages; one module for each package database or kind of file."""

from typing import Final

from hullscan.detectors.apk import Apk
from hullscan.detectors.detector import Detector
from hullscan.detectors.distro import DistroFiles
from hullscan.detectors.dpkg import Dpkg
from hullscan.detectors.node import NodeModules
from hullscan.detectors.npm_lock import NpmLock
from hullscan.detectors.python import PythonDist
from hullscan.detectors.rpm import Rpm

DETECTORS: Final[tuple[Detector, ...]] = (
    DistroFiles(),
    Dpkg(),
    Apk(),
    Rpm(),
    PythonDist(),
    NodeModules(),
    NpmLock(),
)
"""What the scanner can see."""
