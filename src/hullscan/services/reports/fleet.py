"""Questions that the owner of many artifacts asks, and the log of what moved in their reports."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hullscan import versions
from hullscan.errors import InvalidReference, InvalidVersion, NotFound
from hullscan.services.context import Context, now
from hullscan.services.reports.report import Listed, listed, render
from hullscan.services.rules.events import Event, emit
from hullscan.store.artifacts.artifact_rows import find_artifact, tag_names
from hullscan.store.artifacts.inventories import load_image
from hullscan.store.database import reading, writing
from hullscan.store.places.repositories import find_repository_by_id
from hullscan.store.reports import fleet
from hullscan.store.reports.fleet import Change, Held, Place
from hullscan.store.reports.staleness import are_settled, settle

_PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An artifact that a question found, and what in it."""

    place: Place
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What one image has and the other has not: packages as purls, flaws as ``ID package version``."""

    packages_added: tuple[str, ...]
    packages_removed: tuple[str, ...]
    flaws_added: tuple[str, ...]
    flaws_removed: tuple[str, ...]


def with_flaw(context: Context, flaw: str, *, after: int = 0) -> Iterator[Match]:
    """Yield the artifacts whose report names *flaw* (CVE, or another name that a record has for it)."""
    with reading(context.engine) as connection:
        digests = fleet.digests_with_flaw(connection, flaw)
    found: dict[str, tuple[str, ...]] = {}
    for digest in digests:
        # A record may match and another settle the flaw: the report has the last word.
        inside = tuple(
            f"{one.package} {one.version}"
            for one in listed(context, digest)
            if one.id == flaw or any(flaw in link for link in one.links)
        )
        if inside:
            found[digest] = inside
    yield from _matches(context, found, after)


def with_package(context: Context, name: str, *, below: str = "", kind: str = "", after: int = 0) -> Iterator[Match]:
    """
    Yield the artifacts that hold a package of this name (its own, or its source package's), perhaps below a version.

    Raises:
        InvalidReference: *below* is no version in the scheme of one of the packages found.
    """
    with reading(context.engine) as connection:
        held = [
            one
            for one, key, scheme in fleet.packages_named(connection, name, kind)
            if not below or _is_below(one, key, scheme, below)
        ]
        by_digest = fleet.digests_with_packages(connection, [one.package_id for one in held])
    texts = {one.package_id: one.purl for one in held}
    yield from _matches(context, {digest: tuple(texts[one] for one in ids) for digest, ids in by_digest.items()}, after)


def changes(context: Context, since: datetime, *, after: int = 0) -> Iterator[Change]:
    """Yield what moved in reports since a time, the oldest first."""
    while True:
        with reading(context.engine) as connection:
            page = fleet.list_changes(connection, since, after=after, limit=_PAGE)
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1].id


def difference(context: Context, before: str, after: str) -> Difference:
    """
    Compare two images by digest, or an image with an SBOM that hangs on it.

    Packages are the same if type, name and version are, an rpm's epoch included: SBOMs name architecture and
    distribution as they like.

    Raises:
        NotFound: One of them was never indexed.
    """
    packages: list[set[str]] = []
    flaws: list[set[str]] = []
    for digest in (before, after):
        with reading(context.engine) as connection:
            image = load_image(connection, digest)
        if image is None:
            raise NotFound(f"{digest} was never indexed here")
        packages.append({_plain(one.purl) for one in image.packages})
        flaws.append({f"{one.id} {one.package} {one.version}" for one in listed(context, digest)})
    return Difference(
        packages_added=tuple(sorted(packages[1] - packages[0])),
        packages_removed=tuple(sorted(packages[0] - packages[1])),
        flaws_added=tuple(sorted(flaws[1] - flaws[0])),
        flaws_removed=tuple(sorted(flaws[0] - flaws[1])),
    )


def _plain(purl: str) -> str:
    body, _, qualifiers = purl.partition("?")
    epoch = next((one for one in qualifiers.split("&") if one.startswith("epoch=") and one != "epoch=0"), "")
    return f"{body}?{epoch}" if epoch else body


def top_fixes(context: Context, limit: int = 20) -> list[tuple[str, str, str, int, int]]:
    """Return which updates remove most; see `store.reports.fleet.top_fixes`."""
    with reading(context.engine) as connection:
        return fleet.top_fixes(connection, limit)


def follow_feeds(context: Context) -> bool:
    """
    Render one report anew that a feed moved under, and tell what moved; False if there is nothing left to do.

    The log's rows and the triggers' posts are written in one transaction.
    """
    with reading(context.engine) as connection:
        settled = are_settled(connection)
    if not settled:
        with writing(context.engine) as connection:
            settle(connection, _PAGE)
    with reading(context.engine) as connection:
        stale = fleet.stale_digests(connection, 1)
    if not stale:
        return not settled
    digest = stale[0]
    before = listed(context, digest, as_stored=True)
    render(context, digest)
    moved = _moved(digest, before, listed(context, digest))
    if not moved:
        return True
    told = {
        kind: sorted(f"{one.flaw} {one.package} {one.version}" for one in moved if one.kind == kind)
        for kind in ("added", "fixed", "severity", "fix")
    }
    at = now()
    with writing(context.engine) as connection:
        fleet.note_changes(connection, moved)
        for repository_id in fleet.repositories_of(connection, digest):
            repository = find_repository_by_id(connection, repository_id)
            if repository is None:
                continue
            artifact = find_artifact(connection, repository.id, digest)
            tags = tag_names(connection, artifact.id) if artifact else ()
            event = Event(
                type="SCANNING_COMPLETED", operator="feeds", digest=digest, tags=tags, more={"scan_overview": told}
            )
            emit(connection, repository, event, at)
    return True


def _moved(digest: str, before: list[Listed], after: list[Listed]) -> list[Change]:
    at = now()

    def change(kind: str, one: Listed) -> Change:
        return Change(
            digest=digest,
            kind=kind,
            flaw=one.id,
            package=one.package,
            version=one.version,
            severity=one.severity,
            fix_version=one.fix_version,
            at=at,
        )

    old = {(one.id, one.package, one.version): one for one in before}
    new = {(one.id, one.package, one.version): one for one in after}
    found = [change("added", one) for key, one in new.items() if key not in old]
    found += [change("fixed", one) for key, one in old.items() if key not in new]
    for key, one in new.items():
        known = old.get(key)
        if known is not None and known.severity != one.severity:
            found.append(change("severity", one))
        if known is not None and known.fix_version != one.fix_version:
            found.append(change("fix", one))
    return found


def _matches(context: Context, found: dict[str, tuple[str, ...]], after: int) -> Iterator[Match]:
    digests = sorted(found)
    while True:
        with reading(context.engine) as connection:
            page = fleet.places(connection, digests, after=after, limit=_PAGE)
        for place in page:
            yield Match(place=place, what=found[place.digest])
        if len(page) < _PAGE:
            return
        after = page[-1].id


def _is_below(held: Held, key: bytes | None, scheme: str, below: str) -> bool:
    if key is None or scheme not in versions.SCHEMES:
        return False
    try:
        return key < versions.SCHEMES[scheme].key(below)
    except InvalidVersion as error:
        raise InvalidReference(f"{below!r} is no version by the scheme {scheme} of {held.purl}") from error
