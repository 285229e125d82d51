"""Files → packages; one module for each package database or kind of file."""

from typing import Final

from hullscan.detectors.apk import Apk
from hullscan.detectors.beam_apps import BeamApps
from hullscan.detectors.beam_locks import MixLock, RebarLock
from hullscan.detectors.bitnami import BitnamiComponents
from hullscan.detectors.browser_libraries import BrowserLibraries
from hullscan.detectors.bun_lock import BunLock
from hullscan.detectors.cargo_lock import CargoLock
from hullscan.detectors.chisel import Chisel
from hullscan.detectors.composer import ComposerInstalled, ComposerLock
from hullscan.detectors.conan_lock import ConanFile, ConanLock
from hullscan.detectors.conda import CondaEnvironment, CondaMeta
from hullscan.detectors.cos import CosPackages
from hullscan.detectors.detector import Detector
from hullscan.detectors.distro import DistroFiles
from hullscan.detectors.dotnet import DotnetDeps
from hullscan.detectors.dpkg import Dpkg
from hullscan.detectors.embedded_sbom import EmbeddedSbom
from hullscan.detectors.gemfile_lock import GemfileLock
from hullscan.detectors.ghc_packages import GhcPackages
from hullscan.detectors.go_binary import GoBinary
from hullscan.detectors.go_mod import GoMod
from hullscan.detectors.haskell_locks import CabalFreeze, StackLock
from hullscan.detectors.homebrew import Homebrew
from hullscan.detectors.java import JavaArchive
from hullscan.detectors.julia import JuliaManifest, JuliaPackages
from hullscan.detectors.jvm_locks import GradleCatalog, GradleLock, SbtLock
from hullscan.detectors.luarocks import LuaRocks
from hullscan.detectors.nix import Nix
from hullscan.detectors.node import NodeModules
from hullscan.detectors.npm_lock import NpmLock
from hullscan.detectors.nuget import NugetAssets, NugetConfig, NugetLock, NugetProps
from hullscan.detectors.opam import Opam
from hullscan.detectors.opkg import Opkg
from hullscan.detectors.pacman import Pacman
from hullscan.detectors.pear import PearRegistry
from hullscan.detectors.perl import PerlMeta
from hullscan.detectors.pnpm_lock import PnpmLock
from hullscan.detectors.pom import Pom
from hullscan.detectors.portage import Portage
from hullscan.detectors.pub_cache import PubCache
from hullscan.detectors.pub_lock import PubLock
from hullscan.detectors.python import PythonDist
from hullscan.detectors.python_locks import PipfileLock, PythonTomlLock
from hullscan.detectors.r_packages import RDescription, RenvLock
from hullscan.detectors.requirements import Requirements
from hullscan.detectors.rpm import Rpm
from hullscan.detectors.ruby import InstalledGems
from hullscan.detectors.runtimes import Runtimes
from hullscan.detectors.rust_binary import RustBinary
from hullscan.detectors.swift_locks import PodfileLock, SwiftResolved
from hullscan.detectors.wordpress import WordPress
from hullscan.detectors.yarn_lock import YarnLock

DETECTORS: Final[tuple[Detector, ...]] = (
    DistroFiles(),
    # What an operating system installed.
    Dpkg(),
    Opkg(),
    Apk(),
    Rpm(),
    Pacman(),
    Portage(),
    Homebrew(),
    Nix(),
    Chisel(),
    CosPackages(),
    # What a language's package manager installed, and what is built into programs.
    PythonDist(),
    NodeModules(),
    BrowserLibraries(),
    JavaArchive(),
    GoBinary(),
    RustBinary(),
    DotnetDeps(),
    InstalledGems(),
    ComposerInstalled(),
    PearRegistry(),
    CondaMeta(),
    PerlMeta(),
    RDescription(),
    LuaRocks(),
    BeamApps(),
    GhcPackages(),
    JuliaPackages(),
    PubCache(),
    Opam(),
    WordPress(),
    BitnamiComponents(),
    EmbeddedSbom(),
    Runtimes(),
    # What lock files say would be installed.
    NpmLock(),
    YarnLock(),
    PnpmLock(),
    BunLock(),
    PipfileLock(),
    PythonTomlLock(),
    Requirements(),
    CondaEnvironment(),
    GemfileLock(),
    ComposerLock(),
    CargoLock(),
    GoMod(),
    Pom(),
    GradleLock(),
    GradleCatalog(),
    SbtLock(),
    NugetLock(),
    NugetConfig(),
    NugetAssets(),
    NugetProps(),
    MixLock(),
    RebarLock(),
    PubLock(),
    SwiftResolved(),
    PodfileLock(),
    ConanLock(),
    ConanFile(),
    CabalFreeze(),
    StackLock(),
    JuliaManifest(),
    RenvLock(),
)
"""What the scanner can see."""
