"""A root file system in a folder, walked as one layer."""

import os
import stat
from pathlib import Path
from typing import IO, Final

from hullscan.errors import NotFound
from hullscan.layers.budget import DEFAULT_BUDGET, Budget
from hullscan.layers.changes import Changes
from hullscan.layers.file import LayerFile
from hullscan.layers.programs import MAGIC_BYTES, SMALLEST_PROGRAM, is_program
from hullscan.layers.wanted import Wanted
from hullscan.model.package import LayerInventory
from hullscan.model.report import Problem

_KERNEL_FOLDERS: Final = frozenset({"proc", "sys", "dev"})
"""At the root of a running machine these are views into the kernel, not files of an image."""


def walk_directory(root: Path, wanted: Wanted, budget: Budget = DEFAULT_BUDGET) -> LayerInventory:
    """
    Walk the folder *root* and return what it holds. Symbolic links are noted, never followed.

    Raises:
        NotFound: *root* is no folder.
    """
    if not root.is_dir():
        raise NotFound(f"{root} is not a folder")
    changes = Changes(wanted)
    real = os.path.realpath(root)

    def unreadable(error: OSError) -> None:
        changes.problem(
            Problem(
                code="unreadable-folder",
                message=f"the folder could not be read: {error.strerror}",
                path=os.path.relpath(error.filename, real) if error.filename else "",
            )
        )

    entries = 0
    for folder, names, files in os.walk(real, onerror=unreadable):
        relative = os.path.relpath(folder, real)
        prefix = "" if relative == "." else relative + "/"
        if not prefix and real == "/":
            names[:] = [name for name in names if name not in _KERNEL_FOLDERS]
        names.sort()
        for name in [*names, *sorted(files)]:
            entries += 1
            if entries > budget.entries:
                changes.problem(Problem(code="budget-exceeded", message=f"more than {budget.entries} entries"))
                return changes.finish()
            _entry(changes, wanted, budget, os.path.join(folder, name), prefix + name)
    return changes.finish()


def _entry(changes: Changes, wanted: Wanted, budget: Budget, place: str, path: str) -> None:
    try:
        found = os.lstat(place)
    except OSError as error:
        changes.problem(Problem(code="unreadable-file", message=str(error.strerror), path=path))
        return
    if stat.S_ISLNK(found.st_mode):
        changes.symbolic_link(path, os.readlink(place))
    elif stat.S_ISREG(found.st_mode):
        by_name = wanted.wants(path)
        program = not by_name and wanted.wants_executables and found.st_size >= SMALLEST_PROGRAM and _is_program(place)
        if not by_name and not program:
            changes.other(path)
        elif found.st_size > budget.file_bytes:
            changes.problem(
                Problem(code="file-not-read", message=f"a file of {found.st_size} bytes is not read", path=path)
            )
        elif not os.access(place, os.R_OK):
            changes.problem(Problem(code="unreadable-file", message="no permission to read it", path=path))
        else:
            changes.regular(LayerFile(path, found.st_size, _Opener(place)), program=program)


class _Opener:
    """Opens one file again and again."""

    def __init__(self, place: str) -> None:
        self._place = place

    def __call__(self) -> IO[bytes]:
        return open(self._place, "rb")  # noqa: PTH123 (a path of bytes that are no text stays as it is)


def _is_program(place: str) -> bool:
    try:
        with open(place, "rb") as stream:  # noqa: PTH123
            return is_program(stream.read(MAGIC_BYTES))
    except OSError:
        return False
