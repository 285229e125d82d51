"""Bundler's lock file. Rule: rubygems/bundler, ``LockfileParser``: ``specs:`` of each source, four spaces deep."""

from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import text_of
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.patterns import pattern

_SPEC: Final = pattern(r" {4}(?P<name>[^\s(]+) \((?P<version>[^)\s]+)\)")
_SOURCES: Final = ("GEM", "GIT", "PATH", "PLUGIN SOURCE")


class GemfileLock:
    """``Gemfile.lock`` and ``gems.locked``; a version may carry its platform: ``1.15.0-x86_64-linux``."""

    name = "gemfile-lock"
    revision = 1
    directory_only = True
    interest = Interest(basenames=frozenset({"Gemfile.lock", "gems.locked"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return True

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        source = ""
        seen: set[tuple[str, str]] = set()
        for line in text_of(file).splitlines():
            if line and not line[0].isspace():
                source = line.strip()
            found = _SPEC.fullmatch(line.rstrip()) if source in _SOURCES and source != "PATH" else None
            if found is None:
                continue
            key = (found["name"], without_platform(found["version"]))
            if key not in seen:
                seen.add(key)
                yield Package(type="gem", name=key[0], version=key[1], path=file.path)


def without_platform(version: str) -> str:
    """Return a gem's version without the platform after its first hyphen (Gem::Specification#full_name)."""
    return version.partition("-")[0]
