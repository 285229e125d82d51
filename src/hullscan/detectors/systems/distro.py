"""Which distribution an image is made from."""

import re
from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Distro
from hullscan.patterns import pattern

_ASSIGNMENT: Final = pattern(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)")

_RELEASE_LINE: Final = pattern(r"^(.*?)\s+(?:Linux\s+)?release\s+([0-9][0-9.]*)", re.IGNORECASE)

_LONGEST_LINE: Final = 256

_RED_HAT_NAMES: Final = (
    ("red hat enterprise linux", "rhel"),
    ("centos", "centos"),
    ("almalinux", "almalinux"),
    ("rocky", "rocky"),
    ("fedora", "fedora"),
    ("oracle", "ol"),
    ("scientific", "scientific"),
    ("amazon", "amzn"),
    ("vmware photon", "photon"),
    ("cbl-mariner", "mariner"),
)
"""How the one line of a release file begins → os-release ID."""


_SERVICE_PACK: Final = pattern(r"\(((?:LTS|SP\d+)(?:-SP\d+)?)\)")
"""openEuler's ``VERSION="22.03 (LTS-SP3)"``: its advisories are of service packs, which VERSION_ID leaves out."""


class DistroFiles:
    """The distribution from os-release(5), and from the files that came before it."""

    name = "distro"
    revision = 3
    directory_only = False
    interest = Interest(
        paths=frozenset(
            {
                "etc/os-release",
                "usr/lib/os-release",
                "etc/alpine-release",
                "etc/debian_version",
                "etc/lsb-release",
                "etc/redhat-release",
                "etc/centos-release",
                "etc/system-release",
                "etc/oracle-release",
                "etc/almalinux-release",
                "etc/rocky-release",
                "etc/fedora-release",
                "etc/SuSE-release",
            }
        ),
        # Where Fedora's variants keep the file that both os-release are links to.
        folders=frozenset({"usr/lib/os.release.d"}),
    )

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return path in self.interest.paths or path.startswith("usr/lib/os.release.d/os-release")

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        text = file.read()[:65_536].decode("utf-8", "replace")
        name = file.path.rpartition("/")[2]
        if name.startswith("os-release"):
            distro = _os_release(text, file.path)
        elif name == "lsb-release":
            distro = _lsb_release(text, file.path)
        elif name == "alpine-release":
            distro = Distro(id="alpine", version_id=text.strip(), path=file.path) if text.strip() else None
        elif name == "debian_version":
            distro = _debian_version(text.strip(), file.path)
        elif name == "SuSE-release":
            distro = _suse_release(text, file.path)
        else:
            distro = _release_line(text, file.path)
        if distro is not None:
            yield distro


def assignments(text: str) -> dict[str, str]:
    """
    Return the variables of a shell-like file.

    Rule: os-release(5): values may be in single or double quotes, with backslash escapes in the latter.
    """
    values: dict[str, str] = {}
    for line in text.splitlines():
        found = _ASSIGNMENT.match(line.strip())
        if found is None:
            continue
        value = found[2]
        if len(value) >= 2 and value[0] == value[-1] == '"':
            value = re.sub(r'\\(["$`\\])', r"\1", value[1:-1])
        elif len(value) >= 2 and value[0] == value[-1] == "'":
            value = value[1:-1]
        values[found[1]] = value
    return values


def _os_release(text: str, path: str) -> Distro | None:
    values = assignments(text)
    if not values:
        return None
    # os-release(5): "If not set, a default of ID=linux may be used".
    name, release = values.get("ID", "linux").lower(), values.get("VERSION_ID", "")
    pack = _SERVICE_PACK.search(values.get("VERSION", "")) if name == "openeuler" else None
    return Distro(
        id=name,
        version_id=f"{release}-{pack[1]}" if pack is not None and release else release,
        codename=values.get("VERSION_CODENAME", "") or values.get("UBUNTU_CODENAME", ""),
        name=values.get("PRETTY_NAME", "") or values.get("NAME", ""),
        id_like=tuple(values.get("ID_LIKE", "").lower().split()),
        cpe_name=values.get("CPE_NAME", ""),
        path=path,
    )


def _lsb_release(text: str, path: str) -> Distro | None:
    values = assignments(text)
    if not values.get("DISTRIB_ID"):
        return None
    return Distro(
        id=values["DISTRIB_ID"].lower().replace(" ", "-"),
        version_id=values.get("DISTRIB_RELEASE", ""),
        codename=values.get("DISTRIB_CODENAME", ""),
        name=values.get("DISTRIB_DESCRIPTION", ""),
        path=path,
    )


def _debian_version(text: str, path: str) -> Distro | None:
    if not text:
        return None
    if text[0].isdigit():
        return Distro(id="debian", version_id=text.partition(".")[0], path=path)
    # "trixie/sid": not released when this was written, so no release is known.
    return Distro(id="debian", codename=text.partition("/")[0], path=path)


def _release_line(text: str, path: str) -> Distro | None:
    line = text.strip().partition("\n")[0][:_LONGEST_LINE]
    found = _RELEASE_LINE.match(line)
    if found is None:
        return None
    lowered = line.lower()
    for beginning, name in _RED_HAT_NAMES:
        if lowered.startswith(beginning):
            return Distro(id=name, version_id=found[2], name=line, path=path)
    return None


def _suse_release(text: str, path: str) -> Distro | None:
    first = text.strip().partition("\n")[0]
    version = re.search(r"^VERSION\s*=\s*([0-9.]+)", text, re.MULTILINE)
    if not first or version is None:
        return None
    service_pack = re.search(r"^PATCHLEVEL\s*=\s*([0-9]+)", text, re.MULTILINE)
    enterprise = "enterprise" in first.lower()
    release = version[1] + (f".{service_pack[1]}" if service_pack and service_pack[1] != "0" and enterprise else "")
    return Distro(id="sles" if enterprise else "opensuse", version_id=release, name=first, path=path)
