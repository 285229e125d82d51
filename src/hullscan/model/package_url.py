"""Package URLs written: by the purl library, but for names that it would write as they are."""

from collections.abc import Sequence
from typing import Final

from hullscan.patterns import pattern

_KEEP_CASE: Final = frozenset({"cargo", "deb", "gem", "generic", "maven", "nuget", "rpm"})
_AS_IS: Final = pattern(r"[A-Za-z0-9._~-]+")
"""What types that keep case write without a change: purl-spec's characters that are never percent-encoded."""

_LOWER_CASE: Final = frozenset({"alpm", "apk", "composer", "npm", "pypi"})
_LOWER: Final = pattern(r"[a-z0-9.~-]+")
"""The same of types that write names in lower case, or ``-`` for ``_``."""

_KEY: Final = pattern(r"[a-z0-9._-]+")


def package_url(type_: str, namespace: str, name: str, version: str, qualifiers: Sequence[tuple[str, str]] = ()) -> str:
    """
    Return the canonical package URL; "" stands for no namespace or version.

    Rule: purl-spec, "Rules for each purl component", as the library packageurl-python follows it. That looks at each part a
    dozen times; of the thousands of packages of an image nearly all have names that need no look.

    Raises:
        ValueError: The name is empty, or a qualifier's key is none.
    """
    plain = _AS_IS if type_ in _KEEP_CASE else _LOWER if type_ in _LOWER_CASE else None
    if plain is not None and name and plain.fullmatch(namespace + name + version):
        if not qualifiers:
            return _joined(type_, namespace, name, version)
        keys, values = zip(*qualifiers, strict=True)
        in_order = list(keys) == sorted(set(keys)) and all(map(_KEY.fullmatch, keys))
        if in_order and all(map(_AS_IS.fullmatch, values)):
            told = "&".join([f"{key}={value}" for key, value in qualifiers])
            return f"{_joined(type_, namespace, name, version)}?{told}"
    from packageurl import PackageURL  # takes a while, and not every command writes one

    return PackageURL(
        type=type_,
        namespace=namespace or None,
        name=name,
        version=version or None,
        qualifiers=dict(qualifiers) or None,
    ).to_string()


def _joined(type_: str, namespace: str, name: str, version: str) -> str:
    place = f"{namespace}/{name}" if namespace else name
    return f"pkg:{type_}/{place}@{version}" if version else f"pkg:{type_}/{place}"
