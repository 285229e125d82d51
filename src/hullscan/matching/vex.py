"""VEX statements: a publisher's or user's word that a flaw does not concern a product, and which findings it takes away."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from hullscan.matching.releases import release_of
from hullscan.model.package import Package
from hullscan.model.purls import package_from_purl
from hullscan.model.releases import same_release
from hullscan.model.report import Finding

_DENIALS: Final = frozenset({"not_affected", "fixed", "false_positive", "resolved", "resolved_with_pedigree"})
"""Statuses that take a finding away: OpenVEX's and CSAF's, and CycloneDX's analysis states."""

NO_TIME: Final = datetime.min.replace(tzinfo=UTC)
"""When a statement was made that does not say so: before all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """
    What a statement is about: a package URL, or an image by digest; within it perhaps only some components.

    `versions` are those that are meant where they are told beside the name; none means that the name says it.
    """

    id: str
    components: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement: the flaw by its names, its products (none: whatever is scanned), the status given, and when."""

    source: str
    flaw: str
    aliases: tuple[str, ...]
    products: tuple[Product, ...]
    status: str
    justification: str
    at: datetime = NO_TIME

    @property
    def denies(self) -> bool:
        """Whether it takes findings away."""
        return self.status in _DENIALS

    @property
    def reason(self) -> str:
        """What the report says beside what it suppresses."""
        return f"VEX {self.source}: {self.status}" + (f", {self.justification}" if self.justification else "")

    def names(self, finding: Finding) -> bool:
        """Say whether *finding* is of this flaw."""
        names = {name.upper() for name in (self.flaw, *self.aliases)}
        return not names.isdisjoint(name.upper() for name in (finding.id, *finding.aliases))


class Scanned:
    """What was scanned, as statements may name it."""

    def __init__(
        self, digests: Sequence[str], repository: str, places: Iterable[tuple[str, str]], references: Mapping[str, str]
    ) -> None:
        """
        Take the *digests* of an image and of the indexes that it is in, its *repository* (``host/path``, "" if it has no
        name), and the purl and path of each package.

        *references* are package URLs by the ids that an SBOM gives its components, that of its subject under "".
        """
        self._digests = frozenset(digests)
        self._repository = repository
        self._places = tuple(places)
        self._references = references

    def concerns(self, statement: Statement, finding: Finding) -> bool:
        """Say whether *statement* is about *finding*, whatever it says of it."""
        if not statement.names(finding):
            return False
        return not statement.products or any(self._is_about(product, finding) for product in statement.products)

    def _is_about(self, product: Product, finding: Finding) -> bool:
        """
        Say whether *finding* is in *product*.

        Rule: OpenVEX, "Product" and "Subcomponents"; CSAF 2.0, 3.2.2.4: with components, a statement is about these where
        they are part of the product, and about no other copy of them.
        """
        if product.versions and finding.version not in product.versions:
            return False
        name = self._references.get(product.id, product.id)
        within = not product.components or any(
            _same_package(self._references.get(one, one), finding.purl) for one in product.components
        )
        if name.startswith(("pkg:oci/", "pkg:docker/", "sha256:")):
            return within and self._is_this_image(name)
        if _same_package(name, finding.purl):
            return True
        return within and bool(product.components) and self._holds(name, finding)

    def _is_this_image(self, name: str) -> bool:
        if name.startswith("sha256:"):
            return name in self._digests
        body, _, query = name.partition("?")
        path, at, version = unquote(body).partition("@")
        if at:
            return version in self._digests
        # Without a digest all images of that name are meant: purl specification, type oci.
        wanted = path.rpartition("/")[2]
        places = [unquote(one.partition("=")[2]) for one in query.split("&") if one.startswith("repository_url=")]
        if self._repository.rpartition("/")[2] != wanted or not self._repository:
            return False
        return all(self._repository in (place, f"{place}/{wanted}") for place in places)

    def _holds(self, name: str, finding: Finding) -> bool:
        """Whether the package *name* is the SBOM's subject, or the program or archive that *finding* is in."""
        if _same_package(name, self._references.get("", "")):
            return True
        return any(
            (path == finding.path or finding.path.startswith(f"{path}!/")) and _same_package(name, purl)
            for purl, path in self._places
        )


class Statements:
    """All statements on what was scanned, asked for one finding after another."""

    def __init__(self, statements: Sequence[Statement], scanned: Scanned) -> None:
        self._all = statements
        self._scanned = scanned
        self._by_name: dict[str, list[Statement]] = {}
        # Of several statements on one thing the latest counts (OpenVEX, "Statement timestamps"); the last of equals.
        for one in sorted(statements, key=lambda statement: statement.at):
            for name in {name.upper() for name in (one.flaw, *one.aliases)}:
                self._by_name.setdefault(name, []).append(one)

    def on(self, finding: Finding) -> Statement | None:
        """Return the statement that decides about *finding*, None if there is none."""
        latest: Statement | None = None
        for name in (finding.id, *finding.aliases):
            for one in self._by_name.get(name.upper(), ()):
                if (latest is None or one.at >= latest.at) and self._scanned.concerns(one, finding):
                    latest = one
        return latest

    def unused(self, findings: Sequence[Finding]) -> Iterable[tuple[Statement, list[str]]]:
        """Yield the denials that are about none of *findings*, with the packages in which these have the same flaw."""
        for one in self._all:
            near = [finding for finding in findings if one.names(finding)]
            if one.denies and not any(self._scanned.concerns(one, finding) for finding in near):
                yield one, sorted({finding.purl for finding in near})


def _same_package(stated: str, found: str) -> bool:
    """A statement's purl without version or qualifiers speaks of all; what it names must be equal."""
    one, other = _parsed(stated), _parsed(found)
    if one is None or other is None:
        return stated == found
    if (one.type, one.namespace, one.name) != (other.type, other.namespace, other.name):
        return False
    if one.version and _plain_version(one) != _plain_version(other):
        return False
    # An epoch is part of the version by now, wherever it stood.
    return all(
        key == "epoch" or other.qualifier(key) == value or (key == "distro" and _same_release(one, other))
        for key, value in one.qualifiers
    )


def _same_release(one: Package, other: Package) -> bool:
    """Whether two package URLs name one release of one distribution."""
    (name, release), (other_name, other_release) = release_of(one), release_of(other)
    return name == other_name and same_release(release, other_release)


def _plain_version(package: Package) -> str:
    """Go's versions begin with ``v`` or ``go``, and tools leave that out."""
    if package.type != "golang":
        return package.version
    return package.version.removeprefix("go").removeprefix("v")


@lru_cache(maxsize=10_000)
def _parsed(text: str) -> Package | None:
    package = package_from_purl(text, "")
    return package if isinstance(package, Package) else None
