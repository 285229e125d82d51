"""Memory of short-lived pieces, of a walk or an upload, used again by the next."""

from typing import Final

from hullscan.layers.budget import MIB

_KEPT_BYTES: Final = 8 * MIB


def keep_freed_memory(kept_bytes: int = _KEPT_BYTES) -> None:
    """
    Have this process, and those forked from it, keep *kept_bytes* of freed memory for each thread instead of giving them
    back at once.

    Each piece that is inflated would else be of new pages: a hundred thousand of them, and a sixth of the time, for 800 MB.

    Rule: mallopt(3), M_MMAP_THRESHOLD: glibc raises the size from which it gives memory back when a larger block is freed.
    Other allocators take no notice.
    """
    bytes(kept_bytes)  # which, unlike a bytearray, comes as the kernel gives it: none of its pages is touched
