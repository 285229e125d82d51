"""What a detector is, and how it says which files it wants."""

from collections.abc import Iterator
from typing import Protocol

import msgspec

from hullscan.layers.file import LayerFile
from hullscan.model.package import Detected


class Interest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    Where a detector's files are, as look-ups: asked for every file of every layer, so no patterns.

    A file is offered to `Detector.wants` if any of these holds.

    Attributes:
        paths: Whole paths: ``var/lib/dpkg/status``.
        basenames: Last parts: ``METADATA``, ``package.json``.
        suffixes: Endings of the last part from a dot on, lower case: ``.jar``, ``.deps.json``. The last two dotted
            parts are looked up, ``.json`` and ``.deps.json`` for ``app.deps.json``.
        folders: Paths of folders (no trailing slash) whose direct members are wanted: ``var/lib/dpkg/status.d``.
        stores: Ends of paths of folders whose member folders say by their names alone what they are: ``nix/store``.
            Such a member is offered as a file without content, its path with a slash at the end.
        executables: ELF, PE and Mach-O files, told by their first bytes, whatever their name.
    """

    paths: frozenset[str] = frozenset()
    basenames: frozenset[str] = frozenset()
    suffixes: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    stores: frozenset[str] = frozenset()
    executables: bool = False


class Detector(Protocol):
    """
    Finds packages in files; one module per package database or kind of file.

    `revision` is raised when the same file would now give another answer: layers seen with the old one are read again.
    `directory_only` detectors (lock files) look at directory scans, and at images only when asked.
    """

    name: str
    revision: int
    interest: Interest
    directory_only: bool

    def wants(self, path: str) -> bool:
        """Say whether the file at *path* is wanted; only asked where `interest` holds. Text comparison only."""
        ...

    def detect(self, file: LayerFile) -> Iterator[Detected]:
        """
        Yield what *file* says, in its order.

        A part that cannot be read is yielded as a `Problem` and the rest goes on; a file that cannot be read at all
        raises `UnreadableInput` (or ValueError, KeyError, struct.error … from a library): what was yielded before
        stands, and the set records the problem.
        """
        ...
