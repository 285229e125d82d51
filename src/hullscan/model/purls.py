"""Packages named by package URLs, as SBOMs and lists give them."""

from packageurl import PackageURL

from hullscan.model.package import OS_TYPES, Package, SourcePackage
from hullscan.model.report import Problem


def package_from_purl(text: str, path: str, *, source: SourcePackage | None = None) -> Package | Problem:
    """
    Return the package that a purl names, or the problem that it is none.

    Rule: purl specification, types deb, apk and rpm (``epoch``, ``distro``); Syft's ``upstream`` names the source package
    as ``name``, ``name@version`` or an rpm source file.
    """
    try:
        purl = PackageURL.from_string(text)
    except ValueError as error:
        return Problem(code="broken-purl", path=path, message=f"{text[:200]!r} is no package URL: {error}")
    qualifiers = purl.qualifiers if isinstance(purl.qualifiers, dict) else {}
    version = purl.version or ""
    epoch = qualifiers.get("epoch", "")
    if purl.type == "rpm" and epoch not in ("", "0") and ":" not in version:
        version = f"{epoch}:{version}"
    namespace = purl.namespace or ""
    if purl.type in OS_TYPES:
        namespace = {"red hat": "rhel", "redhat": "rhel"}.get(namespace.lower(), namespace.lower())
    return Package(
        type=purl.type,
        namespace=namespace,
        name=purl.name,
        version=version,
        source=source or _upstream(qualifiers.get("upstream", "")),
        qualifiers=tuple(sorted((key, value) for key, value in qualifiers.items() if key != "upstream")),
        path=path,
    )


def _upstream(text: str) -> SourcePackage | None:
    if not text:
        return None
    if text.endswith(".src.rpm"):
        name, _, rest = text.removesuffix(".src.rpm").rpartition("-")
        name, _, version = name.rpartition("-")
        return SourcePackage(name=name, version=f"{version}-{rest}") if name else None
    name, _, version = text.partition("@")
    return SourcePackage(name=name, version=version)
