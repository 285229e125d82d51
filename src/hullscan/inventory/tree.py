"""Values by path, as layers change a file system: what is at a path stays until it is hidden, or a folder above it."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Final, Generic, TypeVar

_MOST_KEPT: Final = 100_000
_LONGEST_KEPT: Final = 256
"""Folders, and characters of their paths, that are kept while layers are compared: 25 MB at most, whatever the image."""

Value = TypeVar("Value")


class Hidden:
    """
    Paths that are gone, what is under them, and what is in folders that were emptied: ask with ``in``.

    What is known of a folder is kept: the thousands of files of an image lie in a few hundred folders.
    """

    def __init__(self, gone: AbstractSet[str], emptied: AbstractSet[str]) -> None:
        self._gone = gone
        self._emptied = emptied
        self._folders: dict[str, bool] = {"": "" in emptied}

    def __contains__(self, path: str) -> bool:
        if path in self._gone:
            return True
        folder = path.rpartition("/")[0]
        known = self._folders.get(folder)
        return self._inside(folder) if known is None else known

    def among(self, paths: AbstractSet[str], folders: AbstractSet[str] | None) -> AbstractSet[str]:
        """Return the hidden ones of *paths*, above which are no others than *folders* (None: any)."""
        if folders is None or "" in self._emptied or self._gone & folders or self._emptied & folders:
            return {path for path in paths if path in self}
        return paths & self._gone

    def _inside(self, folder: str) -> bool:
        climbed = []
        while (known := self._folders.get(folder)) is None:
            if len(folder) <= _LONGEST_KEPT:
                climbed.append(folder)
            if folder in self._gone or folder in self._emptied:
                known = True
                break
            folder = folder.rpartition("/")[0]
        if len(self._folders) < _MOST_KEPT:
            self._folders.update(dict.fromkeys(climbed, known))
        return known


class Tree(Generic[Value]):
    """
    Values by path, and the folders above them.

    A layer touches few of the thousands of paths below it: with the folders at hand, that is seen by comparing sets.
    """

    def __init__(self) -> None:
        self._values: dict[str, Value] = {}
        self._folders: set[str] | None = set()

    def copy(self) -> "Tree[Value]":
        """Return a tree of the same values, which changes by itself."""
        other = Tree[Value]()
        other._values = self._values.copy()
        other._folders = None if self._folders is None else self._folders.copy()
        return other

    def __len__(self) -> int:
        return len(self._values)

    @property
    def paths(self) -> int:
        """How many paths it keeps, those of folders included."""
        return len(self._values) + len(self._folders or ())

    def get(self, path: str) -> Value | None:
        """Return what is at *path*."""
        return self._values.get(path)

    def values(self) -> Iterable[Value]:
        """Return all values."""
        return self._values.values()

    def in_order(self) -> Iterator[tuple[str, Value]]:
        """Yield path and value by rising path."""
        for path in sorted(self._values):
            yield path, self._values[path]

    def put(self, path: str, value: Value) -> None:
        """Put *value* at *path*, in place of what was there."""
        self._values[path] = value
        if self._folders is not None and path.rpartition("/")[0] not in self._folders:
            self._folders = folders_above((path,), self._folders)

    def remove(self, paths: AbstractSet[str]) -> None:
        """Remove what is at *paths*; what is under them stays."""
        for path in self._values.keys() & paths:
            del self._values[path]

    def hide(self, hidden: Hidden) -> None:
        """Remove what is *hidden*."""
        self.remove(hidden.among(self._values.keys(), self._folders))

    def has_none_of(self, paths: AbstractSet[str]) -> bool:
        """Say whether nothing is at any of *paths*."""
        return self._values.keys().isdisjoint(paths)


def folders_above(paths: Iterable[str], known: set[str] | None = None) -> set[str] | None:
    """Return all folders above *paths* but for the root, added to *known*; None where there are more than can be kept."""
    above: set[str] = set() if known is None else known
    for folder in {path.rpartition("/")[0] for path in paths}:
        if len(folder) > _LONGEST_KEPT or len(above) > _MOST_KEPT:
            return None
        while folder and folder not in above:
            above.add(folder)
            folder = folder.rpartition("/")[0]
    return above
