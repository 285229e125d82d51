"""
hullscan: what is inside container images, and which public advisories concern it.

The library is one function: ``hullscan.scan("oci:PATH")`` returns a frozen `Report`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hullscan.model.report import Report

__all__ = ["__version__", "scan"]

__version__ = "0.1.0"


def scan(target: str, *, platform: str = "", offline: bool = False, lock_files: bool = False) -> "Report":
    """
    Scan *target* and return its report.

    Args:
        target: ``oci:DIR[:tag]``, ``docker-archive:FILE``, ``dir:ROOT``, ``sbom:FILE``, ``purl:FILE``,
            ``docker://REF`` or a bare registry reference.
        platform: ``os/architecture[/variant]`` where an index has several; this machine's by default.
        offline: Never fetch feeds; what is not there is a problem in the report.
        lock_files: Count what lock files say as inside an image; in a directory they always count.

    Raises:
        HullscanError: The target could not be opened at all. What could not be read inside is in `Report.problems`.
    """
    from hullscan.services.scans.scan_target import scan_target
    from hullscan.settings import Settings

    return scan_target(Settings.from_environment(), target, platform=platform, offline=offline, lock_files=lock_files)
