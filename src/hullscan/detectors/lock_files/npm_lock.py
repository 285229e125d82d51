"""npm's lock files. Rule: docs.npmjs.com, "package-lock.json", lockfileVersion 1 to 3."""

from collections.abc import Iterator
from typing import Any, Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import json_object, text_field
from hullscan.detectors.languages.node import is_folder, licences_of, npm_package, repository_of
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected

_DEEPEST: Final = 200


class NpmLock:
    """``package-lock.json`` and ``npm-shrinkwrap.json``: nested ``dependencies`` (1), flat ``packages`` (2 and 3)."""

    name = "npm-lock"
    revision = 4
    directory_only = True
    interest = Interest(basenames=frozenset({"package-lock.json", "npm-shrinkwrap.json"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`; a lock file inside an installed package says what its author had, not what is here."""
        return "node_modules/" not in path

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        fields = json_object(file)
        packages = fields.get("packages")
        if isinstance(packages, dict):
            yield from _flat(packages, file.path)
        else:
            yield from _nested(fields.get("dependencies"), file.path, 0)


def _flat(packages: dict[str, Any], path: str) -> Iterator[Detected]:
    for place, one in packages.items():
        # A place outside node_modules is a folder of the project's own: a workspace, or what a "file:" points at.
        if "node_modules/" not in place or not isinstance(one, dict) or one.get("link"):
            continue
        version = one.get("version")
        name = one["name"] if isinstance(one.get("name"), str) else place.rpartition("node_modules/")[2]
        version = version if isinstance(version, str) else ""
        repository = repository_of(text_field(one, "resolved"))
        yield npm_package(
            name, version, path, dev=bool(one.get("dev")), licenses=licences_of(one), repository=repository
        )


def _nested(dependencies: Any, path: str, depth: int) -> Iterator[Detected]:
    if not isinstance(dependencies, dict) or depth > _DEEPEST:
        return
    for name, one in dependencies.items():
        if not isinstance(one, dict):
            continue
        version = one.get("version")
        if isinstance(version, str):
            # "npm:other@1.2.3" installs another package under this name.
            real, _, aliased = version.removeprefix("npm:").rpartition("@")
            if version.startswith("npm:") and real:
                yield npm_package(real, aliased, path, dev=bool(one.get("dev")))
            elif not is_folder(version):
                # "git+ssh://…", "file:…", "https://…": no version of the registry.
                yield npm_package(name, "" if ":" in version else version, path, dev=bool(one.get("dev")))
        yield from _nested(one.get("dependencies"), path, depth + 1)
