"""
Our inventory of an image beside Syft's and Trivy's: what all list, and what only one does.

    python -m bench.inventories LAYOUT SYFT [TRIVY]

LAYOUT is an OCI layout, SYFT and TRIVY are their programs; Trivy refuses images that hold jars without a Java database, so
TRIVY_CACHE_DIR names a cache that has one, an empty one too. Compared are distinct packages by (purl type, name, version), wherever
they were found, after these normalisations: PyPI's names by PEP 503, Go's versions without their ``v`` and ``go``, an epoch that
stands in a qualifier before the version, Syft's ``UNKNOWN`` as no version. Counted apart are what differs by its namespace only
(Maven's group), and what only we list that a package of the distribution owns. docs/peers.md explains the differences.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from typing import Any, NamedTuple

from packageurl import PackageURL


class Listed(NamedTuple):
    """A package as far as lists of different tools can be compared."""

    type: str
    name: str
    version: str


def main(layout: str, syft: str, trivy: str = "") -> None:
    """Print counts for each kind, and each package that only one of two tools lists."""
    ours = _ours(layout)
    _compare("Syft", ours, _syft(layout, syft))
    if trivy:
        _compare("Trivy", ours, _trivy(layout, trivy))


def _ours(layout: str) -> dict[Listed, str]:
    """Our packages, each with the distribution's package that owns it, "" if one of its places has no owner."""
    with tempfile.TemporaryDirectory(prefix="hullscan-inventories-") as folder:
        environment = {**os.environ, "HULLSCAN_DATA_DIR": folder}
        command = [sys.executable, "-m", "hullscan", "inventory", f"oci:{layout}", "--output", "json"]
        owners: dict[Listed, str] = {}
        for one in _json(command, environment)["packages"]:
            key, owner = _listed(one["purl"]), one["owner"].partition(" ")[0]
            owners[key] = owner and owners.get(key, owner)
        return owners


def _syft(layout: str, program: str) -> set[Listed]:
    environment = {**os.environ, "SYFT_CHECK_FOR_APP_UPDATE": "false"}
    found = _json([program, "scan", f"oci-dir:{layout}", "-q", "-o", "syft-json"], environment)
    return {
        _listed(one["purl"]) if one.get("purl") else Listed(one["type"], one["name"], one["version"])
        for one in found["artifacts"]
    }


def _trivy(layout: str, program: str) -> set[Listed]:
    command = [program, "image", "--input", layout, "--format", "cyclonedx", "--quiet", "--offline-scan"]
    command += ["--skip-java-db-update", "--skip-version-check"]
    components = _json(command, dict(os.environ))["components"]
    return {_listed(one["purl"]) for one in components if one.get("purl")}


def _json(command: list[str], environment: dict[str, str]) -> Any:
    # 3: something could not be read, which the list itself says.
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    if done.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(command)}: {done.stderr.decode()[-500:]}")
    return json.loads(done.stdout)


def _listed(text: str) -> Listed:
    purl = PackageURL.from_string(text)
    version = "" if purl.version in (None, "UNKNOWN") else str(purl.version)
    name = purl.name
    if purl.type == "pypi":
        name = re.sub(r"[-_.]+", "-", name).lower()
    elif purl.type not in ("deb", "apk", "rpm") and purl.namespace:
        name = f"{purl.namespace}/{name}"
    qualifiers = purl.qualifiers if isinstance(purl.qualifiers, dict) else {}
    if qualifiers.get("epoch", "0") != "0" and ":" not in version:
        version = f"{qualifiers['epoch']}:{version}"
    if purl.type == "golang":
        version = re.sub(r"^(?:v|go)(?=\d)", "", version)
    return Listed(purl.type, name, version)


def _compare(other: str, owners: dict[Listed, str], theirs: set[Listed]) -> None:
    ours = set(owners)
    renamed = sorted(
        (mine, its)
        for mine in ours - theirs
        for its in theirs - ours
        if mine.type == its.type and _plain(mine) == _plain(its)
    )
    only_ours = ours - theirs - {mine for mine, _ in renamed}
    only_theirs = theirs - ours - {its for _, its in renamed}
    owned = {one for one in only_ours if owners[one]}
    print(f"{'':10}{'both':>7}{'other namespace':>17}{'only ours':>11}{'and owned':>11}{f'only {other}':>12}")
    for kind in sorted({one.type for one in ours | theirs}):
        groups = (ours & theirs, [mine for mine, _ in renamed], only_ours - owned, owned, only_theirs)
        counts = [sum(one.type == kind for one in some) for some in groups]
        print(f"{kind:10}{counts[0]:7}{counts[1]:17}{counts[2]:11}{counts[3]:11}{counts[4]:12}")
    for mine, its in renamed:
        print(f"{mine.type} {mine.name} {mine.version}: {other} says {its.name}")
    for one in sorted(only_ours):
        print(f"only ours: {one.type} {one.name} {one.version}" + (f" (of {owners[one]})" if owners[one] else ""))
    for one in sorted(only_theirs):
        print(f"only {other}: {one.type} {one.name} {one.version}")
    print()


def _plain(one: Listed) -> tuple[str, str]:
    return one.name.rpartition("/")[2], one.version


if __name__ == "__main__":
    main(*sys.argv[1:4])
