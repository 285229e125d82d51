"""Package names as publishers and databases agree on them."""

import re
from typing import Final

_SEPARATORS: Final = re.compile(r"[-_.]+")


def normal_name(ecosystem: str, name: str) -> str:
    """
    Return *name* as it is looked up in *ecosystem* (with or without release).

    Rules: PEP 503 for PyPI; NuGet ids and Packagist names have no case; all others are taken by the letter.
    """
    base = ecosystem.partition(":")[0]
    if base == "PyPI":
        return _SEPARATORS.sub("-", name).lower()
    if base in ("NuGet", "Packagist", "GitHub Actions"):
        return name.lower()
    return name


def source_ecosystem(ecosystem: str) -> str:
    """Return where a publisher's word on a source package stands that is about all of its versions: ``Red Hat:source:…``."""
    base, _, release = ecosystem.partition(":")
    return f"{base}:source:{release}"


def module_stream(label: str) -> str:
    """Return ``name:stream`` of an rpm's module label or purl qualifier, ``name:stream:version:context``; "" for none."""
    return ":".join(label.split(":")[:2])
