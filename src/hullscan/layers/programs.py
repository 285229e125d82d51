"""Programs, told by their first bytes."""

from typing import Final

MAGIC_BYTES: Final = 4
"""So many bytes tell a program from another file."""

SMALLEST_PROGRAM: Final = 256

_MAGICS: Final = (
    b"\x7fELF",
    b"MZ",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
)
"""ELF, PE, Mach-O of both orders and widths, and its fat form."""


def is_program(head: bytes) -> bool:
    """Say whether a file that begins with *head* is a program."""
    return head.startswith(_MAGICS)
