"""Symbolic links of an image, as far as the places of files depend on them."""

from collections.abc import Collection, Iterable
from typing import Final

_MAX_HOPS: Final = 40
"""As the kernel: path_resolution(7), "a limit on the maximum number of symbolic links followed is 40"."""


_MOST_KEPT: Final = 100_000
_LONGEST_KEPT: Final = 256
"""Folders, and characters of their paths, that are kept while layers are compared: 25 MB at most, whatever the image."""


class Hidden:
    """
    Paths that are gone, what is under them, and what is in folders that were emptied: ask with ``in``.

    What is known of a folder is kept: the thousands of files of an image lie in a few hundred folders.
    """

    def __init__(self, gone: Collection[str], emptied: Collection[str]) -> None:
        self._gone = gone
        self._folders: dict[str, bool] = {"": "" in emptied}
        self._emptied = emptied
        self._above: set[str] | None = None

    def __contains__(self, path: str) -> bool:
        if path in self._gone:
            return True
        folder = path.rpartition("/")[0]
        known = self._folders.get(folder)
        return self._inside(folder) if known is None else known

    def may_hold(self, folder: str) -> bool:
        """Say whether anything in *folder* may be hidden: it is itself, or something under it is named."""
        if self._above is None:
            self._above = self._all_above()
        return not self._above or folder in self._above or folder in self._emptied or folder in self

    def _all_above(self) -> set[str]:
        """Return the folders above what is named; none where there are more than are kept, and all may hold something."""
        named = (*self._gone, *self._emptied)
        if any(len(path) > _LONGEST_KEPT for path in named):
            return set()
        above = _folders_of(named, most=_MOST_KEPT)
        return above | {""} if len(above) <= _MOST_KEPT else set()

    def _inside(self, folder: str) -> bool:
        climbed = []
        while (known := self._folders.get(folder)) is None:
            climbed.append(folder)
            if folder in self._gone or folder in self._emptied:
                known = True
                break
            folder = folder.rpartition("/")[0]
        if len(self._folders) < _MOST_KEPT:
            self._folders.update((one, known) for one in climbed if len(one) <= _LONGEST_KEPT)
        return known


class Links:
    """Link path → target, and what a path means with them. Cycles end after 40 hops and are then left as written."""

    def __init__(self) -> None:
        self._targets: dict[str, str] = {}
        self._resolved: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._targets)

    def add(self, path: str, target: str) -> None:
        """Remember that *path* is a link to *target*, which is relative to its folder unless it starts with ``/``."""
        self._targets[path] = target
        self._resolved.clear()

    def remove(self, paths: Iterable[str]) -> None:
        """Forget the links at *paths*."""
        for path in self._targets.keys() & set(paths):
            del self._targets[path]
        self._resolved.clear()

    def hide(self, hidden: Hidden) -> None:
        """Forget the links that are *hidden*."""
        self.remove([path for path in self._targets if path in hidden])

    def resolve(self, path: str) -> str:
        """Return where *path* leads, links followed in every part; never above the root."""
        return self._walk(path)

    def resolve_parent(self, path: str) -> str:
        """Return *path* with the links in its folders followed, its last part left as it is."""
        if not self._targets or "/" not in path:
            return path
        folder, _, name = path.rpartition("/")
        place = self._resolved.get(folder)
        if place is None:
            place = self._walk(folder)
            if len(self._resolved) < _MOST_KEPT and len(folder) <= _LONGEST_KEPT:
                self._resolved[folder] = place
        return f"{place}/{name}" if place else name

    def folder_aliases(self, paths: Iterable[str]) -> list[tuple[str, str]]:
        """Return (link, folder it leads to) for the links that lead to a folder of any of *paths*."""
        if not self._targets:
            return []
        folders = _folders_of(paths)
        resolved = ((link, self.resolve(link)) for link in self._perhaps_to(folders))
        return [(link, place) for link, place in resolved if place in folders]

    def _perhaps_to(self, folders: Iterable[str]) -> list[str]:
        """
        Return the links that may lead to one of *folders*, by the last part of their targets alone.

        Most links of an image are libraries' and lead to files; following each would take longer than all else here.
        """
        by_target: dict[str, list[str]] = {}
        for link, target in self._targets.items():
            by_target.setdefault(_name(target), []).append(link)
        names = {_name(folder) for folder in folders} | {"", ".", ".."}
        found: dict[str, None] = {}
        while names:
            more = [link for name in names for link in by_target.pop(name, ())]
            found.update(dict.fromkeys(more))
            names = {_name(link) for link in more}
        return list(found)

    def _walk(self, path: str) -> str:
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
            target = self._targets.get("/".join(done))
            if target is None:
                continue
            hops += 1
            if hops > _MAX_HOPS:
                return path
            done = [] if target.startswith("/") else done[:-1]
            pending.extend(target.split("/")[::-1])
        return "/".join(done)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _folders_of(paths: Iterable[str], most: int | None = None) -> set[str]:
    """Return all folders above *paths*, but for the root; some of them only, where there are more than *most*."""
    above: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in above:
            above.add(folder)
            folder = folder.rpartition("/")[0]
        if most is not None and len(above) > most:
            break
    return above
