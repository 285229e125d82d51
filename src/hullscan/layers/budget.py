"""How much of a layer is read before it counts as hostile."""

from typing import Final

import msgspec

MIB: Final = 1024 * 1024


class Budget(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    Limits of one layer's walk; a breach ends the walk (or leaves out the one file) and is a `Problem`.

    Attributes:
        inflated_bytes: Bytes of the tar.
        ratio: Inflated bytes for each compressed byte, once `ratio_floor_bytes` are inflated.
        entries: Tar entries.
        path_bytes: Length of a path; a longer one's entry is left out.
        header_bytes: Size of one extended header.
        file_bytes: Size of one wanted file; a larger one is left out.
        memory_bytes: Bytes of one wanted file held in memory; a larger one goes to a temporary file.
    """

    inflated_bytes: int = 64 * 1024 * MIB
    ratio: int = 1_100
    ratio_floor_bytes: int = 64 * MIB
    entries: int = 5_500_000
    path_bytes: int = 4_096
    header_bytes: int = MIB
    file_bytes: int = 1024 * MIB
    memory_bytes: int = 8 * MIB


DEFAULT_BUDGET: Final = Budget()
