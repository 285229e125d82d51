"""Until when releases of distributions get security updates, from endoflife.date's files."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from hullscan.errors import NOT_JSON, FeedError
from hullscan.feeds.feed import FeedItem
from hullscan.model.advisory import ReleaseSupport
from hullscan.model.report import Problem

_PRODUCTS: Final = {
    "almalinux": "almalinux",
    "alpine-linux": "alpine",
    "amazon-linux": "amzn",
    "centos": "centos",
    "debian": "debian",
    "fedora": "fedora",
    "opensuse": "opensuse-leap",
    "oracle-linux": "ol",
    "rhel": "rhel",
    "rocky-linux": "rocky",
    "sles": "sles",
    "ubuntu": "ubuntu",
    "photon": "photon",
}
"""endoflife.date's product → os-release ID."""

_EXTENDED_IS_FREE: Final = frozenset({"debian"})
"""Debian's long-term support (`eoes`) goes to everybody and is in its feed; Ubuntu's and Red Hat's is paid for."""


class EndOfLifeFeed:
    """``native/endoflife/PRODUCT.json``: lists of {cycle, codename, eol, eoes, …}; a date, or true and false."""

    name = "endoflife"
    ecosystems = ()
    license = "MIT"

    def __init__(self, parts: frozenset[str]) -> None:
        """Take those products that are distributions."""
        wanted = {f"native/endoflife/{product}.json" for product in _PRODUCTS}
        self.parts = tuple(sorted(wanted & parts))

    def parse(self, root: Path) -> Iterator[FeedItem]:
        """See `Feed.parse`."""
        for part in self.parts:
            product = part.rpartition("/")[2].removesuffix(".json")
            try:
                rows = msgspec.json.decode((root / part).read_bytes(), type=list[dict[str, Any]])
            except (OSError, *NOT_JSON) as error:
                raise FeedError(f"{part} cannot be read: {error}") from error
            for row in rows:
                try:
                    yield _support(_PRODUCTS[product], row)
                except (ValueError, KeyError) as error:
                    yield Problem(code="broken-record", path=part, message=f"a release could not be read: {error!r}")


def _support(distro: str, row: dict[str, Any]) -> ReleaseSupport:
    extended = _date(row.get("eoes")) if distro in _EXTENDED_IS_FREE else None
    return ReleaseSupport(
        distro=distro,
        version_id=str(row["cycle"]),
        codename=str(row.get("codename", "")),
        ends=_date(row.get("eol")),
        extended_ends=extended,
    )


def _date(value: Any) -> datetime | None:
    if isinstance(value, str) and value:
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    # true: over, but not since when; false: not yet.
    return datetime(1970, 1, 1, tzinfo=UTC) if value is True else None
