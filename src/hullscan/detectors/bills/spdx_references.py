"""What an SPDX package refers to elsewhere. Rule: spdx.github.io/spdx-spec/v2.3, 7.21 and annex F."""

from collections.abc import Callable
from typing import Any, Final

from hullscan.detectors.formats import mappings


def references_of(package: dict[str, Any]) -> list[tuple[str, str]]:
    """Return types, in lower case, and locators; a type may be written as the address that it stands for."""
    return [
        (str(one.get("referenceType")).rpartition("/")[2].lower(), str(one.get("referenceLocator") or ""))
        for one in mappings(package.get("externalRefs"))
    ]


def purls_of(package: dict[str, Any]) -> list[str]:
    """Return the package URLs; without one, those that the locators of package managers (annex F.3) are made into."""
    told = [(kind, text) for kind, text in references_of(package) if text]
    purls = [text for kind, text in told if kind == "purl"] or [
        f"pkg:{made}" for kind, text in told if kind in _LOCATORS and (made := _LOCATORS[kind](text))
    ]
    return list(dict.fromkeys(purls))


def _maven(text: str) -> str:
    group, _, rest = text.partition(":")
    artifact, _, version = rest.partition(":")
    return f"maven/{group}/{artifact}@{version}" if version else ""


def _npm(text: str) -> str:
    name, _, version = text.rpartition("@")
    return f"npm/{name.replace('@', '%40')}@{version}" if name else ""


def _nuget(text: str) -> str:
    name, _, version = text.partition("/")
    return f"nuget/{name}@{version}" if version else ""


_LOCATORS: Final[dict[str, Callable[[str], str]]] = {"maven-central": _maven, "npm": _npm, "nuget": _nuget}
"""``group:artifact:version``, ``name@version``, ``name/version`` → a package URL without its scheme, "" for none."""
