"""Files → packages; one module for each package database or kind of file."""

from typing import Final

from hullscan.detectors.bills.embedded_sbom import EmbeddedSbom
from hullscan.detectors.detector import Detector
from hullscan.detectors.java.archive import JavaArchive
from hullscan.detectors.java.pom import Pom
from hullscan.detectors.languages.beam_apps import BeamApps
from hullscan.detectors.languages.browser_libraries import BrowserLibraries
from hullscan.detectors.languages.composer import ComposerInstalled, ComposerLock
from hullscan.detectors.languages.conda import CondaMeta
from hullscan.detectors.languages.dotnet import DotnetDeps
from hullscan.detectors.languages.ghc_packages import GhcPackages
from hullscan.detectors.languages.julia import JuliaManifest, JuliaPackages
from hullscan.detectors.languages.luarocks import LuaRocks
from hullscan.detectors.languages.node import NodeModules
from hullscan.detectors.languages.opam import Opam
from hullscan.detectors.languages.pear import PearRegistry
from hullscan.detectors.languages.perl import PerlMeta
from hullscan.detectors.languages.pub_cache import PubCache
from hullscan.detectors.languages.python import PythonDist
from hullscan.detectors.languages.r_packages import RDescription, RenvLock
from hullscan.detectors.languages.ruby import InstalledGems
from hullscan.detectors.languages.wordpress import WordPress
from hullscan.detectors.languages.yarn_cache import YarnCache
from hullscan.detectors.lock_files.beam_locks import MixLock, RebarLock
from hullscan.detectors.lock_files.bun_lock import BunLock
from hullscan.detectors.lock_files.cargo_lock import CargoLock
from hullscan.detectors.lock_files.conan_lock import ConanFile, ConanLock
from hullscan.detectors.lock_files.conda_environment import CondaEnvironment
from hullscan.detectors.lock_files.gemfile_lock import GemfileLock
from hullscan.detectors.lock_files.go_mod import GoMod
from hullscan.detectors.lock_files.haskell_locks import CabalFreeze, StackLock
from hullscan.detectors.lock_files.jvm_locks import GradleCatalog, GradleLock, SbtLock
from hullscan.detectors.lock_files.npm_lock import NpmLock
from hullscan.detectors.lock_files.nuget import NugetAssets, NugetConfig, NugetLock, NugetProps
from hullscan.detectors.lock_files.pnpm_lock import PnpmLock
from hullscan.detectors.lock_files.pub_lock import PubLock
from hullscan.detectors.lock_files.python_locks import PipfileLock, PythonTomlLock
from hullscan.detectors.lock_files.requirements import Requirements
from hullscan.detectors.lock_files.swift_locks import PodfileLock, SwiftResolved
from hullscan.detectors.lock_files.yarn_lock import YarnLock
from hullscan.detectors.programs.dotnet_bundle import DotnetBundle
from hullscan.detectors.programs.go_binary import GoBinary
from hullscan.detectors.programs.runtimes import Runtimes
from hullscan.detectors.programs.rust_binary import RustBinary
from hullscan.detectors.programs.rust_panics import RustPanics
from hullscan.detectors.systems.apk import Apk
from hullscan.detectors.systems.bitnami import BitnamiComponents
from hullscan.detectors.systems.chisel import Chisel
from hullscan.detectors.systems.cos import CosPackages
from hullscan.detectors.systems.distro import DistroFiles
from hullscan.detectors.systems.dpkg import Dpkg
from hullscan.detectors.systems.homebrew import Homebrew
from hullscan.detectors.systems.nix import Nix
from hullscan.detectors.systems.opkg import Opkg
from hullscan.detectors.systems.other_roots import OtherRoots
from hullscan.detectors.systems.pacman import Pacman
from hullscan.detectors.systems.portage import Portage
from hullscan.detectors.systems.rpm import Rpm

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
    OtherRoots(),
    # What a language's package manager installed, and what is built into programs.
    PythonDist(),
    NodeModules(),
    YarnCache(),
    BrowserLibraries(),
    JavaArchive(),
    GoBinary(),
    RustBinary(),
    RustPanics(),
    DotnetDeps(),
    DotnetBundle(),
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
