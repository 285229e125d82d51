"""Packages named by package URLs, as SBOMs and lists give them."""

from typing import Final

from hullscan.model.names import split_distro
from hullscan.model.package import OS_TYPES, Package, SourcePackage
from hullscan.model.report import Problem
from hullscan.model.vendors import vendor_text

_DISTRO_IDS: Final = {
    "alma": "almalinux",
    "alpine-linux": "alpine",
    "amazon": "amzn",
    "amazon-linux": "amzn",
    "amazonlinux": "amzn",
    "archlinux": "arch",
    "azure-linux": "azurelinux",
    "cbl-mariner": "mariner",
    "centos-linux": "centos",
    "centos-stream": "centos",
    "debian-gnu/linux": "debian",
    "opensuse.leap": "opensuse-leap",
    "opensuse.tumbleweed": "opensuse-tumbleweed",
    "oracle": "ol",
    "oracle-linux": "ol",
    "oracle-linux-server": "ol",
    "oraclelinux": "ol",
    "red-hat": "rhel",
    "red-hat-enterprise-linux": "rhel",
    "redhat": "rhel",
    "rocky-linux": "rocky",
    "rockylinux": "rocky",
    "suse-linux-enterprise-micro": "sle-micro",
    "suse-linux-enterprise-server": "sles",
    "vmware-photon-os": "photon",
}
"""What other tools call a distribution (Trivy's families, os-release's NAME, names of images) → os-release's ID."""


def distro_id(name: str) -> str:
    """Return os-release's ID of a distribution that an SBOM calls *name*."""
    plain = name.strip().lower().replace(" ", "-")
    return _DISTRO_IDS.get(plain, plain)


_TYPES: Final = {"alpine": "apk", "arch": "alpm", "dotnet": "nuget", "gradle": "maven", "sbt": "maven"}
"""What Syft wrote before the types of these packages had their names, and GitLab writes of what a build tool resolved."""


def package_from_purl(
    text: str,
    path: str,
    *,
    source: SourcePackage | None = None,
    licenses: tuple[str, ...] = (),
    version: str = "",
    called: str = "",
    vendor: str = "",
) -> Package | Problem:
    """
    Return the package that a purl names, or the problem that it is none.

    Rule: purl specification, types deb, apk and rpm (``epoch``, ``distro``); Syft's ``upstream`` names the source package
    as ``name``, ``name@version`` or an rpm source file. *source* is what is told of it elsewhere, *version* what stands in
    where the purl has none, *called* the name beside it: up to 2025 Syft put the end of a Go module's path behind ``#``.
    *vendor* is kept for an rpm, whose tag SBOMs give there; of other packages they give the maintainer.
    """
    from packageurl import PackageURL  # 40 ms to import, and few images hold a package URL

    try:
        purl = PackageURL.from_string(text)
    except ValueError as error:
        return Problem(code="broken-purl", path=path, message=f"{text[:200]!r} is no package URL: {error}")
    qualifiers = purl.qualifiers if isinstance(purl.qualifiers, dict) else {}
    kind = _TYPES.get(purl.type, purl.type)
    version = purl.version or version
    epoch = qualifiers.get("epoch", "")
    if epoch not in ("", "0") and ":" not in version and kind in OS_TYPES:
        version = f"{epoch}:{version}"  # Trivy has deb's epoch there, too
    namespace = purl.namespace or (purl.type if kind != purl.type and kind in OS_TYPES else "")
    if kind in OS_TYPES:
        namespace = distro_id(namespace)
        name, release = split_distro(qualifiers.get("distro") or _docker_distro(qualifiers))
        if name:
            qualifiers["distro"] = f"{distro_id(name)}-{release}"
    source = source or _upstream(qualifiers.get("upstream", ""))
    # One that has the package's own name and version says nothing.
    if source is not None and source.name == purl.name and source.version in ("", version):
        source = None
    path_of_module = f"{namespace}/{purl.name}/{purl.subpath}" if kind == "golang" and purl.subpath else ""
    if path_of_module and path_of_module == called:
        namespace, _, name = called.rpartition("/")
        return Package(type=kind, namespace=namespace, name=name, version=version, licenses=licenses, path=path)
    # Tools of CycloneDX call Go's standard library std, as Go itself does; its advisories say stdlib.
    standard = kind == "golang" and not namespace and purl.name == "std"
    return Package(
        type=kind,
        namespace=namespace,
        name="stdlib" if standard else purl.name,
        version=version,
        source=source,
        qualifiers=tuple(sorted((key, value) for key, value in qualifiers.items() if key != "upstream")),
        licenses=licenses,
        path=path,
        vendor=vendor_text(vendor) if purl.type == "rpm" else "",
    )


def _docker_distro(qualifiers: dict[str, str]) -> str:
    """What Docker's own SBOMs say of the release in place of ``distro``: its name, and its number or code name."""
    name, release = qualifiers.get("os_name", ""), qualifiers.get("os_version") or qualifiers.get("os_distro", "")
    return f"{name}-{release}" if name and release else ""


def _upstream(text: str) -> SourcePackage | None:
    if not text:
        return None
    if text.endswith(".src.rpm"):
        return source_of_rpm(text)
    name, _, version = text.partition("@")
    return SourcePackage(name=name, version=version)


def source_of_rpm(file_name: str) -> SourcePackage | None:
    """Return the source package of an rpm source file, ``name-version-release.src.rpm``; None if it is no such name."""
    name, _, release = file_name.removesuffix(".rpm").rpartition(".")[0].rpartition("-")
    name, _, version = name.rpartition("-")
    return SourcePackage(name=name, version=f"{version}-{release}") if name else None
