"""
Scores the matcher on the labelled packages of ../shared/groundtruth, and says of each miss whether the feeds hold it at all.

    python tests/quality/labels.py STORE [--misses FILE]

STORE is a data folder into which ``hullscan feeds refresh --from ../shared/feeds`` has loaded the feeds.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hullscan.services.scans.scan_target import scan_target
from hullscan.settings import Settings

_SHARED = Path(__file__).parents[3] / "shared"
_TRUTH = _SHARED / "groundtruth"
LAST_YEAR = 2021
"""The labels are complete up to this year's CVEs (groundtruth/README.md)."""

_OS_TYPES = {"deb": "deb", "apk": "apk", "rpm": "rpm"}
_LANGUAGE_TYPES = {
    "go": ("golang", "Go"),
    "maven": ("maven", "Maven"),
    "npm": ("npm", "npm"),
    "nuget": ("nuget", "NuGet"),
    "pypi": ("pypi", "PyPI"),
    "rubygems": ("gem", "RubyGems"),
}
_DISTRO_IDS = {
    "alpine": "alpine",
    "almalinux": "almalinux",
    "amazonlinux": "amzn",
    "azurelinux": "azurelinux",
    "centos": "centos",
    "debian": "debian",
    "mariner": "mariner",
    "oraclelinux": "ol",
    "rhel": "rhel",
    "rockylinux": "rocky",
    "sles": "sles",
    "ubuntu": "ubuntu",
    "wolfi": "wolfi",
}
"""The labels' word → the ID of os-release."""


@dataclass(slots=True)
class Score:
    """Counts of one ecosystem; *reachable* are the true labels of which some feed's record names flaw and package."""

    tp: int = 0
    fp: int = 0
    fn: int = 0
    reachable: int = 0
    reachable_hit: int = 0
    wrong: list[dict[str, Any]] = field(default_factory=list)


def labels() -> list[dict[str, Any]]:
    """Return the labels that count: with a package, a verdict, an ecosystem that a purl can name, up to `LAST_YEAR`."""
    rows = [json.loads(line) for line in (_TRUTH / "match-labels.jsonl").read_text().splitlines()]
    return [
        row
        for row in rows
        if row["package"] is not None
        and (row.get("year") or 0) <= LAST_YEAR
        and (row["ecosystem"] in _LANGUAGE_TYPES or (row["ecosystem"] in _OS_TYPES and row["distro"]))
    ]


def purl(row: dict[str, Any], sources: dict[str, dict[str, str]]) -> str:
    """Return the labelled package as a purl, as Syft writes them."""
    name, version = row["package"], row["version"]
    if row["ecosystem"] in _OS_TYPES:
        kind = _OS_TYPES[row["ecosystem"]]
        word, _, release = row["distro"].partition(":")
        vendor = _DISTRO_IDS[word]
        source = sources.get(kind, {}).get(name, "")
        upstream = f"&upstream={quote(source)}" if source and source != name else ""
        return f"pkg:{kind}/{vendor}/{quote(name)}@{quote(version)}?distro={vendor}-{release}{upstream}"
    kind = _LANGUAGE_TYPES[row["ecosystem"]][0]
    if kind == "maven":
        name = name.replace(":", "/") if ":" in name else f"{maven_groups().get(name, '')}/{name}".lstrip("/")
    return f"pkg:{kind}/{quote(name, safe='/')}@{quote(version)}"


@lru_cache(maxsize=1)
def maven_groups() -> dict[str, str]:
    """
    Return artifact → the group that most records of the feeds name with it: most labels of jars name the artifact alone.

    The jar itself says its group, so this takes nothing from the matcher's work.
    """
    groups: dict[str, Counter[str]] = defaultdict(Counter)
    with zipfile.ZipFile(_SHARED / "feeds/osv/Maven/all.zip") as records:
        for member in records.namelist():
            for affected in json.loads(records.read(member)).get("affected", ()):
                group, colon, artifact = (affected.get("package") or {}).get("name", "").partition(":")
                if colon:
                    groups[artifact][group] += 1
    return {artifact: found.most_common(1)[0][0] for artifact, found in groups.items()}


def sources() -> dict[str, dict[str, str]]:
    """Return type → binary package → source package, as the ground truth gives them."""
    data = json.loads((_TRUTH / "binary-source.json").read_text())
    return {kind: {name: row["source"] for name, row in data[kind].items()} for kind in ("deb", "apk")}


def findings(store: Path) -> Iterator[dict[str, Any]]:
    """Scan the labelled packages of each image, and yield what is found as score-labels.py wants it."""
    settings = Settings.from_environment({"HULLSCAN_DATA_DIR": str(store)})
    by_image: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
    known = sources()
    for row in labels():
        by_image[row["image"]][row["package"], row["version"]] = purl(row, known)
    with tempfile.TemporaryDirectory() as folder:
        for image, packages in by_image.items():
            path = Path(folder) / "packages.txt"
            path.write_text("\n".join(packages.values()))
            report = scan_target(settings, f"purl:{path}", offline=True)
            # Labels name one jar in two ways, so one package may stand for several labels.
            place_of: dict[str, list[tuple[str, str]]] = defaultdict(list)
            for place, text in packages.items():
                place_of[_decoded(text)].append(place)
            for finding in report.findings:
                if _decoded(finding.purl) not in place_of:
                    raise LookupError(f"{finding.purl} is not among the packages of {image}")
                for package, version in place_of[_decoded(finding.purl)]:
                    yield {
                        "image": image,
                        "package": package,
                        "version": version,
                        "id": finding.id,
                        "also": list(finding.aliases),
                    }


