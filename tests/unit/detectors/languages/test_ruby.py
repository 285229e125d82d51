"""Installed gems: what RubyGems and Bundler leave of them."""

import io

from hullscan.detectors.detector_set import DetectorSet
from hullscan.detectors.languages.ruby import InstalledGems
from hullscan.layers.file import LayerFile

_SET = DetectorSet((InstalledGems(),))
_WRITTEN = """# -*- encoding: utf-8 -*-
# stub: activerecord 7.1.2 ruby lib

Gem::Specification.new do |s|
  s.name = "activerecord".freeze
  s.version = "7.1.2"
end
"""
_BY_HAND = """Gem::Specification.new do |s|
  s.name = "example"
  s.version = File.read("VERSION")
end
"""


def _found(path: str, text: str) -> tuple[list[str], list[str]]:
    if not _SET.wants(path):
        return [], []
    files = _SET.detect(LayerFile(path, len(text), lambda: io.BytesIO(text.encode())))
    return [one.purl for file in files for one in file.packages], [one.path for file in files for one in file.problems]


def test_gems_from_a_git_repository() -> None:
    """Bundler writes their specifications into its copy of the repository, which may hold several gems."""
    folder = "usr/local/bundle/ruby/3.3.0/bundler/gems/rails-5e2d3a1b4c6f"

    assert _found(f"{folder}/activerecord.gemspec", _WRITTEN)[0] == ["pkg:gem/activerecord@7.1.2"]
    assert _found(f"{folder}/activerecord/activerecord.gemspec", _WRITTEN)[0] == ["pkg:gem/activerecord@7.1.2"]


def test_specifications_that_bundler_did_not_write() -> None:
    """One of a repository's folders may be an example; the repository's own is a gem that cannot be named, which is told."""
    folder = "usr/local/bundle/ruby/3.3.0/bundler/gems/rails-5e2d3a1b4c6f"

    assert _found(f"{folder}/example/example.gemspec", _BY_HAND) == ([], [])
    assert _found(f"{folder}/example.gemspec", _BY_HAND) == ([], [f"{folder}/example.gemspec"])
    assert _found("usr/local/bundle/gems/a-1.0/a.gemspec", _BY_HAND) == ([], [])
