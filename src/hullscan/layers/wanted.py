"""Which files of a layer are read: what a walk needs to know of detectors."""

from collections.abc import Iterable
from typing import Protocol

from hullscan.layers.file import LayerFile
from hullscan.model.package import DetectedFile


class Wanted(Protocol):
    """Says which files are wanted, and takes each as soon as it is complete."""

    @property
    def wants_executables(self) -> bool:
        """Whether programs are wanted, told by their first bytes."""
        ...

    def wants(self, path: str) -> bool:
        """Say whether the file at *path* is wanted; asked for every file, so only look-ups."""
        ...

    def needs_siblings(self, path: str) -> bool:
        """Say whether the file at *path* is read together with others of its folder, so at the layer's end."""
        ...

    def folders(self, paths: Iterable[str]) -> list[str]:
        """Return the folders that are wanted for their names among those that *paths* are or lie in, a slash at their ends."""
        ...

    def detect(self, file: LayerFile) -> tuple[DetectedFile, ...]:
        """Return what the file says. Broken content is a `Problem` in it, never an error."""
        ...