def _decoded(text: str) -> str:
    """A purl without what different writers write differently: qualifiers and the case of escapes."""
    from urllib.parse import unquote

    return unquote(text.partition("?")[0]).lower().replace("_", "-")


def named_by_feeds() -> dict[str, set[tuple[str, str]]]:
    """Return flaw id → (ecosystem without release, package) of the feeds' records, read without the project's code."""
    named: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for archive in sorted((_SHARED / "feeds/osv").glob("*/all.zip")):
        with zipfile.ZipFile(archive) as records:
            for member in records.namelist():
                record = json.loads(records.read(member))
                if record.get("withdrawn"):
                    continue
                ids = [
                    record["id"],
                    *record.get("aliases", ()),
                    *record.get("upstream", ()),
                    *record.get("related", ()),
                ]
                for affected in record.get("affected", ()):
                    package = affected.get("package") or {}
                    for one in ids:
                        named[one].add((package.get("ecosystem", ""), package.get("name", "").lower()))
    _add_secdb(named)
    return named


def _add_secdb(named: dict[str, set[tuple[str, str]]]) -> None:
    import gzip

    for path in (_SHARED / "feeds/native/alpine-secdb").glob("*/*.json.gz"):
        for entry in json.loads(gzip.decompress(path.read_bytes()))["packages"]:
            for flaws in entry["pkg"].get("secfixes", {}).values():
                for flaw in flaws:
                    for one in re.findall(r"[A-Z]+-[\w-]+", flaw):
                        named[one].add((f"Alpine:{path.parent.name}", entry["pkg"]["name"].lower()))


def reachable(row: dict[str, Any], named: dict[str, set[tuple[str, str]]], known: dict[str, dict[str, str]]) -> bool:
    """Say whether some record names the labelled flaw for the labelled package in its release."""
    ecosystem = row["ecosystem"]
    name = row["package"]
    if ecosystem in _OS_TYPES:
        word, _, release = row["distro"].partition(":")
        prefixes = {
            "alpine": f"Alpine:v{release}",
            "debian": f"Debian:{release}",
            "ubuntu": f"Ubuntu:{release}",
            "almalinux": f"AlmaLinux:{release}",
            "rockylinux": f"Rocky Linux:{release}",
            "wolfi": "Wolfi",
        }
        place = prefixes.get(word, "\0")
        names = {name, known.get(ecosystem, {}).get(name, name)}
    else:
        place = _LANGUAGE_TYPES[ecosystem][1]
        names = {name, re.sub(r"[-_.]+", "-", name)}
    for one in (row["id"], *row.get("also", ())):
        for where, package in named.get(one, ()):
            if (where == place or where.startswith((place + ":", f"{place} "))) and (
                package in {n.lower() for n in names} or (ecosystem == "maven" and package.endswith(":" + name.lower()))
            ):
                return True
    return False


def score(found: list[dict[str, Any]], named: dict[str, set[tuple[str, str]]]) -> dict[str, Score]:
    """Pair labels and findings as score-labels.py does, per ecosystem."""
    known = sources()
    hits: dict[tuple[str, str, str], list[set[str]]] = defaultdict(list)
    for one in found:
        hits[one["image"].rsplit("@")[-1], one["package"], one["version"]].append({one["id"], *one["also"]})
    scores: dict[str, Score] = defaultdict(Score)
    for row in labels():
        if row["label"] not in ("TP", "FP"):
            continue
        ids = {row["id"], *row.get("also", ())}
        place = (row["image"].rsplit("@")[-1], row["package"], row["version"])
        hit = any(ids & one for one in hits.get(place, ()))
        tally = scores[row["ecosystem"]]
        if row["label"] == "FP":
            tally.fp += hit
            if hit:
                tally.wrong.append({**row, "verdict": "false positive"})
            continue
        can = reachable(row, named, known)
        tally.reachable += can
        tally.reachable_hit += can and hit
        tally.tp += hit
        tally.fn += not hit
        if not hit and can:
            tally.wrong.append({**row, "verdict": "missed"})
    return scores


def table(scores: dict[str, Score]) -> str:
    """Return the scores as text, beside what the feeds could give at best."""
    lines = [
        f"{'ecosystem':10} {'TP':>5} {'FP':>5} {'FN':>5} {'F1':>6} | {'in feeds':>8} {'found':>6} {'F1 of those':>11}"
    ]
    for name, one in sorted(scores.items()):
        f1 = 2 * one.tp / (2 * one.tp + one.fp + one.fn) if one.tp else 0.0
        missed = one.reachable - one.reachable_hit
        best = 2 * one.reachable_hit / (2 * one.reachable_hit + one.fp + missed) if one.reachable_hit else 0.0
        lines.append(
            f"{name:10} {one.tp:5} {one.fp:5} {one.fn:5} {f1:6.3f} | {one.reachable:8} {one.reachable_hit:6} {best:11.3f}"
        )
    return "\n".join(lines)


def main() -> None:
    """Score and print; misses and false positives go to a file, one JSON object a line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path)
    parser.add_argument("--misses", type=Path)
    arguments = parser.parse_args()
    found = list(findings(arguments.store))
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as stream:
        stream.writelines(json.dumps(one) + "\n" for one in found)
        stream.flush()
        tool = _SHARED / "tools/score-labels.py"
        subprocess.run([sys.executable, tool, stream.name, "--by", "ecosystem"], check=True)
    scores = score(found, named_by_feeds())
    print(table(scores))
    wrong = [row for one in scores.values() for row in one.wrong]
    print(Counter((row["ecosystem"], row["verdict"]) for row in wrong))
    if arguments.misses:
        arguments.misses.write_text("".join(json.dumps(row) + "\n" for row in wrong))


if __name__ == "__main__":
    main()
