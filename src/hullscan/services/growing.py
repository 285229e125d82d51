"""The walk of a layer whose file still grows."""

import os
from typing import IO, Final

from hullscan.inventory.codec import encode
from hullscan.layers.budget import MIB, Budget
from hullscan.layers.walk import LayerWalker, walk_layer
from hullscan.services.index import detector_set

_READ_BYTES: Final = 256 * 1024

_BUDGET: Final = Budget(memory_bytes=MIB)
"""Many layers are walked at once: their larger files go to temporary ones, which takes a twentieth more time."""


class GrowingLayer:
    """Walks the file *descriptor*, which need not be a layer and is closed at the end."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._walker = LayerWalker(detector_set(), _BUDGET)
        self._position = 0

    def step(self, size_bytes: int) -> bool:
        """Walk one piece of the first *size_bytes*, which are there; False once none of them is left."""
        if self._walker.over or self._position >= size_bytes:
            return False
        piece = os.pread(self._descriptor, min(_READ_BYTES, size_bytes - self._position), self._position)
        self._position += len(piece)
        self._walker.feed(piece)
        return bool(piece)

    def finish(self) -> bytes:
        """
        Return the encoded inventory, all of the file having been walked; nothing if it is no layer.

        A second walk happens only where a wanted hard link names a file that the first passed over.
        """
        inventory = self._walker.finish()
        if not self._walker.saw_entries:
            return b""
        if self._walker.missing_targets:
            inventory = walk_layer(self._again, detector_set(), _BUDGET)
        return encode(inventory)

    def close(self) -> None:
        """Let the file go."""
        os.close(self._descriptor)

    def _again(self) -> IO[bytes]:
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        return os.fdopen(os.dup(self._descriptor), "rb")
