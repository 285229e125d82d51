"""Yarn's lock files. Rule: yarnpkg/yarn "lockfile" (version 1) and yarnpkg/berry's ``yarn.lock`` (YAML with ``__metadata``)."""

import re
from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import text_of
from hullscan.detectors.languages.node import is_folder, npm_package, repository_of
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected
from hullscan.patterns import pattern

_FIELD: Final = pattern(r'\s+"?(version|resolution|resolved|linkType)"?:? +"?([^"\s][^"]*)"?')
_ALIAS: Final = pattern(r"npm:(?P<name>@?[^@\s]+(?=@)|@?[A-Za-z][^@\s]*$)(?:@.*)?")
"""Another package's name, with or without a range; ``npm:^1.0.0`` names none."""

_PATTERN: Final = pattern(r"(?P<name>@?[^@\s]+)@(?P<range>.*)")


class YarnLock:
    """``yarn.lock``: an entry a resolved package, headed by the patterns that resolve to it."""

    name = "yarn-lock"
    revision = 3
    directory_only = True
    interest = Interest(basenames=frozenset({"yarn.lock"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return "node_modules/" not in path

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        text = text_of(file)
        lines = text.splitlines()
        if not any(line.startswith(("# yarn lockfile", "__metadata:")) for line in lines) and not _looks_like(lines):
            raise UnreadableInput("it is no yarn.lock: it says neither 'yarn lockfile' nor __metadata")
        for head, fields in _entries(lines):
            found = _package(head, fields)
            if found is not None:
                resolution = _PATTERN.fullmatch(fields.get("resolution", ""))
                source = resolution["range"] if resolution is not None else fields.get("resolved", "")
                yield npm_package(*found, file.path, repository=repository_of(source))


def _looks_like(lines: list[str]) -> bool:
    return not any(line.strip() for line in lines) or any(re.match(r'"?@?[^\s@]+@.+:$', line) for line in lines)


def _entries(lines: list[str]) -> Iterator[tuple[str, dict[str, str]]]:
    head = ""
    fields: dict[str, str] = {}
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith(":"):
            continue  # the fields of a key that is so long that YAML wants it said to be one
        if not line[0].isspace():
            if head:
                yield head, fields
            head, fields = line.removeprefix("? ").rstrip().removesuffix(":"), {}
        # Only the entry's own fields: those of `dependencies:` stand deeper.
        elif len(line) - len(line.lstrip()) == 2 and (found := _FIELD.fullmatch(line.rstrip())):
            fields.setdefault(found[1], found[2])
    if head:
        yield head, fields


def _package(head: str, fields: dict[str, str]) -> tuple[str, str] | None:
    version = fields.get("version", "")
    if head == "__metadata" or not version or version == "0.0.0-use.local":
        return None
    pattern = _PATTERN.fullmatch(head.split(", ")[0].split(",")[0].strip().strip('"'))
    if pattern is None:
        return (head.strip('"'), version) if re.fullmatch(r'"?[^@\s"]+"?', head) else None
    name, wanted = pattern["name"], pattern["range"]
    if resolution := fields.get("resolution"):
        # Berry says what it is in truth: "other@npm:1.2.3" for an alias, "name@workspace:." for the project's own.
        resolved = _PATTERN.fullmatch(resolution)
        if resolved is None or is_folder(resolved["range"]):
            return None
        return resolved["name"], version
    # Version 1 copies a "file:" into node_modules, so it is installed; the others are the project's own folders.
    if is_folder(wanted) and not wanted.startswith("file:"):
        return None
    if wanted.startswith("npm:") and (alias := _ALIAS.fullmatch(wanted)):
        name = alias["name"]
    return name, version
