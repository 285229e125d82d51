"""
Real images against what their own package managers list (``expected/`` of ``../shared/tools/make-images.sh``).

Making the images takes minutes and a Debian mirror, so they are given: ``HULLSCAN_IMAGES=DIR pytest tests/quality/test_images.py``.
"""

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from hullscan.model.package import Inventory, Package
from hullscan.services.progress import Silent
from hullscan.services.scans.scan_target import index_target
from hullscan.settings import Settings

_APP = "debian12-app"
_DELETED = ("wget", "flask", "Flask", "marked")
"""Layer 6 of debian12-app deletes them; requests, which it deletes too, comes back in layer 7."""

_NEVER_IN_THE_LIST = {
    "python": r"opt/(tools|spark)/",  # the list is the virtual environment's
    # The list is the application's node_modules; scripts for browsers are no package of any manager (`test_scripts`).
    "node": r"usr/share/nodejs/|usr/lib/ruby/|(app|opt/legacy)/package\.json|.*\.js$",
}


@pytest.fixture(scope="module")
def images() -> Path:
    """The folder that make-images.sh filled."""
    folder = os.environ.get("HULLSCAN_IMAGES", "")
    if not folder:
        pytest.skip("HULLSCAN_IMAGES does not say where the images of make-images.sh are")
    return Path(folder)


def _inventory(images: Path, name: str, folder: Path, platform: str = "") -> Inventory:
    settings = Settings.from_environment({"HULLSCAN_DATA_DIR": str(folder)})
    found = index_target(settings, f"oci:{images / name}", platform=platform, progress=Silent()).inventory
    assert not found.problems

    return found


