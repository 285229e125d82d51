"""Conda's environment files. Rule: docs.conda.io, ``environment.yml``."""

import re
from collections.abc import Iterator
from typing import Any, Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import yaml_documents
from hullscan.detectors.lock_files.requirements import requirements_of
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.patterns import pattern

_PIN: Final = pattern(r"(?:[^\s:]+::)?(?P<name>[\w.-]+)(?:\s*==?\s*|\s+)(?P<version>\d[\w.!+]*)(?:[=\s].*)?")
_BRACKETS: Final = pattern(r"(?P<name>[^\[]+)\[(?P<keys>[^\]]*)\](?P<rest>.*)")
_KEY: Final = pattern(r"(?:^|[,\s])version\s*=\s*[\"']?=*(?P<version>[^\"',\s]+)")
"""``pytorch[version='1.9.0', channel=x]``: a match specification may say all in brackets."""


class CondaEnvironment:
    """``environment.yml``: what is pinned in ``dependencies``, and in its list for pip."""

    name = "conda-environment"
    revision = 4
    directory_only = True
    interest = Interest(basenames=frozenset({"environment.yml", "environment.yaml"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return True

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        for document in yaml_documents(file):
            told = document.get("dependencies")
            if told is not None and not isinstance(told, list):
                raise UnreadableInput("dependencies is no list")
            for one in told or ():
                yield from _dependency(one, file.path)


def _without_brackets(text: str) -> str:
    found = _BRACKETS.fullmatch(text)
    if found is None:
        return text
    told = _KEY.search(found["keys"])
    return f"{found['name']}={told['version']}" if told is not None else found["name"] + found["rest"]


def _dependency(one: Any, path: str) -> Iterator[Detected]:
    if isinstance(one, str):
        text = _without_brackets(one.strip())
        found = _PIN.fullmatch(text)
        name = found["name"] if found else re.split(r"[<>=!~ ]", text)[0]
        if not name:
            return
        yield Package(type="conda", name=name, version=found["version"] if found else "", path=path)
        return
    if not isinstance(one, dict):
        raise UnreadableInput("dependencies holds something that is no text")
    pip = one.get("pip")
    if not isinstance(pip, list):
        raise UnreadableInput("the list for pip is no list")
    if not all(isinstance(text, str) for text in pip):
        raise UnreadableInput("the list for pip holds something that is no text")
    yield from requirements_of("\n".join(pip), path)
