"""
Trivy's golden cases: its own advisories as feeds, its inputs as targets, its findings as the truth (../shared/groundtruth/trivy).

    python tests/quality/golden.py

prints each case with what is found and what is missing. The images of the cases are on a registry: their packages are
those of `packages/`, where it has them, and those of the findings.
"""

import json
import re
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hullscan.services.context import open_context
from hullscan.services.scans.scan_target import scan_target
from hullscan.services.upkeep.refresh import refresh_feeds
from hullscan.settings import Settings

_SHARED = Path(__file__).parents[3] / "shared"
_TRUTH = _SHARED / "groundtruth" / "trivy"

_LANGUAGES = {
    "cocoapods": "CocoaPods",
    "composer": "Packagist",
    "conan": "ConanCenter",
    "erlang": "Hex",
    "go": "Go",
    "maven": "Maven",
    "npm": "npm",
    "nuget": "NuGet",
    "pub": "Pub",
    "pip": "PyPI",
    "rubygems": "RubyGems",
    "cargo": "crates.io",
    "swift": "SwiftURL",
}
_RELEASES = (
    (r"alma (\d+)", "AlmaLinux:{}"),
    (r"alpine (\d.*)", "Alpine:v{}"),
    (r"alpine edge()", "Alpine:edge"),
    (r"amazon linux (\d+)", "Amazon Linux:{}"),
    (r"CBL-Mariner (\d+)\.0", "Azure Linux:{}"),
    (r"debian (\d+)", "Debian:{}"),
    (r"openSUSE Leap (.+)", "openSUSE:Leap {}"),
    (r"openSUSE Tumbleweed()", "openSUSE:Tumbleweed"),
    (r"Oracle Linux (\d+)", "Oracle Linux:{}"),
    (r"Photon OS (.+)", "Photon OS:{}"),
    (r"rocky (\d+)", "Rocky Linux:{}"),
    (r"ubuntu (\d+\.04)", "Ubuntu:{}:LTS"),
)
_FAMILIES = {
    "alma": "almalinux",
    "amazon": "amzn",
    "oracle": "ol",
    "cbl-mariner": "mariner",
    "redhat": "rhel",
}
"""Trivy's family → the ID of os-release."""

_PACKAGE_LISTS = {
    "alpine-310": "alpine-310",
    "amazon-2": "amazon-2",
    "centos-6": "centos-6",
    "debian-buster": "debian-buster",
    "debian-buster-ignore-unfixed": "debian-buster",
    "opensuse-leap-151": "opensuse-leap-151",
    "opensuse-tumbleweed": "opensuse-tumbleweed",
    "photon-30": "photon-30",
    "ubi-7": "ubi-7",
    "ubuntu-1804": "ubuntu-18.04",
    "ubuntu-1804-ignore-unfixed": "ubuntu-18.04",
}

_SOURCES = {
    "libcrypto1.1": "openssl",
    "libssl1.1": "openssl",
    "musl-utils": "musl",
    "e2fslibs": "e2fsprogs",
    "libcomerr2": "e2fsprogs",
    "libss2": "e2fsprogs",
    "libidn2-0": "libidn2",
}
"""Binary → source, for packages of which only the finding is there."""

Found = tuple[str, str, str, str]
"""Id, package, version, fix."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case: its name, Trivy's findings and ours."""

    name: str
    expected: frozenset[Found]
    found: frozenset[Found]

    @property
    def missing(self) -> list[Found]:
        """What Trivy finds and we do not."""
        return sorted(self.expected - self.found)

    @property
    def extra(self) -> list[Found]:
        """What we find and Trivy does not."""
        return sorted(self.found - self.expected)


def run() -> Iterator[Case]:
    """Load Trivy's advisories into a store of their own and scan the input of each case."""
    cases = json.loads((_TRUTH / "cases.json").read_text())
    findings: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in (_TRUTH / "findings.jsonl").read_text().splitlines():
        row = json.loads(line)
        findings[row["case"]].append(row)
    with tempfile.TemporaryDirectory(prefix="hullscan-golden-") as folder:
        root = Path(folder)
        _write_feeds(root / "feeds")
        settings = Settings.from_environment({"HULLSCAN_DATA_DIR": str(root / "data")})
        context = open_context(settings)
        refresh_feeds(context, str(root / "feeds"))
        context.close()
        for case in cases:
            yield _run_case(case, findings[case["case"]], settings, root)


