"""
Lock files of Haskell.

Rules: cabal.readthedocs.io ``cabal.project.freeze``; docs.haskellstack.org ``stack.yaml`` and ``stack.yaml.lock``.
"""

from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import mappings, text_field, text_of, yaml_documents
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.patterns import pattern

_PIN: Final = pattern(r"(?<![A-Za-z0-9-])(?:any\.)?([A-Za-z0-9][A-Za-z0-9-]*)\s*==\s*([0-9][0-9.]*)")
_HACKAGE: Final = pattern(r"([A-Za-z0-9][A-Za-z0-9-]*)-([0-9][0-9.]*)(?:@.*)?")


class CabalFreeze:
    """``cabal.project.freeze``: constraints ``any.NAME ==VERSION``."""

    name = "cabal-freeze"
    revision = 1
    directory_only = True
    interest = Interest(basenames=frozenset({"cabal.project.freeze"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return True

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        lines = [line for line in text_of(file).splitlines() if not line.lstrip().startswith("--")]
        for found in _PIN.finditer("\n".join(lines)):
            yield Package(type="hackage", name=found[1], version=found[2], path=file.path)


class StackLock:
    """
    ``stack.yaml.lock``: what each of ``packages`` was completed to, ``name-version@…`` of Hackage, or a name and a version;
    ``stack.yaml``: its ``extra-deps``.
    """

    name = "stack-lock"
    revision = 4
    directory_only = True
    interest = Interest(basenames=frozenset({"stack.yaml.lock", "stack.yaml"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return True

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        for document in yaml_documents(file):
            extra = document.get("extra-deps")
            told = [one for one in extra if isinstance(one, str)] if isinstance(extra, list) else []
            for one in mappings(document.get("packages")):
                completed = one.get("completed")
                if not isinstance(completed, dict):
                    continue
                told.append(text_field(completed, "hackage"))
                if name := text_field(completed, "name"):
                    # From git or an archive: the lock file says what it was found to be.
                    yield Package(type="hackage", name=name, version=text_field(completed, "version"), path=file.path)
            for text in told:
                found = _HACKAGE.fullmatch(text)
                if found is not None:
                    yield Package(type="hackage", name=found[1], version=found[2], path=file.path)
