"""What feeds read in small downloads."""

from pathlib import Path

from hullscan.feeds.feed import Feed
from hullscan.feeds.location import available, open_location
from hullscan.model.advisory import Advisory
from hullscan.model.report import Problem


def feed_of(root: Path, part: str, data: bytes) -> Feed:
    """Return the one feed of a location at *root*, whose only part is *data* at ``native/PART``."""
    path = root / "native" / part
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    (feed,) = available(open_location(str(root)))
    return feed


def read_part(root: Path, part: str, data: bytes) -> tuple[dict[str, Advisory], list[Problem]]:
    """Return what that feed reads: advisories by their ids, and problems."""
    items = list(feed_of(root, part, data).parse(root))
    advisories = [item for item in items if isinstance(item, Advisory)]
    return {one.id: one for one in advisories}, [item for item in items if isinstance(item, Problem)]
