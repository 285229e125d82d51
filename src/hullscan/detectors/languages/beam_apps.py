"""Installed applications of Erlang and Elixir. Rule: erlang.org, app(4): ``{application, NAME, [{vsn, "VERSION"}, …]}``."""

import re
from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import text_of
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.patterns import pattern

_APPLICATION: Final = pattern(r"\{\s*application\s*,\s*'?([a-z][\w@]*)'?\s*,")
_VERSION: Final = pattern(r"\{\s*vsn\s*,\s*\"([^\"\s]+)\"\s*\}")
_LICENCES: Final = pattern(r"\{\s*licenses\s*,\s*\[([^\]]{0,300})\]")

_RUNTIME: Final = frozenset(
    {
        "asn1", "common_test", "compiler", "crypto", "debugger", "dialyzer", "diameter", "edoc", "eldap", "erl_docgen",
        "erl_interface", "erts", "et", "eunit", "ftp", "hipe", "inets", "jinterface", "kernel", "megaco", "mnesia", "observer",
        "odbc", "os_mon", "parsetools", "public_key", "reltool", "runtime_tools", "sasl", "snmp", "ssh", "ssl", "stdlib",
        "syntax_tools", "tftp", "tools", "wx", "xmerl",
        "eex", "elixir", "ex_unit", "iex", "logger", "mix",
    }
)  # fmt: skip
"""Applications that Erlang/OTP and Elixir themselves consist of: they are on no package index (erlang.org/doc/applications)."""


class BeamApps:
    """``ebin/NAME.app`` of releases and of the runtime: hex.pm's as ``pkg:hex``, the runtime's own as ``pkg:otp``."""

    name = "beam-apps"
    revision = 1
    directory_only = False
    interest = Interest(suffixes=frozenset({".app"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return path.endswith(".app")

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`; elsewhere than in ``ebin``, a file of such a name may be something else."""
        text = text_of(file)
        name, version, told = _APPLICATION.search(text), _VERSION.search(text), _LICENCES.search(text)
        if name is not None and version is not None:
            yield Package(
                type="otp" if name[1] in _RUNTIME else "hex",
                name=name[1],
                version=version[1],
                licenses=tuple(re.findall(r'"([^"]+)"', told[1])) if told else (),
                path=file.path,
            )
        elif name is not None or "/ebin/" in f"/{file.path}":
            raise UnreadableInput("it says no application with a version")
