"""Lock files of Swift. Rules: swiftlang/swift-package-manager ``Package.resolved`` (1 to 3); cocoapods.org ``Podfile.lock``."""

import re
from collections.abc import Iterator
from typing import Final

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import json_object, mappings, text_field, yaml_documents
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package
from hullscan.patterns import pattern

_ADDRESS: Final = pattern(r"(?P<scheme>[a-z][a-z0-9+.-]*://)?(?:[^/@]*@)?(?P<place>.+)", re.IGNORECASE)
_PORT: Final = pattern(r":\d+/")
_POD: Final = pattern(r"([^\s(]+) \(([^)]+)\)")


class SwiftResolved:
    """``Package.resolved``: a package is its repository's address, ``github.com/owner/name``."""

    name = "swift-resolved"
    revision = 3
    directory_only = True
    interest = Interest(basenames=frozenset({"Package.resolved"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return True

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        fields = json_object(file)
        inner = fields.get("object")
        pins = fields.get("pins") or (inner.get("pins") if isinstance(inner, dict) else None)
        for pin in mappings(pins):
            address = text_field(pin, "location") or text_field(pin, "repositoryURL")
            state = pin.get("state")
            # What follows a branch has the branch's name in place of a version, what is one commit has none.
            version = text_field(state, "version") or text_field(state, "branch") if isinstance(state, dict) else ""
            if address:
                yield swift_package(address, version, file.path)
            elif scoped := text_field(pin, "identity"):
                # Of a registry (SE-0292), where a package is known by scope and name, and no address tells its repository.
                scope, _, name = scoped.rpartition(".")
                yield Package(type="swift", namespace=scope, name=name, version=version, path=file.path)


class PodfileLock:
    """``Podfile.lock``: ``PODS``, each ``Name (version)`` or a mapping of that to what it needs; subspecs have a slash."""

    name = "podfile-lock"
    revision = 1
    directory_only = True
    interest = Interest(basenames=frozenset({"Podfile.lock"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`."""
        return True

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        for document in yaml_documents(file):
            pods = document.get("PODS")
            for one in pods if isinstance(pods, list) else ():
                text = next(iter(one)) if isinstance(one, dict) and one else one
                found = _POD.fullmatch(text) if isinstance(text, str) else None
                if found is not None:
                    yield Package(type="cocoapods", name=found[1], version=found[2], path=file.path)


def swift_package(address: str, version: str, path: str) -> Package:
    """Return a package by its repository's address (purl-spec, "swift")."""
    found = _ADDRESS.fullmatch(address.removesuffix("/").removesuffix(".git"))
    place = found["place"] if found is not None else address
    # Behind a host a colon begins a port, or in the short form of ssh the path.
    place = _PORT.sub("/", place, count=1) if found is not None and found["scheme"] else place.replace(":", "/", 1)
    namespace, _, name = place.rpartition("/")
    return Package(type="swift", namespace=namespace, name=name, version=version, path=path)
