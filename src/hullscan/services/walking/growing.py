"""The walk of a layer whose file still grows."""

import os
from typing import IO, Final

from hullscan.detectors.for_images import detector_set
from hullscan.inventory.codec import encode
from hullscan.layers.budget import MIB, Budget
from hullscan.layers.walk import LayerWalker, walk_again

_READ_BYTES: Final = 256 * 1024

MEMORY_BYTES: Final = 2 * MIB
"""Most programs and archives stay in it; what is larger goes to a temporary file, and the walk takes a twentieth longer."""


class GrowingLayer:
    """Walks the file *descriptor*, which need not be a layer; *memory_bytes* of one of its files are kept in memory."""

    def __init__(self, descriptor: int, memory_bytes: int = MEMORY_BYTES) -> None:
        self._descriptor = descriptor
        self._walker = LayerWalker(detector_set(), Budget(memory_bytes=memory_bytes))
        self.walked_bytes = 0

    def step(self, size_bytes: int) -> bool:
        """Walk one piece of the first *size_bytes*, which are there; False once none of them is left."""
        if self._walker.over or self.walked_bytes >= size_bytes:
            return False
        piece = os.pread(self._descriptor, min(_READ_BYTES, size_bytes - self.walked_bytes), self.walked_bytes)
        self.walked_bytes += len(piece)
        self._walker.feed(piece)
        return bool(piece)

    def finish(self) -> bytes:
        """Return the encoded inventory, all of the file having been walked; nothing if it is no layer."""
        inventory = self._walker.finish()
        if not self._walker.saw_entries:
            return b""
        return encode(walk_again(self._again, self._walker, inventory))

    def close(self) -> None:
        """Let the file go, and what was kept of it."""
        self._walker.abandon()
        os.close(self._descriptor)

    def _again(self) -> IO[bytes]:
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        return os.fdopen(os.dup(self._descriptor), "rb")
