"""What a feed is."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Protocol

from hullscan.model.advisory import Advisory, FlawFacts, PackageSupport, ReleaseSupport
from hullscan.model.report import Problem

FeedItem = Advisory | FlawFacts | ReleaseSupport | PackageSupport | datetime | Problem
"""
A record that could not be read is a `Problem` whose path names it; the others go on.

A time is when the publisher made the whole, where that is told.
"""


class Feed(Protocol):
    """
    Brings the records of one publisher.

    `name` is the origin of every record it gives (``osv-debian``); `ecosystems` those it speaks for, without releases;
    `license` the SPDX expression of the data; `parts` the files it is made of, relative to a location's root.
    """

    @property
    def name(self) -> str: ...

    @property
    def ecosystems(self) -> tuple[str, ...]: ...

    @property
    def license(self) -> str: ...

    @property
    def parts(self) -> tuple[str, ...]: ...

    def parse(self, root: Path) -> Iterator[FeedItem]:
        """
        Read the finished download under *root*. No network.

        Raises:
            FeedError: A part as a whole cannot be read: nothing of it is to be believed.
        """
        ...
