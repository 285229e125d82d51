"""What a layer changes, gathered entry by entry: files, links, whiteouts, and which of them is the last word."""

import io
import posixpath
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import IO, Final

from hullscan.layers.content import LeftOut
from hullscan.layers.file import LayerFile
from hullscan.layers.wanted import Wanted
from hullscan.model.package import DetectedFile, LayerInventory
from hullscan.model.report import Problem

WHITEOUT: Final = ".wh."
"""How the name of a marker begins."""

_OPAQUE: Final = ".wh..wh..opq"
_AUFS: Final = ".wh..wh."
"""Other names with this beginning are AUFS's own book-keeping (its aufs(5) manual), which layers may still hold."""


class Changes:
    """
    Gathers one layer.

    What could not be said, because bytes were passed over, is told at its end: `missing_targets` are files that wanted hard links
    name, `left_out` whether bytes of a program were asked for that had not been kept.

    Rule: OCI `layer.md`, "Whiteouts": a marker hides what the layers below have, never files of its own layer. Of two
    entries with one path the later one counts, and an entry that is no folder removes what stood under its path.
    """

    def __init__(self, wanted: Wanted, targets: frozenset[str] = frozenset()) -> None:
        self._wanted = wanted
        self._targets = targets
        self._files: dict[str, tuple[DetectedFile, ...]] = {}
        self._waiting: dict[str, LayerFile] = {}
        self._links: dict[str, str] = {}
        self._hard_links: dict[str, str] = {}
        self._whiteouts: dict[str, None] = {}
        self._opaques: dict[str, None] = {}
        self._others: dict[str, None] = {}
        self._folders: dict[str, None] = {}
        # All paths seen: nearly every entry is the first of its path, and then there is nothing to take back.
        self._seen: set[str] = set()
        self._problems: list[Problem] = []
        self._contents: dict[str, LayerFile] = {}
        self.missing_targets: frozenset[str] = frozenset()
        self.left_out = False

    def problem(self, problem: Problem) -> None:
        """Note what could not be read."""
        self._problems.append(problem)

    def folder(self, path: str) -> None:
        """A folder is here; it leaves what is in it alone."""
        if path in self._seen:
            self._forget(path)
        self._seen.add(path)
        self._folders[path] = None

    def symbolic_link(self, path: str, target: str) -> None:
        """A symbolic link to *target*, as written."""
        self._replace(path)
        self._links[path] = target

    def hard_link(self, path: str, target: str) -> None:
        """A second name of *target*, which stands earlier in this layer or in one below."""
        self._replace(path)
        self._hard_links[path] = target

    def other(self, path: str) -> None:
        """A file that nobody wants, or a device."""
        if path in self._seen:
            self._replace(path)
        self._seen.add(path)
        self._others[path] = None

    def marker(self, path: str) -> bool:
        """Take *path* if it is a whiteout or another marker; False if it is a file like any."""
        folder, _, name = path.rpartition("/")
        if not name.startswith(WHITEOUT):
            return False
        if name == _OPAQUE:
            self._opaques[folder] = None
        elif not name.startswith(_AUFS) and name != WHITEOUT:
            hidden = name[len(WHITEOUT) :]
            self._whiteouts[f"{folder}/{hidden}" if folder else hidden] = None
        return True

    def regular(self, file: LayerFile, *, program: bool) -> None:
        """A file that was wanted, complete."""
        self._replace(file.path)
        if file.path in self._targets:
            self._contents[file.path] = file
        if self._wanted.needs_siblings(file.path):
            self._waiting[file.path] = file
            return
        if self._wanted.wants(file.path) or program:
            try:
                self._files[file.path] = self._wanted.detect(file)
            except LeftOut:
                self.left_out = True
                self._others[file.path] = None
        else:
            self._others[file.path] = None
        if file.path not in self._contents:
            file.release()

    def finish(self) -> LayerInventory:
        """Return the layer's inventory, files that need each other and hard links read at last."""
        for path, file in self._waiting.items():
            self._files[path] = self._wanted.detect(_with_siblings(file, self._waiting))
        unbound = self._bind_hard_links()
        self.release()
        entries = list(self._entries())
        self._read_names(entries)
        return LayerInventory(
            files=tuple(detected for group in self._files.values() for detected in group),
            links=tuple(self._links.items()),
            hard_links=tuple(unbound.items()),
            whiteouts=tuple(self._whiteouts),
            opaques=tuple(self._opaques),
            others="\n".join(entries),
            problems=tuple(dict.fromkeys(self._problems)),
        )

    def release(self) -> None:
        """Let the files go that were kept for what comes after them."""
        for file in (*self._waiting.values(), *self._contents.values()):
            file.release()

    def _read_names(self, entries: Iterable[str]) -> None:
        """Take the folders that say by their names alone what they are: all paths of the layer are known now."""
        for folder in self._wanted.folders(chain(entries, self._files, self._links, self._hard_links)):
            self._files[folder] = self._wanted.detect(LayerFile(folder, 0, io.BytesIO))

    def _entries(self) -> Iterator[str]:
        """Paths nobody wanted, and folders with a slash; a line break in a name would make two of it."""
        yield from (path for path in self._others if "\n" not in path)
        yield from (path + "/" for path in self._folders if "\n" not in path)

    def _bind_hard_links(self) -> dict[str, str]:
        """Give hard links what their targets of this layer say; return those whose target is not of this layer."""
        unbound: dict[str, str] = {}
        missing: set[str] = set()
        for path, link in self._hard_links.items():
            target = self._final_target(link)
            wanted = self._wanted.wants(path)
            if target in self._contents and wanted:
                file = self._contents[target]
                self._files[path] = self._wanted.detect(LayerFile(path, file.size_bytes, file.open))
            elif wanted and target in self._files and not self._wanted.wants(target):
                # A program that was read for its first bytes alone; by this name, more is wanted of it.
                missing.add(target)
            elif target in self._files:
                self._files[path] = tuple(detected.named(path) for detected in self._files[target])
            elif wanted and target in self._others:
                missing.add(target)
            elif wanted and target:
                unbound[path] = target
            else:
                self._others[path] = None
        self.missing_targets = frozenset(missing)
        return unbound

    def _final_target(self, target: str) -> str:
        seen: set[str] = set()
        while target in self._hard_links and target not in seen:
            seen.add(target)
            target = self._hard_links[target]
        return target

    def _forget(self, path: str) -> None:
        for files in (self._waiting, self._contents):
            if (file := files.pop(path, None)) is not None:
                file.release()
        for known in (self._files, self._links, self._hard_links, self._others):
            known.pop(path, None)

    def _replace(self, path: str) -> None:
        if path not in self._seen:
            self._seen.add(path)
            return
        self._forget(path)
        if path not in self._folders:
            return
        del self._folders[path]
        under = path + "/"
        tables = (
            self._files,
            self._waiting,
            self._links,
            self._hard_links,
            self._others,
            self._contents,
            self._folders,
        )
        for name in [name for known in tables for name in known if name.startswith(under)]:
            self._forget(name)
            self._folders.pop(name, None)


def _with_siblings(file: LayerFile, waiting: dict[str, LayerFile]) -> LayerFile:
    folder = file.path.rpartition("/")[0]

    def sibling(name: str) -> LayerFile | None:
        return waiting.get(posixpath.normpath(f"{folder}/{name}" if folder else name))

    def open_content() -> IO[bytes]:
        return file.open()

    return LayerFile(file.path, file.size_bytes, open_content, sibling)
