"""Symbolic links of an image, as far as the places of files depend on them."""

from collections.abc import Set as AbstractSet
from typing import Final

from hullscan.inventory.tree import Hidden, Tree, folders_above

_MAX_HOPS: Final = 40
"""As the kernel: path_resolution(7), "a limit on the maximum number of symbolic links followed is 40"."""

_MOST_KEPT: Final = 100_000
_LONGEST_KEPT: Final = 256
"""Folders, and characters of their paths, whose place is kept: 25 MB at most, whatever the image."""


class Links:
    """Link path → target, and what a path means with them. Cycles end after 40 hops and are then left as written."""

    def __init__(self) -> None:
        self._targets: Tree[str] = Tree()
        self._resolved: dict[str, str] = {}
        self._passed: set[str] = set()

    def __len__(self) -> int:
        return len(self._targets)

    @property
    def paths(self) -> int:
        """How many paths are kept, those of folders above links included."""
        return self._targets.paths

    def copy(self) -> "Links":
        """Return the same links, which change by themselves."""
        other = Links()
        other._targets = self._targets.copy()
        return other

    def add(self, path: str, target: str) -> None:
        """Remember that *path* is a link to *target*, which is relative to its folder unless it starts with ``/``."""
        self._targets.put(path, target)
        if path in self._passed:
            self.forget()

    def remove(self, paths: AbstractSet[str]) -> None:
        """Forget the links at *paths*."""
        self._targets.remove(paths)
        self.forget()

    def hide(self, hidden: Hidden) -> None:
        """Forget the links that are *hidden*."""
        self._targets.hide(hidden)
        self.forget()

    def resolve_parent(self, path: str) -> str:
        """Return *path* with the links in its folders followed, its last part left as it is."""
        folder, separator, name = path.rpartition("/")
        if not separator or not self._targets:
            return path
        place = self._resolved.get(folder)
        if place is None:
            passed: list[str] = []
            place = self._walk(folder, passed)
            if len(self._passed) < _MOST_KEPT and all(len(one) <= _LONGEST_KEPT for one in passed):
                self._resolved[folder] = place
                self._passed.update(passed)
        return f"{place}/{name}" if place else name

    def resolve_parents(self, paths: AbstractSet[str]) -> set[str]:
        """Return where those of *paths* lie that are named by a link to a folder above them."""
        above = folders_above(paths)
        if above is not None and self._targets.has_none_of(above):
            return set()
        return {place for path in paths if (place := self.resolve_parent(path)) != path}

    def forget(self) -> None:
        """Let go of what is remembered of places: links that are kept need not hold it."""
        self._resolved.clear()
        self._passed.clear()

    def _walk(self, path: str, passed: list[str]) -> str:
        """Return where *path* leads, links followed in every part, never above the root; and what it *passed*."""
        pending = path.split("/")[::-1]
        done: list[str] = []
        hops = 0
        while pending:
            part = pending.pop()
            if part in ("", "."):
                continue
            if part == "..":
                if done:
                    done.pop()
                continue
            done.append(part)
            passed.append("/".join(done))
            target = self._targets.get(passed[-1])
            if target is None:
                continue
            hops += 1
            if hops > _MAX_HOPS:
                return path
            done = [] if target.startswith("/") else done[:-1]
            pending.extend(target.split("/")[::-1])
        return "/".join(done)
