"""Browser libraries that lie about as files: each is told once for a folder, and where its package is, not at all."""

from collections.abc import Iterable, Iterator

from hullscan.model.package import Package


def without_repeats(packages: Iterable[Package]) -> list[Package]:
    """
    Leave out the scripts of libraries that are told already.

    By the npm package of that name which they are a file of; by another file of their folder, such as ``jquery.js`` beside
    ``jquery.min.js``, of the same version.
    """
    listed = list(packages)
    homes = {
        (one.path[: -len("package.json")], one.full_name)
        for one in listed
        if one.type == "npm" and one.path.endswith("package.json")
    }
    kept = []
    seen = set()
    for one in listed:
        if one.type == "npm" and one.path.lower().endswith(".js"):
            folder = one.path[: one.path.rfind("/") + 1]
            place = (folder, one.full_name, one.version)
            if place in seen or any((above, one.full_name) in homes for above in _upwards(folder)):
                continue
            seen.add(place)
        kept.append(one)
    return kept


def _upwards(folder: str) -> Iterator[str]:
    """*folder*, which ends in a slash, and those it lies in."""
    while folder:
        yield folder
        folder = folder[: folder.rfind("/", 0, -1) + 1]
    yield folder
