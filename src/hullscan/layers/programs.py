"""Programs, told by their first bytes."""

import struct
from typing import Final

MAGIC_BYTES: Final = 4
"""So many bytes tell a program from another file."""

SMALLEST_PROGRAM: Final = 256

HEADER_BYTES: Final = 2048
"""So many bytes hold the program headers of nearly all programs."""

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


_ELF_64: Final = b"\x7fELF\x02\x01"
"""Of eight-byte addresses, the low byte first: as nearly all programs of images are."""

_TABLE: Final = struct.Struct("<32xQ14xHH8x")
"""Of an ELF-64 header: where its program headers are, the size of each, and how many."""

_SEGMENT: Final = struct.Struct("<IIQ16xQ16x")
"""Of a program header: type, flags, offset in the file, bytes in the file."""

_LOADED, _RUN = 1, 1
_PAGE: Final = 4096


def machine_code(head: bytes, size_bytes: int) -> range:
    """
    Return which bytes of a program are its machine code, half of most programs; it begins with *head* and has *size_bytes*.

    That is the largest segment that is run, but for the file's first page, where headers are. Linkers put what is only read into
    a segment of its own; some old ones put it here too. Empty where *head* does not say it.

    Rule: System V ABI, "Program Header".
    """
    found = range(0)
    last = max(size_bytes, _PAGE)
    if not head.startswith(_ELF_64) or len(head) < _TABLE.size:
        return found
    table, size, count = _TABLE.unpack_from(head)
    if size < _SEGMENT.size:
        return found
    for place in range(table, table + count * size, size):
        if place + _SEGMENT.size > len(head):
            break
        kind, flags, offset, length = _SEGMENT.unpack_from(head, place)
        part = range(min(max(offset, _PAGE), last), min(max(offset + length, _PAGE), last))
        if kind == _LOADED and flags & _RUN and len(part) > len(found):
            found = part
    return found
