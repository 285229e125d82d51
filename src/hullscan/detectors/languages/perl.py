"""Perl distributions. Rule: metacpan.org, CPAN::Meta::Spec: ``META.json`` and ``META.yml``, ``.meta`` of what is installed."""

from collections.abc import Iterator

from hullscan.detectors.detector import Interest
from hullscan.detectors.formats import json_object, text_field, yaml_documents
from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected, Package


class PerlMeta:
    """``META.json``, ``META.yml`` and cpanm's ``MYMETA.json``: a distribution's name and version."""

    name = "perl-meta"
    revision = 3
    directory_only = False
    interest = Interest(basenames=frozenset({"META.json", "META.yml", "MYMETA.json"}))

    def wants(self, path: str) -> bool:
        """See `Detector.wants`; ``.meta/DISTRIBUTION/`` is where cpanm puts it beside what it installs."""
        return "/.meta/" in f"/{path}" or "perl" in path.lower()

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """See `Detector.detect`."""
        documents = [json_object(file)] if file.path.endswith(".json") else yaml_documents(file)
        for fields in documents:
            name, version = text_field(fields, "name"), str(fields.get("version") or "")
            if not name or not version:
                raise UnreadableInput("it says no name or no version")
            told = fields.get("license")  # a list since version 2 of the specification
            licences = tuple(one for one in (told if isinstance(told, list) else [told]) if isinstance(one, str))
            yield Package(type="cpan", name=name.replace("::", "-"), version=version, licenses=licences, path=file.path)
