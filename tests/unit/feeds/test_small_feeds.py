"""The table that fuzzing begins with (`fuzz.small_feeds`)."""

import pkgutil
from importlib import import_module
from pathlib import Path

from fuzz.small_feeds import FEED_FILES
from fuzz.targets import TARGETS

import hullscan.feeds
from hullscan.feeds.feed import Feed
from hullscan.feeds.location import available


class _Listed:
    """A place that has the table's files."""

    def text(self) -> str:
        """See `Location`."""
        return "the table"

    def parts(self) -> frozenset[str]:
        """See `Location`."""
        return frozenset(part for part, _ in FEED_FILES)

    def fetch(self, part: str, into: Path, advance: object) -> str:
        """See `Location`."""
        raise AssertionError("nothing is fetched")

    def listing(self, ecosystem: str) -> None:
        """See `Location`."""
        return None

    def record(self, ecosystem: str, record: str) -> None:
        """See `Location`."""
        return None

    def close(self) -> None:
        """See `Location`."""


def test_there_is_a_small_file_for_every_feed() -> None:
    """So that each reader has a target."""
    kinds = {
        value
        for module in pkgutil.iter_modules(hullscan.feeds.__path__)
        for value in vars(import_module(f"hullscan.feeds.{module.name}")).values()
        if isinstance(value, type) and hasattr(value, "parse") and value is not Feed
    }

    assert {type(feed) for feed in available(_Listed())} == kinds
    assert sum(name.startswith("feed-") for name in TARGETS) == len(FEED_FILES)