def _run_case(case: dict[str, Any], golden: list[dict[str, Any]], settings: Settings, root: Path) -> Case:
    options = {key: value for test in case["test"] for key, value in test.items()}
    report = scan_target(settings, _target(case, golden, root), offline=True)
    ignored = set(options.get("ignore_ids", ()))
    # Trivy prints all versions that it knows as good ("2.29.1, 2.39.1"); the nearest above the installed one is in it.
    fixes = {(row["id"], row["package"]): re.findall(r"[^\s,<>=]+", row.get("fixed_version") or "") for row in golden}
    expected = frozenset(
        (row["id"], row["package"], row["version"], "fix" if row.get("fixed_version") else "") for row in golden
    )
    found = frozenset(
        (one.id, one.package, one.version, _fix(one.fix_version, fixes.get((one.id, one.package))))
        for one in report.findings
        if (one.fix_version or not options.get("ignore_unfixed"))
        and ("severity" not in options or one.severity.name in options["severity"] or len(case["test"]) > 2)
        and one.id not in ignored
    )
    return Case(case["case"], expected, found)


def _fix(fix: str, golden: list[str] | None) -> str:
    plain = {one.removeprefix("0:") for one in golden or ()}
    return "fix" if fix.removeprefix("0:") in plain else fix


def _target(case: dict[str, Any], golden: list[dict[str, Any]], root: Path) -> str:
    if case["artifact_type"] in ("repository", "filesystem") and case["artifact"].startswith("repo/"):
        return f"dir:{_SHARED / 'fixtures' / 'trivy-repo' / case['artifact'].removeprefix('repo/')}"
    if case["artifact_type"] == "cyclonedx":
        path = _SHARED / "fixtures" / "sbom" / "trivy" / Path(case["artifact"]).name
        if path.exists():
            return f"sbom:{path}"
    family, release = "", ""
    if case["os"] is not None:
        family = _FAMILIES.get(case["os"]["family"], case["os"]["family"])
        release = re.sub(r"^AMI release ", "", case["os"]["name"]).partition(" ")[0]
        release = "1" if family == "amzn" and release.startswith("201") else release
    lines = {_purl(row["purl"], row["package"], family, release) for row in golden}
    if case["case"] in _PACKAGE_LISTS:
        listed = json.loads((_TRUTH / "packages" / f"{_PACKAGE_LISTS[case['case']]}.json").read_text())
        kind = next(iter(lines)).partition("/")[0]
        lines |= {_listed(one, kind, family, release) for one in listed}
    path = root / f"{case['case']}.purls"
    path.write_text("\n".join(sorted(lines)) + "\n")
    return f"purl:{path}"


def _purl(purl: str, package: str, family: str, release: str) -> str:
    """Trivy's purl with the distribution under its os-release ID, and the source that it leaves out."""
    if not purl.startswith(("pkg:deb/", "pkg:rpm/", "pkg:apk/")):
        return purl
    body, _, query = purl.partition("?")
    kind, _, name = body.split("/", 2)
    kept = [part for part in query.split("&") if part and not part.startswith("distro=")]
    if package in _SOURCES:
        kept.append(f"upstream={_SOURCES[package]}")
    return f"{kind}/{family}/{name}?{'&'.join((*kept, f'distro={family}-{release}'))}"


def _listed(one: dict[str, Any], kind: str, family: str, release: str) -> str:
    version = one["version"] + (f"-{one['release']}" if one.get("release") else "")
    source = one.get("source") or one["name"]
    source_version = one.get("source_version", "") + (f"-{one['source_release']}" if one.get("source_release") else "")
    qualifiers = [f"distro={family}-{release}"]
    if one.get("epoch"):
        qualifiers.append(f"epoch={one['epoch']}")
        if kind == "pkg:deb":
            version, source_version = f"{one['epoch']}:{version}", f"{one['epoch']}:{source_version}"
    if kind != "pkg:rpm" and source != one["name"]:
        qualifiers.append(f"upstream={quote(source)}%40{quote(source_version)}")
    elif kind == "pkg:rpm":
        qualifiers.append(f"upstream={quote(f'{source}-{source_version}.src.rpm')}")
    return f"{kind}/{family}/{one['name']}@{quote(version, safe='')}?{'&'.join(qualifiers)}"


# --- Trivy's advisories as OSV records ----------------------------------------------------------------------------


def _write_feeds(root: Path) -> None:
    data = json.loads((_TRUTH / "advisories.json").read_text())
    records: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in data["advisories"]:
        for ecosystem, affected in _affected(row, data["redhat_cpe"]["cpe"]):
            base = ecosystem.partition(":")[0]
            for name, severity in _names(row):
                record = records[base].setdefault(
                    name, {"id": name, "modified": "2026-11-01T00:00:00Z", "affected": []}
                )
                record["affected"].append(affected)
                if word := severity or data["vulnerabilities"].get(name, {}).get("severity", ""):
                    record["database_specific"] = {"severity": word}
    for base, some in records.items():
        path = root / "osv" / base / "all.zip"
        path.parent.mkdir(parents=True)
        with zipfile.ZipFile(path, "w") as archive:
            for record in some.values():
                archive.writestr(f"{record['id']}.json", json.dumps(record))


