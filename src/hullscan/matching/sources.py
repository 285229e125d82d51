"""The source package of a package, by the name and version that publishers of advisories know."""

from typing import Final

from hullscan.model.package import Package
from hullscan.patterns import pattern

_SIGNED_KERNEL: Final = pattern(r"linux-signed(-.+?)??(?:-(?:amd64|arm64|i386))?")
"""
Sources that only sign what another source has built: Debian's ``linux-signed-amd64``, Ubuntu's ``linux-signed-aws``.

Their binaries have the version of that one, ``linux`` or ``linux-aws``, which is the name that advisories know.
"""


def source_name(package: Package) -> str:
    """Return the name that advisories use for the source of *package*; its own where none is known."""
    name = package.source.name if package.source else package.name
    signed = _SIGNED_KERNEL.fullmatch(name)
    return f"linux{signed[1] or ''}" if signed else name


def judged_version(package: Package) -> str:
    """Return the version that advisories of the source compare: the source's own, which may differ (Debian Policy 5.6.1)."""
    if package.source and _SIGNED_KERNEL.fullmatch(package.source.name):
        return package.version
    return (package.source.version if package.source else "") or package.version
