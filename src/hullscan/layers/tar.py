"""
Reads a tar archive that arrives in chunks, skipping what nobody wants without copying it.

Rule: POSIX.1-2024 pax (ustar and extended headers), and GNU tar's long names, base-256 numbers and sparse files.
`tarfile` is not used: it wants end blocks, which real layers lack, and spends ten times as long on a header.
"""

import struct
from collections.abc import Callable
from functools import lru_cache
from typing import Final, Protocol

import msgspec
from isal import isal_zlib

from hullscan.errors import BudgetExceeded, UnreadableInput
from hullscan.layers.budget import DEFAULT_BUDGET, Budget

_BLOCK: Final = 512
_ZEROS: Final = bytes(_BLOCK)

REGULAR: Final = b"0"
HARD_LINK: Final = b"1"
SYMBOLIC_LINK: Final = b"2"
FOLDER: Final = b"5"
SPARSE: Final = b"S"
"""A file stored without its holes: its content here is not what it reads as, so it is never taken."""

_HEADER: Final = struct.Struct("100s24x12s12x8sc100s6s82x155s12x")
"""Of a ustar header: name, size, checksum, type flag, link, magic, prefix."""

_AHEAD_BYTES: Final = 4
"""So much of a member's content is shown with its entry; it tells programs from other files."""

