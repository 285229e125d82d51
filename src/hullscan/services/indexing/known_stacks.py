"""Layers that were laid over each other before: for an image built on them, only what is new is laid on top."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import msgspec

from hullscan.inventory.stack import NO_LAYERS, Stack
from hullscan.model.package import LayerInventory

_MOST_BYTES: Final = 64 * 1024 * 1024
_MOST_LAYERS: Final = 128
"""Of one image: what container engines can lay over each other (Docker's overlay2 driver); a hostile one may name thousands."""

_PACKAGE_BYTES: Final = 1_000
_TEXT_BYTES: Final = 150
_PATH_BYTES: Final = 150
"""
What Python takes for a package with its file, and for a path in a list or a link, beside the text itself; and in each stack
for a path of any layer (tracemalloc: half of this for debian12-app).
"""

_Key = tuple[str, ...]


class KnownStacks:
    """
    Stacks by the identity of the detectors that saw their layers, and these layers' digests from the lowest up.

    What a digest names never changes, so they never grow old. Those not used for longest are forgotten first; a stack counts
    as used with those on top of it, which share what it holds.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._stacks: OrderedDict[_Key, tuple[Stack, int]] = OrderedDict()
        self.kept_bytes = 0
        self._lock = threading.Lock()

    def highest(self, detectors: str, digests: Sequence[str]) -> tuple[Stack, int]:
        """Return the highest stack that is known of the lowest of the layers *digests*, and how many layers it has."""
        with self._lock:
            for count in range(min(len(digests), _MOST_LAYERS), 0, -1):
                key = (detectors, *digests[:count])
                if key in self._stacks:
                    self._use(key)
                    return self._stacks[key][0], count
        return NO_LAYERS, 0

    def keep(self, detectors: str, digests: Sequence[str], stack: Stack, top: LayerInventory) -> None:
        """Keep the *stack* of the layers *digests*, the uppermost of which brought *top*, if the one below it is kept."""
        key = (detectors, *digests)
        with self._lock:
            stands = len(digests) == 1 or key[:-1] in self._stacks
            if key in self._stacks or not stands or len(digests) > _MOST_LAYERS:
                return
            added_bytes = _bytes_of(top) + _PATH_BYTES * stack.paths
            self._stacks[key] = (stack, added_bytes)
            self._use(key)
            self.kept_bytes += added_bytes
            while self.kept_bytes > self._most_bytes:
                _, (_, forgotten_bytes) = self._stacks.popitem(last=False)
                self.kept_bytes -= forgotten_bytes

    def _use(self, key: _Key) -> None:
        """Make the stack *key* and all below it the last to be forgotten, the lowest after all on top of it."""
        for count in range(len(key), 1, -1):
            self._stacks.move_to_end(key[:count])


def _bytes_of(inventory: LayerInventory) -> int:
    packages = sum(1 + len(file.packages) for file in inventory.files)
    texts = 2 * len(inventory.links) + sum(len(owned.paths) for file in inventory.files for owned in file.owned)
    plain_bytes = len(msgspec.msgpack.encode((inventory.files, inventory.links)))
    return plain_bytes + _PACKAGE_BYTES * packages + _TEXT_BYTES * texts
