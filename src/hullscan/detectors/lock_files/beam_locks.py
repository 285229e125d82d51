"""Lock files of Elixir and Erlang. Rules: hexdocs.pm/mix "mix.lock"; rebar3.org "rebar.lock"."""

from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import text_of
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.patterns import pattern

_MIX: Final = pattern(r'\s*"[^"]+":\s*\{:hex,\s*:"?([\w.-]+)"?,\s*"([^"]+)"')
_MIX_GIT: Final = pattern(r'\s*"([^"]+)":\s*\{:git,')
_REBAR: Final = pattern(
    r'\{<<"(?P<called>[^"]+)">>,\s*\{(?:pkg,\s*<<"(?P<name>[^"]+)">>,\s*<<"(?P<version>[^"]+)">>|(?:git|git_subdir|hg),)'
)


class MixLock:
    """``mix.lock``: an Elixir map of ``{:hex, :name, "version", …}``; git dependencies have no version."""

    name = "mix-lock"
    revision = 1
    directory_only = True
    interest = Interest(basenames=frozenset({"mix.lock"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return True

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        for line in text_of(file).splitlines():
            if found := _MIX.match(line):
                yield Package(type="hex", name=found[1], version=found[2], path=file.path)
            elif found := _MIX_GIT.match(line):
                yield Package(type="hex", name=found[1], version="", path=file.path)


class RebarLock:
    """``rebar.lock``: ``{<<"name">>, {pkg, <<"name">>, <<"version">>}, level}``; ``{git, …}`` says no version."""

    name = "rebar-lock"
    revision = 2
    directory_only = True
    interest = Interest(basenames=frozenset({"rebar.lock"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return True

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        for found in _REBAR.finditer(text_of(file)):
            yield Package(
                type="hex", name=found["name"] or found["called"], version=found["version"] or "", path=file.path
            )