_EXTENDED: Final = frozenset((b"x", b"g", b"L", b"K"))
_REGULAR_TOO: Final = {b"\0": REGULAR, b"7": REGULAR, b" ": REGULAR}
_WITHOUT_CONTENT: Final = frozenset((b"1", b"2", b"3", b"4", b"5", b"6"))
_CONTENT_TYPES: Final = frozenset((b"0", b"\0", b" ", b"7", b"S", b"D", b"M", b"V"))
"""Types whose size says how much content follows; for links, devices and folders it means nothing."""


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One archive member: `path` and `link` as written; `kind` its type flag; size in bytes."""

    path: str
    kind: bytes
    size_bytes: int
    link: str


class Sink(Protocol):
    """Takes the content of one member."""

    def write(self, data: memoryview) -> bool:
        """Take the next piece, a view of bytes that never change; False if the rest is not wanted."""
        ...

    def close(self) -> None:
        """The member is complete."""
        ...

    def abandon(self) -> None:
        """The archive ended before the member did."""
        ...


class TarReader:
    """
    Calls *on_entry* for each member, with the first bytes that follow its header (at most four; fewer, even none, where the
    data at hand end); what that returns takes the member's content, None skips it.

    Raises (from `feed` and `finish`):
        UnreadableInput: A header is damaged, or the archive ends within a member; what came before was given.
        BudgetExceeded: More entries, or larger headers, than the budget allows.
    """

    def __init__(self, on_entry: Callable[[Entry, bytes], Sink | None], budget: Budget = DEFAULT_BUDGET) -> None:
        self._on_entry = on_entry
        self._budget = budget
        self._carry = bytearray()
        self._skip = 0
        self._skipping_content = False
        self._left = 0
        self._padding = 0
        self._sink: Sink | None = None
        self._header: bytearray | None = None
        self._header_kind = b""
        self._pax: dict[str, str] = {}
        self._global: dict[str, str] = {}
        self._long_path: str | None = None
        self._long_link: str | None = None
        self._sparse_map = False
        self._after_map = 0
        self.entries = 0

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the archive."""
        view = memoryview(data)
        position, end = 0, len(view)
        while position < end:
            if self._skip:
                if self._skip >= end - position:
                    self._skip -= end - position
                    return
                position += self._skip
                self._skip = 0
                continue
            if self._left:
                step = min(self._left, end - position)
                self._take(view[position : position + step])
                position += step
                continue
            if self._carry or end - position < _BLOCK:
                step = min(_BLOCK - len(self._carry), end - position)
                self._carry += view[position : position + step]
                position += step
                if len(self._carry) == _BLOCK:
                    block = bytes(self._carry)
                    self._carry.clear()
                    self._block(block, data[position : position + _AHEAD_BYTES])
                continue
            position += _BLOCK
            self._block(data[position - _BLOCK : position], data[position : position + _AHEAD_BYTES])

    def finish(self) -> None:
        """
        Say that the archive is over; it may lack its end blocks and the padding of its last member.

        Some writers leave those out (as Go's archive/tar, which allows it too, says of them); but none writes half of them.
        """
        in_content = self._skipping_content and self._skip > self._padding
        in_padding = 0 < self._skip < self._padding
        if self._left or self._header is not None or in_content or in_padding:
            raise UnreadableInput("the archive ends within a file: the layer is cut off")
        if self._carry.strip(b"\0"):
            raise UnreadableInput("the archive ends within a header: the layer is cut off")

    def abandon(self) -> None:
        """Say that nothing more is read: the member under way is not complete and will not be."""
        if self._sink is not None:
            self._sink.abandon()
            self._sink = None

    def _take(self, piece: memoryview) -> None:
        self._left -= len(piece)
        if self._header is not None:
            self._header += piece
        elif self._sink is not None and not self._sink.write(piece):
            # It has seen enough: the rest of the member is passed over in one step.
            self._sink.close()
            self._skip_content(self._left)
            self._left = 0
            return
        if self._left == 0:
            self._skip = self._padding
            if self._header is not None:
                header, self._header = bytes(self._header), None
                self._extended(header)
            elif self._sink is not None:
                sink, self._sink = self._sink, None
                sink.close()

    def _block(self, block: bytes, ahead: bytes) -> None:
        if self._sparse_map:
            self._map_block(block)
            return
        self._skipping_content = False
        if block == _ZEROS:
            return  # an end block; archives that were put one after another go on behind it
        name, octal_size, checksum, kind, link, magic, prefix = _HEADER.unpack(block)
        if isal_zlib.adler32(block) & 0xFFFF != _sum_said(checksum) and not _signed_sum_holds(block, checksum):
            raise UnreadableInput("an archive header is damaged (its checksum is wrong)")
        size = _number(octal_size)
        if size < 0:
            raise UnreadableInput("an archive header says a negative size")
        if kind in _EXTENDED:
            if size > self._budget.header_bytes:
                raise BudgetExceeded(f"an extended header of {size} bytes is larger than allowed")
            self._header_kind = kind
            self._begin(size, header=True)
            return
        path = self._long_path
        if path is None:
            path = name.partition(b"\0")[0].decode("utf-8", "surrogateescape")
            if prefix[0] and magic == b"ustar\0":
                path = f"{_text(prefix)}/{path}"
        target = self._long_link
        if target is None:
            target = _text(link) if link[0] else ""
        entry = self._entry(path, target, kind, size)
        if self._pax:
            self._pax = {}
        self._long_path = self._long_link = None
        sink = self._on_entry(entry, ahead)
        content = entry.size_bytes
        self._padding = -content % _BLOCK
        if kind == SPARSE and block[482] == 1:
            self._sparse_map = True
            self._after_map = content
        elif content == 0:
            if sink is not None:
                sink.close()
        elif sink is None:
            self._skip = content + self._padding
            self._skipping_content = True
        else:
            self._sink = sink
            self._begin(content, header=False)

    def _begin(self, size: int, *, header: bool) -> None:
        self._left = size
        self._padding = -size % _BLOCK
        if header:
            self._header = bytearray()
            if size == 0:
                self._header = None

    def _entry(self, path: str, link: str, flag: bytes, size: int) -> Entry:
        self.entries += 1
        if self.entries > self._budget.entries:
            raise BudgetExceeded(f"more than {self._budget.entries} entries in one layer")
        kind = _REGULAR_TOO.get(flag, flag)
        if self._global or self._pax:
            pax = {**self._global, **self._pax}
            path = pax.get("GNU.sparse.name") or pax.get("path", path)
            link = pax.get("linkpath", link)
            size = _pax_size(pax, size)
            if "GNU.sparse.name" in pax or "GNU.sparse.size" in pax or "GNU.sparse.realsize" in pax:
                kind = SPARSE
        if kind == REGULAR and path.endswith("/"):
            kind = FOLDER  # V7 archives know folders by their slash only
        has_content = kind != FOLDER and (flag in _CONTENT_TYPES or kind not in _WITHOUT_CONTENT)
        return Entry(path, kind, size if has_content else 0, link)

    def _skip_content(self, size: int) -> None:
        """Pass over content and padding; an archive that ends within the content is still known to be cut off."""
        self._skip = size + self._padding
        self._skipping_content = True
        self._sink = None

    def _map_block(self, block: bytes) -> None:
        """One more map of an old GNU sparse file; byte 504 says whether another follows."""
        if block[504] == 1:
            return
        self._sparse_map = False
        self._skip_content(self._after_map)

    def _extended(self, data: bytes) -> None:
        kind = self._header_kind
        if kind == b"L":
            self._long_path = _text(data)
        elif kind == b"K":
            self._long_link = _text(data)
        elif kind == b"g":
            self._global.update(_pax_records(data))
        else:
            self._pax.update(_pax_records(data))


