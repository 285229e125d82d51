"""The security databases of Alpine, Wolfi, Chainguard and MinimOS: which package version fixed which flaws."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from hullscan.errors import NOT_JSON, FeedError
from hullscan.feeds.feed import FeedItem
from hullscan.feeds.packed import document
from hullscan.model.advisory import Advisory, AffectedPackage, AffectedRange, Event
from hullscan.model.report import Problem

_REPOSITORIES: Final = ("main", "community")

_ROLLING: Final = (
    ("wolfi-secdb", "Wolfi", "Apache-2.0"),
    ("chainguard-secdb", "Chainguard", "LicenseRef-Chainguard"),
    ("minimos-secdb", "MinimOS", "LicenseRef-Minimus"),
)
"""Publishers of one list for the one release there is: folder, ecosystem, licence of the data."""


class _Package(msgspec.Struct, frozen=True):
    name: str
    secfixes: dict[str, list[str] | None] = {}


class _Entry(msgspec.Struct, frozen=True):
    pkg: _Package


class _SecDb(msgspec.Struct, frozen=True):
    packages: list[_Entry] = []


_decoder = msgspec.json.Decoder(_SecDb)


class SecDbFeed:
    """
    One publisher's secdb files, one for each branch and repository.

    Rule: Alpine's "secfixes" (wiki.alpinelinux.org/wiki/APKBUILD_Reference#secfixes): a version and the flaws that it
    fixed; the version ``0`` says that the package never had them.
    """

    def __init__(self, name: str, ecosystem: str, files: tuple[tuple[str, str], ...], license_: str) -> None:
        """Name the feed; *files* are (path under the location's root, ecosystem with release)."""
        self.name = name
        self.ecosystems = (ecosystem,)
        self.license = license_
        self.parts = tuple(path for path, _ in files)
        self._files = files

    def parse(self, root: Path) -> Iterator[FeedItem]:
        """See `Feed.parse`."""
        by_flaw: dict[tuple[str, str], list[AffectedPackage]] = {}
        names: dict[tuple[str, str], list[str]] = {}
        for path, ecosystem in self._files:
            for entry in _read(root, path).packages:
                for version, flaws in entry.pkg.secfixes.items():
                    for text in flaws or ():
                        ids = text.split()
                        if not ids:
                            yield Problem(
                                code="broken-record",
                                path=path,
                                message=f"{entry.pkg.name} {version} names an empty flaw",
                            )
                            continue
                        key = (ecosystem, ids[0])
                        names.setdefault(key, []).extend(ids)
                        by_flaw.setdefault(key, []).append(_affected(ecosystem, entry.pkg.name, version))
        for (ecosystem, flaw), affected in by_flaw.items():
            aliases = tuple(dict.fromkeys(name for name in names[(ecosystem, flaw)] if name != flaw))
            yield Advisory(
                feed=self.name,
                id=f"{flaw} in {ecosystem}",
                flaws=(flaw,),
                aliases=aliases,
                affected=tuple(dict.fromkeys(affected)),
            )


def _affected(ecosystem: str, name: str, version: str) -> AffectedPackage:
    if version == "0":
        return AffectedPackage(ecosystem=ecosystem, name=name, not_affected=True)
    events = (Event(kind="introduced", version="0"), Event(kind="fixed", version=version))
    return AffectedPackage(ecosystem=ecosystem, name=name, ranges=(AffectedRange(events=events),))


def _read(root: Path, path: str) -> _SecDb:
    try:
        return _decoder.decode(document(root, path))
    except NOT_JSON as error:
        raise FeedError(f"{path} is no secdb: {error}") from error


def secdb_feeds(parts: frozenset[str]) -> list[SecDbFeed]:
    """Return the secdb feeds that *parts* (paths under a location's root) hold."""
    prefix = "native/alpine-secdb/"
    branches = sorted({part[len(prefix) :].partition("/")[0] for part in parts if part.startswith(prefix)})
    files = tuple(
        (path, f"Alpine:{branch}")
        for branch in branches
        for repository in _REPOSITORIES
        for path in (f"{prefix}{branch}/{repository}.json.gz", f"{prefix}{branch}/{repository}.json")
        if path in parts
    )
    feeds = [SecDbFeed("alpine-secdb", "Alpine", files, "CC-BY-SA-4.0")] if files else []
    for name, ecosystem, license_ in _ROLLING:
        stem = f"native/{name}/security.json"
        found = next((path for path in (f"{stem}.gz", stem) if path in parts), None)
        if found is not None:
            feeds.append(SecDbFeed(name, ecosystem, ((found, ecosystem),), license_))
    return feeds
