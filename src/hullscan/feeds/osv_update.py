"""
An ecosystem of an OSV export brought up to date record by record.

Rule: osv.dev's documentation, "Data dumps": ``ECOSYSTEM/modified_id.csv`` has a line for each record that there is, its
time and its id, and ``ECOSYSTEM/ID.json`` is the record.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from hullscan.errors import FeedError
from hullscan.feeds.feed import FeedItem
from hullscan.feeds.moments import moment
from hullscan.feeds.osv import NO_SECURITY, OsvFeed
from hullscan.model.advisory import Advisory

MOST: Final = 200
"""Records that are asked for one by one: some seconds. Where more changed the archive is quicker."""

_LINE: Final = re.compile(r"([0-9T:.+-]+Z?),([A-Za-z0-9][A-Za-z0-9._:+~-]*)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Which records an ecosystem has and when each was changed last; `fingerprint` of all that."""

    fingerprint: str
    times: Mapping[str, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What came new or changed, and which records at hand stay, with their times; those that are neither are gone."""

    fingerprint: str
    items: tuple[FeedItem, ...] = ()
    kept: Mapping[str, datetime] = field(default_factory=dict)


def read_listing(data: bytes) -> Listing | None:
    """Return what ``modified_id.csv`` says; None if it holds anything else, or nothing."""
    times: dict[str, datetime] = {}
    for line in data.decode("utf-8", "replace").split("\n"):
        if not line.strip():
            continue
        found = _LINE.fullmatch(line.strip())
        if found is None:
            return None
        at = moment(found[1])
        if at is None:
            return None
        times.setdefault(found[2], at)
    digest = hashlib.blake2b(data, digest_size=16).hexdigest()
    return Listing(fingerprint=f"listing-{digest}", times=times) if times else None


def osv_update(
    feed: OsvFeed, listing: Listing, held: Mapping[str, datetime], fetch: Callable[[str], bytes | None]
) -> Update | None:
    """
    Fetch what *listing* has and *held* (the times of the records at hand) has not, or has older.

    Returns:
        None where that is too much, or not all of it can be had: then the archive is to be read.
    """
    wanted = [record for record, at in listing.times.items() if not record.startswith(NO_SECURITY)]
    changed = [record for record in wanted if _is_news(listing.times[record], held.get(record))]
    if len(changed) > MOST:
        return None
    items: list[FeedItem] = []
    for record in changed:
        try:
            data = fetch(record)
        except FeedError:
            return None
        if data is None:
            return None
        item = feed.record(f"{record}.json", data)
        if isinstance(item, Advisory) and item.id != record:
            return None
        items += [item] if item is not None else []
    kept = {record: held[record] for record in set(wanted).difference(changed)}
    return Update(fingerprint=listing.fingerprint, items=tuple(items), kept=kept)


def _is_news(at: datetime, held: datetime | None) -> bool:
    # The year 1 stands for no time at all: such a record may have changed unseen.
    return held is None or at > held or at.year == 1
