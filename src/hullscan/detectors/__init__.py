"""Files → packages; one module for each package database or kind of file."""

from typing import Final

from hullscan.detectors.apk import Apk
from hullscan.detectors.detector import Detector
from hullscan.detectors.distro import DistroFiles
from hullscan.detectors.dotnet import DotnetDeps
from hullscan.detectors.dpkg import Dpkg
from hullscan.detectors.go_binary import GoBinary
from hullscan.detectors.java import JavaArchive
from hullscan.detectors.node import NodeModules
from hullscan.detectors.npm_lock import NpmLock
from hullscan.detectors.python import PythonDist
from hullscan.detectors.rpm import Rpm
from hullscan.detectors.ruby import InstalledGems
from hullscan.detectors.rust_binary import RustBinary

DETECTORS: Final[tuple[Detector, ...]] = (
    DistroFiles(),
    Dpkg(),
    Apk(),
    Rpm(),
    PythonDist(),
    NodeModules(),
    NpmLock(),
    JavaArchive(),
    GoBinary(),
    RustBinary(),
    DotnetDeps(),
    InstalledGems(),
)
"""What the scanner can see."""
