"""
Installed gems.

Rules: guides.rubygems.org, "Specification Reference", RubyGems writes each gem's specification as Ruby; bundler.io, "How to install
gems from git repositories", Bundler does so in its copy of the repository.
"""

import re
from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.patterns import pattern

_FIELD: Final = pattern(
    r"^[ \t]*\w+\.(name|version|platform)\s*=\s*(?:Gem::Version\.new\()?(?:[\"']([^\"']+)[\"']|%q\{([^}\n]+)\})",
    re.MULTILINE,
)
_STUB: Final = pattern(r"^# stub: (\S+) (\d\S*) (\S+) ", re.MULTILINE)
"""
What RubyGems writes above a specification and itself reads in place of it (Gem::StubSpecification): name, version, platform. It
stands in where the code below has the version as a constant.
"""

_LICENCES: Final = pattern(r"^[ \t]*\w+\.licenses?\s*=\s*(\[[^\]\n]*\]|[\"'][^\"'\n]*[\"'])", re.MULTILINE)
_TEXT: Final = pattern(r"[\"']([^\"']+)[\"']")
_LARGEST: Final = 4 * 1024 * 1024


_FROM_GIT: Final = pattern(r"(?:.*/)?bundler/gems/[^/]+-[0-9a-f]{7,40}/(?:[^/]+/)?[^/]+\.gemspec")
"""A repository may hold several gems, each in a folder."""


class InstalledGems:
    """``specifications/NAME-VERSION.gemspec``, default gems too; ``bundler/gems/NAME-COMMIT/NAME.gemspec`` of those from git."""

    name = "gem"
    revision = 4
    directory_only = False
    interest = Interest(suffixes=frozenset({".gemspec"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`; a gemspec elsewhere is a gem's source, with code for a version."""
        folder = path.rpartition("/")[0]
        return path.endswith(".gemspec") and (
            folder.endswith(("/specifications", "/specifications/default")) or _FROM_GIT.fullmatch(path) is not None
        )

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        fields: dict[str, str] = {}
        text = file.read()[:_LARGEST].decode("utf-8", "replace")
        for key, plain, quoted in _FIELD.findall(text):
            fields.setdefault(key, plain or quoted)
        stub = _STUB.search(text)
        if stub is None and _FROM_GIT.fullmatch(file.path) and file.path.split("/")[-3] != "gems":
            return  # in a folder of the repository, and not written by Bundler: an example, or an input of tests
        if stub is not None and fields.get("name") == stub[1]:
            fields = {"version": stub[2], "platform": stub[3], **fields}
        name, version = fields.get("name", ""), fields.get("version", "")
        if not name or not version:
            raise UnreadableInput("the gemspec says no name and version as text")
        platform = fields.get("platform", "ruby")
        qualifiers = (("platform", platform),) if platform != "ruby" else ()
        told = _LICENCES.search(text)
        yield Package(
            type="gem",
            name=name,
            version=version,
            qualifiers=qualifiers,
            licenses=tuple(_TEXT.findall(told[1])) if told else (),
            path=file.path,
        )
