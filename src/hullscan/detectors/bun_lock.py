"""Bun's text lock file. Rule: oven-sh/bun, "bun.lock": ``packages`` maps a place to a list whose first item is ``name@version``."""

from collections.abc import Iterator

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import json_object
from hullscan.detectors.node import is_folder, npm_package
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected
from hullscan.model.report import Problem


class BunLock:
    """``bun.lock``, JSON with comments and trailing commas; before it there was ``bun.lockb``, of bytes."""

    name = "bun-lock"
    revision = 2
    directory_only = True
    interest = Interest(basenames=frozenset({"bun.lock", "bun.lockb"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return "node_modules/" not in path

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        if file.path.endswith("b"):
            raise UnreadableInput("Bun's binary form is not read; bun install --save-text-lockfile writes the other")
        fields = json_object(file, comments=True)
        if not isinstance(fields.get("lockfileVersion", 0), int):
            raise UnreadableInput("its lockfileVersion is no number")
        packages = fields.get("packages")
        for place, told in packages.items() if isinstance(packages, dict) else ():
            text = told[0] if isinstance(told, list) and told else None
            if not isinstance(text, str) or "@" not in text[1:]:
                message = f"the entry {place[:60]!r} does not begin with NAME@VERSION"
                yield Problem(code="broken-record", path=file.path, message=message)
                continue
            name, _, version = text.rpartition("@") if text.count("@") < 2 or text[0] == "@" else text.partition("@")
            source = text[1:].partition("@")[2]
            if is_folder(source):
                continue
            if ":" in source or "/" in version:
                # From git or a file: no version of the registry.
                name, version = text[: text.index("@", 1)], ""
            yield npm_package(name, version, file.path)
