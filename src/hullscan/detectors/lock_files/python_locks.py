"""
Lock files of Python's package managers.

Rules: pipenv's ``Pipfile.lock`` (``_meta``, ``default``, ``develop``), python-poetry "poetry.lock", pdm-project "lock file",
astral-sh/uv "uv.lock", packaging.python.org "pylock.toml" (PEP 751).
"""

from collections.abc import Iterator
from typing import Any, Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import json_object, mappings, text_field, toml_table
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package

_ARCHIVES: Final = (".whl", ".tar.gz", ".tgz", ".tar.bz2", ".zip")
"""Endings of what is built of a distribution; another path is that of its source."""


class PipfileLock:
    """``Pipfile.lock``: sections of packages, each pinned as ``==VERSION``; what comes from elsewhere says no version."""

    name = "pipfile-lock"
    revision = 2
    directory_only = True
    interest = Interest(basenames=frozenset({"Pipfile.lock"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return True

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        fields = json_object(file)
        runtime = fields.get("default")
        for section, packages in fields.items():
            if section == "_meta" or not isinstance(packages, dict):
                continue
            for name, one in packages.items():
                if not isinstance(one, dict) or "path" in one:
                    continue  # a folder of the project's own
                version = text_field(one, "version")
                dev = section == "develop" and not (isinstance(runtime, dict) and name in runtime)
                exact = version.lstrip("=") if version.startswith("==") else ""
                yield Package(type="pypi", name=name, version=exact, path=file.path, dev=dev)


class PythonTomlLock:
    """``poetry.lock``, ``pdm.lock``, ``uv.lock``, uv's ``SCRIPT.py.lock`` (``[[package]]``), ``pylock.toml`` (``[[packages]]``)."""

    name = "python-toml-lock"
    revision = 3
    directory_only = True
    interest = Interest(
        basenames=frozenset({"poetry.lock", "pdm.lock", "uv.lock", "pylock.toml"}),
        suffixes=frozenset({".toml", ".py.lock"}),
    )

    def wants(self, path: str) -> bool:
        """See `Detector.wants`; PEP 751 also has ``pylock.NAME.toml``."""
        name = path.rpartition("/")[2]
        if name in self.interest.basenames or name.endswith(".py.lock"):
            return True
        return name.startswith("pylock.") and name.endswith(".toml")

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        fields = toml_table(file)
        told = mappings(fields.get("package") or fields.get("packages"))
        needed = _needed(told)
        for one in told:
            name, version = text_field(one, "name"), text_field(one, "version")
            # What comes from a version control system may say no version: it is there all the same.
            if name and not _is_folder(one):
                dev = _is_dev(one) or (bool(needed) and name not in needed)
                yield Package(type="pypi", name=name, version=version, path=file.path, dev=dev)


def _is_the_project(one: dict[str, Any]) -> bool:
    """uv's lock holds the project itself and its workspace members, which have no version of the index."""
    source = one.get("source")
    return isinstance(source, dict) and any(key in source for key in ("virtual", "editable"))


def _is_folder(one: dict[str, Any]) -> bool:
    """Say whether it is on the project's own disk, and so on no index: in uv's words, poetry's, PEP 751's or pdm's."""
    source = one.get("source")
    told = source if isinstance(source, dict) else {}
    folder = text_field(one, "path")
    return (
        _is_the_project(one)
        or "directory" in told
        or text_field(told, "type") == "directory"
        or "directory" in one
        or bool(folder and not folder.endswith(_ARCHIVES))
    )


def _needed(packages: list[dict[str, Any]]) -> set[str]:
    """What the projects of a uv.lock need to run; it marks no package as for development only."""
    by_name: dict[str, list[dict[str, Any]]] = {}
    for one in packages:
        by_name.setdefault(text_field(one, "name"), []).append(one)
    todo = [text_field(one, "name") for one in packages if _is_the_project(one)]
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        for one in by_name.get(name, ()):
            optional = one.get("optional-dependencies")
            lists = [one.get("dependencies"), *(optional.values() if isinstance(optional, dict) else ())]
            todo += [text_field(each, "name") for told in lists for each in mappings(told)]
    return seen


def _is_dev(one: dict[str, Any]) -> bool:
    category, groups = one.get("category"), one.get("groups")
    if isinstance(groups, list) and groups:
        return not {"default", "main"}.intersection(groups)
    return category == "dev"