def _expected(images: Path, name: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads((images / "expected" / f"{name}.json").read_text())
    return rows


def _of(found: Inventory, kind: str) -> Iterable[Package]:
    return (one for one in found.packages if one.type == kind)


@pytest.mark.parametrize(
    ("name", "expected", "platform"),
    [
        ("debian11-min", "debian11-min", ""),
        ("debian12-min", "debian12-min", ""),
        ("debian12-min-zstd", "debian12-min", ""),
        (_APP, _APP, ""),
        (f"{_APP}-zstd", _APP, ""),
        ("distroless", "distroless-amd64", "linux/amd64"),
        ("distroless", "distroless-arm64", "linux/arm64"),
    ],
)
def test_debian_packages(images: Path, tmp_path: Path, name: str, expected: str, platform: str) -> None:
    """Exactly what dpkg-query lists, with source packages and their versions."""
    found = _inventory(images, name, tmp_path, platform)

    assert sorted(
        (
            one.name,
            one.version,
            one.qualifier("arch"),
            one.source.name if one.source else one.name,
            (one.source.version if one.source else "") or one.version,
        )
        for one in _of(found, "deb")
    ) == sorted(
        (row["name"], row["version"], row["arch"], *_source(row)) for row in _expected(images, f"{expected}.dpkg")
    )


def _source(row: dict[str, str]) -> tuple[str, str]:
    """Name and version of the source package; distroless's lists have both as dpkg writes them, ``bzip2 (1.0.8-5)``."""
    name, _, version = row["source"].partition(" ")
    return name, row.get("source_version") or version.strip("()") or row["version"]


@pytest.fixture(scope="module")
def app(images: Path, tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    """What is in debian12-app."""
    return _inventory(images, _APP, tmp_path_factory.mktemp("store"))


def test_python(images: Path, app: Inventory) -> None:
    """Exactly what pip lists in the virtual environment."""
    found = {
        (_normal(one.name), one.version, one.path.rpartition("/")[0])
        for one in _of(app, "pypi")
        if not re.match(_NEVER_IN_THE_LIST["python"], one.path)
    }

    assert found == {
        (_normal(row["name"]), row["version"], row["path"].strip("/")) for row in _expected(images, f"{_APP}.python")
    }


def test_node(images: Path, app: Inventory) -> None:
    """Exactly the packages of the application's ``node_modules``, at their places."""
    found = {
        (one.full_name, one.version, one.path)
        for one in _of(app, "npm")
        if not re.match(_NEVER_IN_THE_LIST["node"], one.path)
    }

    assert found == {(row["name"], row["version"], row["path"].strip("/")) for row in _expected(images, f"{_APP}.node")}


def test_scripts(app: Inventory) -> None:
    """What Django and Werkzeug bring for browsers, by the banners in the files."""
    packages = "opt/app/venv/lib/python3.9/site-packages"
    assert {(one.name, one.version, one.path) for one in _of(app, "npm") if one.path.endswith(".js")} == {
        ("jquery", "3.4.1", f"{packages}/werkzeug/debug/shared/jquery.js"),
        ("jquery", "3.5.1", f"{packages}/django/contrib/admin/static/admin/js/vendor/jquery/jquery.js"),
        ("select2", "4.0.13", f"{packages}/django/contrib/admin/static/admin/js/vendor/select2/select2.full.js"),
    }


def test_gems(images: Path, app: Inventory) -> None:
    """Exactly the gemspecs."""
    assert {(f"{one.name}-{one.version}", one.path) for one in _of(app, "gem")} == {
        (row["spec"], row["path"].strip("/")) for row in _expected(images, f"{_APP}.gemspec")
    }


def test_java(images: Path, app: Inventory) -> None:
    """Each archive with a pom.properties by its coordinates, all others but those that carry no version at all."""
    by_pom = {(one.namespace, one.name, one.version, one.path.partition("!")[0]) for one in _of(app, "maven")}
    seen = {path for _, _, _, path in by_pom}
    rows = _expected(images, f"{_APP}.java")

    assert {
        (row["group"], row["artifact"], row["version"], row["path"].strip("/")) for row in rows if row["artifact"]
    } <= by_pom
    assert {row["path"] for row in rows if row["path"].strip("/") not in seen} == {
        "/usr/share/ca-certificates-java/ca-certificates-java.jar"  # neither its name nor its manifest says a version
    }


def test_programs(images: Path, app: Inventory) -> None:
    """Go and Rust programs and .NET applications, those and no others."""
    kinds = {"go": "golang", "rust-audit": "cargo"}
    found = {(one.type, one.path) for one in app.packages if one.type in (*kinds.values(), "nuget")}

    assert found == {
        *((kinds[row["kind"]], row["path"].strip("/")) for row in _expected(images, f"{_APP}.binaries")),
        *(("nuget", row["path"].strip("/")) for row in _expected(images, f"{_APP}.dotnet")),
    }


def test_the_deleted_are_gone_and_each_layer_is_the_one_that_brought_it(images: Path, app: Inventory) -> None:
    """Layers by their order: base, Debian packages, Python, Node, Java and others, deletions, re-added, opaque."""
    lines = (images / "expected" / f"{_APP}.layers.tsv").read_text().splitlines()
    layers = {line.split("\t")[0]: place for place, line in enumerate(lines, 1)}
    brought = {(one.type, one.full_name): layers[one.layer] for one in app.packages}

    assert not [one.name for one in app.packages if one.name in _DELETED]
    assert {
        one: brought[one]
        for one in (
            ("deb", "base-files"),
            ("deb", "direnv"),
            ("pypi", "Django"),
            ("npm", "lodash"),
            ("maven", "org.apache.spark:spark-core_2.12"),
            ("pypi", "requests"),
            ("npm", "legacy"),
        )
    } == {
        ("deb", "base-files"): 1,
        ("deb", "direnv"): 2,
        ("pypi", "Django"): 3,
        ("npm", "lodash"): 4,
        ("maven", "org.apache.spark:spark-core_2.12"): 5,
        ("pypi", "requests"): 7,
        ("npm", "legacy"): 8,
    }


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