def _names(row: dict[str, Any]) -> list[tuple[str, str]]:
    """The flaws of an advisory, each with the vendor's word."""
    words = ["", "LOW", "MEDIUM", "HIGH", "CRITICAL"]
    said = {
        cve.get("id") or row["id"]: words[int(cve.get("severity_num", 0))]
        for entry in row.get("entries", ())
        for cve in entry.get("cves", ())
    }
    return list(said.items()) or [(row["id"], words[int(row.get("severity_num", 0))])]


def _affected(row: dict[str, Any], cpes: dict[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    bucket = row["bucket"]
    if bucket == "Red Hat":
        for entry in row["entries"]:
            for number in entry["affected_cpe_indices"]:
                cpe = cpes.get(str(number), "")
                if cpe:
                    yield from _entry(f"Red Hat:{cpe.partition('redhat:')[2]}", row["package"], entry)
    elif "::" in bucket:
        ecosystem = _LANGUAGES.get(bucket.partition("::")[0])
        if ecosystem is not None:
            ranges = [_range(one) for one in row.get("vulnerable_versions", ())] or _patched(row["patched_versions"])
            fixes = [one for one in row.get("patched_versions", ()) if re.fullmatch(r"v?[\d.]+", one)]
            yield (
                ecosystem,
                {
                    "package": {"ecosystem": ecosystem, "name": row["package"]},
                    "ranges": [{"type": "ECOSYSTEM", "events": _with_fix(events, fixes)} for events in ranges],
                },
            )
    else:
        for pattern, ecosystem in _RELEASES:
            found = re.fullmatch(pattern, bucket)
            if found:
                yield from _entry(ecosystem.format(found[1]), row["package"], row)


def _entry(ecosystem: str, package: str, entry: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    events = [{"introduced": "0"}]
    if entry.get("fixed_version"):
        events.append({"fixed": entry["fixed_version"]})
    elif entry.get("affected_version"):
        events.append({"last_affected": entry["affected_version"]})
    package_fields = {"ecosystem": ecosystem, "name": package}
    yield ecosystem, {"package": package_fields, "ranges": [{"type": "ECOSYSTEM", "events": events}]}


def _range(text: str) -> list[dict[str, str]]:
    """``>= 1, < 2``, or Maven's ``[1,2)``."""
    interval = re.fullmatch(r"([\[(])([^,]*),([^,]*)([\])])", text)
    if interval:
        end = "fixed" if interval[4] == ")" else "last_affected"
        return [{"introduced": interval[2] or "0"}, {end: interval[3]}]
    events: list[dict[str, str]] = []
    for part in text.split(","):
        sign, version = re.fullmatch(r"\s*([<>=]*)\s*(\S+)\s*", part).groups()  # type: ignore[union-attr]
        kind = {"<": "fixed", "<=": "last_affected", ">=": "introduced", ">": "introduced"}[sign]
        events.append({kind: version})
    if not any("introduced" in event for event in events):
        events.insert(0, {"introduced": "0"})
    return events


def _patched(patched: list[str]) -> list[list[dict[str, str]]]:
    """RustSec says which versions are good: ``>= 2.1.0``, ``>= 2.1.3, < 3.0.0``."""
    good = sorted(
        (tuple(int(n) for n in lows[0].split(".")), lows[0], highs[0] if highs else "")
        for one in patched
        if (lows := re.findall(r">= ?([\d.]+)", one)) is not None and lows
        for highs in (re.findall(r"< ?([\d.]+)", one),)
    )
    ranges, start = [], "0"
    for _, low, high in good:
        ranges.append([{"introduced": start}, {"fixed": low}])
        start = high
    return ranges


def _with_fix(events: list[dict[str, str]], fixes: list[str]) -> list[dict[str, str]]:
    """A range that ends in the last bad version ends before the next patched one that GitHub names."""
    last = next((event["last_affected"] for event in events if "last_affected" in event), "")
    above = [one for one in fixes if _numbers(one) > _numbers(last)] or fixes
    if not last or not above:
        return events
    return [event for event in events if "last_affected" not in event] + [{"fixed": min(above, key=_numbers)}]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def main() -> None:
    """Print every case, and what differs."""
    for case in run():
        print(f"{case.name:32} {len(case.expected & case.found)} of {len(case.expected)}")
        for sign, rows in (("-", case.missing), ("+", case.extra)):
            for row in rows:
                print("    ", sign, *row)


if __name__ == "__main__":
    main()