@lru_cache(maxsize=4096)
def _sum_said(field: bytes) -> int:
    """
    Return the low half of the Adler-32 that a header with this checksum *field* has; -1 if the field is no number.

    That half is one more than the sum of all bytes modulo 65,521: a header's sum in a tenth of the time. The checksum counts its
    own field as blanks.
    """
    try:
        said = _number(field)
    except UnreadableInput:
        return -1
    return (said - 256 + sum(field) + 1) % 65_521


def _signed_sum_holds(block: bytes, field: bytes) -> bool:
    """Whether the checksum is the one that some old writers took, of signed bytes (GNU tar, "Basic Tar Format")."""
    if _sum_said(field) < 0:
        return False
    signed = sum(byte - 256 if byte > 127 else byte for byte in block[:148] + block[156:]) + 256
    return _number(field) == signed


@lru_cache(maxsize=4096)
def _number(field: bytes) -> int:
    text = field.rstrip(b" \0")
    if text.isdigit():
        try:
            return int(text, 8)
        except ValueError as error:
            raise UnreadableInput("an archive header holds a number that is none") from error
    if field[0] & 0x80:
        value = int.from_bytes(field, "big", signed=False) & ((1 << (8 * len(field) - 1)) - 1)
        return value if not field[0] & 0x40 else value - (1 << (8 * len(field) - 1))
    text = field.split(b"\0", 1)[0].strip()
    if not text:
        return 0
    try:
        return int(text, 8)
    except ValueError as error:
        raise UnreadableInput("an archive header holds a number that is none") from error


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape") if field[0] else ""


def _pax_size(pax: dict[str, str], size: int) -> int:
    text = pax.get("size")
    if text is None:
        return size
    if not text.isascii() or not text.isdecimal():
        raise UnreadableInput(f"an extended header says the size {text[:40]!r}")
    return int(text)


def _pax_records(data: bytes) -> dict[str, str]:
    """``LENGTH KEYWORD=VALUE newline``, LENGTH counting the whole record in bytes (POSIX pax, "Extended Header")."""
    records: dict[str, str] = {}
    position = 0
    while position < len(data):
        space = data.find(b" ", position, position + 12)
        digits = data[position:space] if space > 0 else b""
        if not digits.isdigit():
            if not data[position:].strip(b"\0"):
                break
            raise UnreadableInput("an extended header is damaged")
        end = position + int(digits)
        record = data[space + 1 : end - 1]
        keyword, separator, value = record.partition(b"=")
        if not separator or end > len(data) or end <= space + 1:
            raise UnreadableInput("an extended header is damaged")
        records[keyword.decode("utf-8", "surrogateescape")] = value.decode("utf-8", "surrogateescape")
        position = end
    return records
