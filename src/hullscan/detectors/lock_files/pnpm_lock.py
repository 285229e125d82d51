"""pnpm's lock files. Rule: pnpm/spec, ``lockfile/5.md`` to ``9.0.md``: the keys of ``packages``."""

from collections.abc import Iterator
from typing import Any, Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import text_field, yaml_documents
from hullscan.detectors.languages.node import is_folder, npm_package, repository_of
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected
from hullscan.model.report import Problem
from hullscan.patterns import pattern

_HOST: Final = r"(?!file:|link:)(?=[^/@]*[.:])[^/@]+"
"""What stands before an entry of another registry than the usual one: ``registry.example:4873``."""

_NEW: Final = pattern(rf"(?:{_HOST}/)?(@[^/@]+/[^@]+|[^@/]+)@(.+)")
_OLD: Final = pattern(rf"(?:{_HOST})?/(@[^/]+/[^/]+|[^/]+)/([^/_(]+).*")

_ALIASED: Final = pattern(r"[^@:(]*@")
"""A version that names another package: ``other@1.2.3``; peers in brackets and addresses may hold an ``@``, too."""


class PnpmLock:
    """``pnpm-lock.yaml``: ``/name/version`` (5), ``/name@version`` (6), ``name@version`` (9), each perhaps with peers."""

    name = "pnpm-lock"
    revision = 4
    directory_only = True
    interest = Interest(basenames=frozenset({"pnpm-lock.yaml"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return "node_modules/" not in path

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        for document in yaml_documents(file):
            packages = document.get("packages")
            if not isinstance(packages, dict):
                continue
            needed = _needed(document)
            old = str(document.get("lockfileVersion", "")).startswith(("5", "4", "3"))
            for key, fields in packages.items():
                plain = str(key).partition("(")[0]
                found = _package(plain, fields if isinstance(fields, dict) else {}, old=old)
                if found is None and "/" not in plain and "@" not in plain:
                    message = f"the entry {plain[:60]!r} names no package"
                    yield Problem(code="broken-record", path=file.path, message=message)
                if found is not None:
                    told = fields.get("dev") if isinstance(fields, dict) else None
                    dev = told is True if isinstance(told, bool) else needed is not None and plain not in needed
                    yield npm_package(*found, file.path, dev=dev, repository=_repository(fields))


def _package(key: str, fields: dict[str, Any], *, old: bool) -> tuple[str, str] | None:
    name, version = text_field(fields, "name"), str(fields.get("version") or "")
    if not name or not version:
        # What is on this disk, or comes from elsewhere, has a version only if the entry says so.
        found = _OLD.fullmatch(key) if old else _NEW.fullmatch(key.removeprefix("/"))
        if found is None:
            return None
        name, version = name or found[1], version or found[2]
    if ":" in version:
        # From git or an address, by a lock file that says no version: it is there, and which it is nobody can tell.
        return None if is_folder(version) else (name, "")
    version = version.partition("_")[0]
    return (name, version) if version[0].isdigit() else None


def _repository(fields: Any) -> str:
    resolution = fields.get("resolution") if isinstance(fields, dict) else None
    told = resolution if isinstance(resolution, dict) else {}
    address = text_field(told, "repo") or text_field(told, "tarball")
    return address if text_field(told, "type") == "git" else repository_of(address)


def _needed(document: dict[str, Any]) -> set[str] | None:
    """Keys of what runs in production, for version 9, which marks no package as for development only; None for the others."""
    snapshots, importers = document.get("snapshots"), document.get("importers")
    if not isinstance(snapshots, dict) or not isinstance(importers, dict):
        return None
    todo = []
    for importer in importers.values():
        for kind in ("dependencies", "optionalDependencies"):
            for name, one in ((importer or {}).get(kind) or {}).items():
                todo.append(_snapshot(name, str(one.get("version", "")) if isinstance(one, dict) else str(one)))
    seen: set[str] = set()
    while todo:
        key = todo.pop()
        if key in seen or key not in snapshots:
            continue
        seen.add(key)
        fields = snapshots[key] or {}
        for kind in ("dependencies", "optionalDependencies"):
            todo += [_snapshot(name, str(version)) for name, version in (fields.get(kind) or {}).items()]
    return {key.partition("(")[0] for key in seen}


def _snapshot(name: str, version: str) -> str:
    return version if _ALIASED.match(version) else f"{name}@{version}"
