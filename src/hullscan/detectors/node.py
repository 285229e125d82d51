"""Installed npm packages. Rule: docs.npmjs.com, "package.json"; a name and a version make a package."""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from hullscan.detectors.detector import Interest
from hullscan.errors import NOT_JSON, UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package

_LARGEST: Final = 16 * 1024 * 1024
_NAME: Final = re.compile(r"(?:@[^/\s@]+/)?[^/\s@][^/\s]*")
"""npm's validate-npm-package-name, leaving the rules for new names aside."""


class NodeModules:
    """``package.json`` of packages under ``node_modules`` and of the applications that use them."""

    name = "node"
    revision = 3
    directory_only = False
    interest = Interest(basenames=frozenset({"package.json"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return path.rpartition("/")[2] == "package.json"

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`; one without name or version only marks a folder (as a module, or private)."""
        if file.size_bytes > _LARGEST:
            raise UnreadableInput(f"a package.json of {file.size_bytes} bytes")
        data = file.read().removeprefix(b"\xef\xbb\xbf")
        try:
            fields = msgspec.json.decode(data)
        except NOT_JSON as error:
            if "node_modules/" not in file.path:
                return  # a template or test input of an application, not an installed package
            raise UnreadableInput(f"it is no JSON: {error}") from error
        package = package_of(fields, file.path)
        if package is not None:
            yield package


def package_of(fields: Any, path: str) -> Package | None:
    """Return the package that a ``package.json``'s *fields* name, None if they name none."""
    if not isinstance(fields, dict):
        return None
    name, version = fields.get("name"), fields.get("version")
    if not isinstance(name, str) or not isinstance(version, str) or not name or not version.strip():
        return None
    if not _NAME.fullmatch(name):
        raise UnreadableInput(f"{name[:60]!r} is no name of a package")
    return npm_package(name, version.strip(), path, licenses=licences_of(fields))


def licences_of(fields: dict[str, Any]) -> tuple[str, ...]:
    """Return the licences of a ``package.json``: an expression; in old ones ``{"type": …}``, or a list of these as ``licenses``."""
    told = fields.get("license") or fields.get("licenses")
    found = [one.get("type") if isinstance(one, dict) else one for one in (told if isinstance(told, list) else [told])]
    return tuple(one for one in found if isinstance(one, str) and one)


def npm_package(name: str, version: str, path: str, *, dev: bool = False, licenses: tuple[str, ...] = ()) -> Package:
    """Return an npm package; its scope, with the ``@``, is the purl's namespace."""
    scope, slash, rest = name.rpartition("/")
    return Package(
        type="npm",
        namespace=scope if slash and scope.startswith("@") else "",
        name=rest if slash and scope.startswith("@") else name,
        version=version,
        licenses=licenses,
        path=path,
        dev=dev,
    )
