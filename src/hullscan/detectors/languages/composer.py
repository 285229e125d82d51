"""PHP packages. Rule: getcomposer.org, "composer.lock" and ``vendor/composer/installed.json`` of Composer 1 and 2."""

from collections.abc import Iterator
from typing import Any

import msgspec

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import json_object, mappings, text_field, text_of
from hullscan.errors import NOT_JSON, UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package


class ComposerLock:
    """``composer.lock``: ``packages``, and ``packages-dev`` for development."""

    name = "composer-lock"
    revision = 1
    directory_only = True
    interest = Interest(basenames=frozenset({"composer.lock"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`; one inside ``vendor/`` is its author's."""
        return "/vendor/" not in f"/{path}"

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        fields = json_object(file)
        for key, dev in (("packages", False), ("packages-dev", True)):
            for one in mappings(fields.get(key)):
                yield from composer_package(one, file.path, dev=dev)


class ComposerInstalled:
    """``installed.json``: a list (1), or an object with ``packages`` and ``dev-package-names`` (2)."""

    name = "composer-installed"
    revision = 2
    directory_only = False
    interest = Interest(basenames=frozenset({"installed.json"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        # In a scan of the folder itself there is nothing above it.
        return path == "installed.json" or path.endswith("composer/installed.json")

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        try:
            value = msgspec.json.decode(text_of(file))
        except NOT_JSON as error:
            raise UnreadableInput(f"it is no JSON: {error}") from error
        packages = value.get("packages") if isinstance(value, dict) else value
        names = value.get("dev-package-names") if isinstance(value, dict) else None
        for one in mappings(packages):
            dev = isinstance(names, list) and one.get("name") in names
            yield from composer_package(one, file.path, dev=dev)


def composer_package(one: dict[str, Any], path: str, *, dev: bool) -> Iterator[Detected]:
    """Yield the package that an entry describes; ``vendor/name``, the version without the ``v`` of its tag."""
    name, version = text_field(one, "name"), text_field(one, "version")
    if not name or not version:
        return
    licenses = one.get("license")
    vendor, slash, short = name.partition("/")
    yield Package(
        type="composer",
        namespace=vendor if slash else "",
        name=short if slash else name,
        version=version,
        licenses=tuple(str(text) for text in licenses) if isinstance(licenses, list) else (),
        path=path,
        dev=dev,
    )
