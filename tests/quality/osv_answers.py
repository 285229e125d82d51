"""
Compares the matcher with recorded answers of the OSV service (../shared/groundtruth/osv-answers.jsonl).

    python tests/quality/osv_answers.py STORE

STORE is a data folder into which ``hullscan feeds refresh --from ../shared/feeds`` has loaded the feeds. Of each answer only
the ids count that the feeds hold at all; ids of records that are newer than the answers are left out of what is extra.
"""

import json
import re
import sys
import tempfile
import zipfile
from collections import Counter, defaultdict
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from hullscan.services.scans.scan_target import scan_target
from hullscan.settings import Settings

_SHARED = Path(__file__).parents[3] / "shared"
_RECORDED = "2026-08-04"
"""The answers are of at most this day (groundtruth/README.md)."""

_TYPES = {
    "Maven": "maven",
    "crates.io": "cargo",
    "PyPI": "pypi",
    "RubyGems": "gem",
    "Go": "golang",
    "npm": "npm",
    "Hackage": "hackage",
    "NuGet": "nuget",
    "Packagist": "composer",
    "SwiftURL": "swift",
}


def purl(ecosystem: str, name: str, version: str) -> str:
    """Return the question as a purl; "" where OSV asks what no purl can (a commit of a git repository)."""
    base, _, release = ecosystem.partition(":")
    plain = quote(name, safe="/@")
    if base in _TYPES:
        plain = plain.replace(":", "/") if base != "Maven" else quote(name).replace("%3A", "/")
        return f"pkg:{_TYPES[base]}/{plain}@{quote(version)}"
    if base == "Alpine":
        return f"pkg:apk/alpine/{plain}@{quote(version)}?distro=alpine-{release.removeprefix('v')}"
    if base in ("Debian", "Ubuntu"):
        release = release.removesuffix(":LTS")
        return f"pkg:deb/{base.lower()}/{plain}@{quote(version)}?distro={base.lower()}-{release}"
    if base == "openSUSE":
        return f"pkg:rpm/opensuse/{plain}@{quote(version)}?distro=opensuse-leap-{release.removeprefix('Leap ')}"
    return ""


@lru_cache(maxsize=1)
def dates() -> dict[str, str]:
    """Return record → day of its publication, for all records of the feeds."""
    found = {}
    for path in sorted((_SHARED / "feeds" / "osv").glob("*/all.zip")):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                record = json.loads(archive.read(name))
                found[record["id"]] = record.get("published", "")[:10]
    return found


def differences(store: Path) -> tuple[Counter[str], list[str]]:
    """Return counts, and a line for each id that is missing or extra."""
    settings = Settings.from_environment({"HULLSCAN_DATA_DIR": str(store)})
    rows = [json.loads(line) for line in (_SHARED / "groundtruth" / "osv-answers.jsonl").read_text().splitlines()]
    known = dates()
    questions: dict[str, dict[str, object]] = {}
    counts = Counter[str]()
    for row in rows:
        text = purl(row["ecosystem"], row["package"], row["version"])
        if text:
            questions[text] = row
        else:
            counts["not askable"] += 1
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "packages.txt"
        path.write_text("\n".join(questions))
        report = scan_target(settings, f"purl:{path}", offline=True)
    answered: dict[tuple[str, str], set[str]] = defaultdict(set)
    for finding in report.findings:
        for one in finding.evidence:
            answered[_plain(finding.purl), ""].add(one.advisory)
    lines = []
    for text, row in questions.items():
        found = answered[_plain(text), ""]
        expected = set(row["ids"]) & known.keys()  # type: ignore[call-overload]
        extra = {one for one in found - expected if one not in row["ids"] and known.get(one, "9") <= _RECORDED}  # type: ignore[operator]
        counts["asked"] += 1
        counts["ids of the feeds"] += len(expected)
        counts["found"] += len(expected & found)
        label = f"{row['ecosystem']} {row['package']} {row['version']}"
        lines += [f"missing\t{label}\t{one}" for one in sorted(expected - found)]
        lines += [f"extra\t{label}\t{one}" for one in sorted(extra)]
    counts["missing"] = sum(line.startswith("missing") for line in lines)
    counts["extra"] = sum(line.startswith("extra") for line in lines)
    return counts, lines


def _plain(text: str) -> str:
    from packageurl import PackageURL

    one = PackageURL.from_string(text)
    distro = re.sub(r".*distro=([^&]*).*", r"\1", text) if "distro=" in text else ""
    return f"{one.type}/{one.namespace}/{one.name}@{one.version}?{distro}"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    totals, shown = differences(Path(sys.argv[1]))
    print("\n".join(shown))
    print(dict(totals))
