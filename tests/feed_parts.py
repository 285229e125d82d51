"""What feeds read in small downloads."""

from pathlib import Path

from hullscan.feeds.feed import Feed
from hullscan.feeds.location import available, open_location
from hullscan.matching.ranges import holds, segments
from hullscan.model.advisory import Advisory, AffectedPackage, Status
from hullscan.model.report import Problem
from hullscan.versions import scheme_for_ecosystem


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


def said_of(affected: AffectedPackage, version: str) -> tuple[Status | None, str]:
    """Return what an entry says of a version (None: nothing), and the fix it names."""
    scheme = scheme_for_ecosystem(affected.ecosystem)
    assert scheme is not None
    key = scheme.key(version)
    found = [segment for segment in segments(affected, scheme) if holds(segment, key)]
    return (found[0].status, found[0].fix) if found else (None, "")
