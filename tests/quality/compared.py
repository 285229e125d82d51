"""What we find in a fixture beside the list that another project's tests want, but for what differs by a policy of ours."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.layers.file import LayerFile
from hullscan.model.package import Package

_SET = DetectorSet(DETECTORS, directory=True)


@lru_cache(maxsize=1)
def policies() -> dict[tuple[str, str], set[str]]:
    """Return (folder, file) → differences that are policies."""
    found: dict[tuple[str, str], set[str]] = {}
    for line in (Path(__file__).parent / "policies.tsv").read_text().splitlines():
        if line and not line.startswith("#"):
            folder, name, difference, reason = line.split("\t")
            assert reason
            found.setdefault((folder, name), set()).add(difference)
    return found


def differences(folder: Path, name: str, cases: list[dict[str, Any]], place: str) -> set[str]:
    """Return how what we say differs from the nearest of the expected lists; +NAME VERSION, -NAME VERSION, or no error."""
    packages, problems = _read(folder / name, place)
    nearest: set[str] | None = None
    for case in cases:
        if case.get("error"):
            found = set() if problems else {"no error"}
        else:
            wanted = {(one["name"], _version(_wanted(one), place)) for one in case["packages"]}
            found = {f"+{one} {version}" for one, version in packages - wanted}
            found |= {f"-{one} {version}" for one, version in wanted - packages}
        if nearest is None or len(found) < len(nearest):
            nearest = found
    return nearest or set()


def _read(path: Path, place: str) -> tuple[set[tuple[str, str]], list[str]]:
    def open_file(name: str) -> LayerFile | None:
        # The Go fixtures call a module's go.sum after its go.mod: indirect-1.16.mod, indirect-1.16.sum.
        file = path.parent / name if name != "go.sum" or (path.parent / name).exists() else path.with_suffix(".sum")
        if not file.is_file():
            return None
        return LayerFile(str(Path(place).parent / name), file.stat().st_size, lambda: file.open("rb"), open_file)

    file = LayerFile(place, path.stat().st_size, lambda: path.open("rb"), open_file)
    detected = _SET.detect(file)
    packages = {(_name(one), _version(one.version, place)) for each in detected for one in each.packages}
    return packages, [problem.message for each in detected for problem in each.problems]


def _name(package: Package) -> str:
    return package.name if package.type in ("cos", "pear") else package.full_name


def _wanted(one: dict[str, Any]) -> str:
    """The version with its release and its epoch, where a list has these apart."""
    text = one.get("version", "") + (f"-{one['release']}" if one.get("release") else "")
    return f"{one['epoch']}:{text}" if one.get("epoch") else text


def _version(text: str, place: str) -> str:
    """Go's versions begin with a v; some projects take it off."""
    return text.removeprefix("v") if place == "go.mod" else text


def wrong_files(kind: str, folder: Path, places: dict[str, str]) -> dict[str, list[str]]:
    """Compare each file of *folder* at its place with the folder's list, print the score, return what no policy explains."""
    expected = cases_of(folder)
    counts = {"exact": 0, "by policy": 0, "wrong": 0, "not in the fixtures": 0}
    wrong = {}
    for name, cases in expected.items():
        if name not in places or not (folder / name).is_file():
            counts["not in the fixtures"] += 1
            continue
        found = differences(folder, name, cases, places[name])
        unexplained = found ^ policies().get((kind, name), set())
        counts["exact" if not found else "by policy" if not unexplained else "wrong"] += 1
        if unexplained:
            wrong[name] = sorted(unexplained)[:20]
    print(f"{kind}: " + ", ".join(f"{count} {word}" for word, count in counts.items() if count))
    return wrong


def cases_of(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Return file → the lists that are right; of a folder with one input, its list is that input's."""
    fields = json.loads((folder / "expected.json").read_text())
    if "files" in fields:
        files: dict[str, list[dict[str, Any]]] = fields["files"]
        return files
    inputs = [path for path in folder.rglob("*") if path.is_file() and path.name in INPUTS]
    assert len(inputs) == 1, f"{folder} has no one input"
    return {inputs[0].relative_to(folder).as_posix(): [{"packages": fields["packages"]}]}


INPUTS = frozenset(
    {
        "status",
        "installed",
        "installed.json",
        "TestLibrary.deps.json",
        "memcached-v6-format.reg",
        "kitchen-1.2.6-py2.7.egg",
    }
)
"""What the one input of a folder may be called; what else is there belongs to it."""
