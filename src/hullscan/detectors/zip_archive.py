"""
A zip archive read by its central directory. Rule: PKWARE's APPNOTE.TXT, 4.3 (structures), 4.4.5 (methods), 4.5.3 (zip64).

Not `zipfile`: it makes an object of fifteen fields for each member, and images hold jars of hundreds of thousands of classes of
which nobody wants one; that took as long as inflating the layer.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import IO, Final

import msgspec

from hullscan.errors import BudgetExceeded, UnreadableInput
from hullscan.layers.file import read_at

_END: Final = struct.Struct("<4s4H2IH")
_END_64_LOCATOR: Final = struct.Struct("<4sIQI")
_END_64: Final = struct.Struct("<4sQ2H2I4Q")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_RECORD: Final = b"PK\1\2"
_LENGTHS: Final = struct.Struct("<4s24x3H12x")
"""Of the same record only what leads to the next one: signature, and the lengths of name, extra fields and comment."""

_CLASS: Final = b".class"
_LARGEST_SPLIT: Final = 8 * 1024 * 1024
"""A directory is cut into pieces only up to so many bytes, since the pieces take as much again and more."""

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_LONGEST_COMMENT: Final = 0xFFFF
_LARGEST_DIRECTORY: Final = 128 * 1024 * 1024
_UTF_8: Final = 0x800
_ENCRYPTED: Final = 0x1
_STORED, _DEFLATED = 0, 8


class Member(msgspec.Struct, frozen=True, gc=False):
    """One member: sizes in bytes as the directory says them, *offset* that of its local header."""

    name: str
    flags: int
    method: int
    checksum: int
    compressed_bytes: int
    size_bytes: int
    offset: int


class Room:
    """How many bytes of an archive, and of those inside it, may still be inflated: members may share what they are packed in."""

    def __init__(self, bytes_left: int) -> None:
        self.bytes_left = bytes_left


class ZipArchive:
    """
    The members of *stream* that somebody may want, in the order of the directory.

    These are the ones whose names end in one of *endings*: four bytes each, compared in lower case, so that a hundred thousand
    classes are passed over at a glance. Bytes before the archive (a self-starting jar's script) are allowed; `is_whole` is false
    where it may be an archive within another that was cut off: other bytes than padding follow it, or another begins before it.

    Raises:
        UnreadableInput: It is no zip archive, or its directory is damaged or cut off.
        BudgetExceeded: It names more than *most* members.
    """

    def __init__(self, stream: IO[bytes], endings: frozenset[bytes], most: int, room: Room | None = None) -> None:
        self._stream = stream
        self._room = room
        directory, self._shift, count = self._directory()
        members = _split(directory, count, endings) if count <= most else None
        self.members = tuple(_members(directory, endings, most) if members is None else members)

    def read(self, member: Member, limit: int) -> bytes:
        """
        Return a member's content.

        Raises:
            UnreadableInput: It is damaged, encrypted, compressed in another way, or larger than *limit* bytes.
            BudgetExceeded: There is no room for it.
        """
        name = member.name
        if self._room is not None and self._room.bytes_left < member.size_bytes:
            raise BudgetExceeded(f"{name} would be inflated, but its archive holds far more than its size")
        if member.flags & _ENCRYPTED:
            raise UnreadableInput(f"{name} is encrypted")
        header = read_at(self._stream, member.offset + self._shift, _LOCAL.size)
        if len(header) < _LOCAL.size or header[:4] != b"PK\3\4":
            raise UnreadableInput(f"{name} is not where the archive's directory says")
        fields = _LOCAL.unpack(header)
        self._stream.seek(fields[9] + fields[10], 1)
        if member.compressed_bytes > limit or member.size_bytes > limit:
            raise UnreadableInput(f"{name} is larger than {limit} bytes")
        packed = self._stream.read(member.compressed_bytes)
        if len(packed) < member.compressed_bytes:
            raise UnreadableInput(f"{name} is cut off")
        data = _unpacked(packed, member, limit)
        if self._room is not None:
            self._room.bytes_left -= len(data)
        if zlib.crc32(data) != member.checksum:
            raise UnreadableInput(f"{name} is damaged (its checksum is wrong)")
        return data

    def _directory(self) -> tuple[bytes, int, int]:
        """
        Return the central directory, how far the archive starts behind the place its offsets count from, and how many members
        it says it has.
        """
        stream = self._stream
        size = stream.seek(0, 2)
        tail_at = max(0, size - _END.size - _LONGEST_COMMENT - _END_64_LOCATOR.size)
        stream.seek(tail_at)
        tail = stream.read()
        at, self.is_whole = _end_record(tail)
        _, _, _, _, count, length, offset, _ = _END.unpack_from(tail, at)
        end = tail_at + at
        if offset == 0xFFFFFFFF or length == 0xFFFFFFFF or at >= _END_64_LOCATOR.size:
            found = self._end_64(tail, at)
            if found is not None:
                length, offset, end = found
        start = end - length
        if length > _LARGEST_DIRECTORY:
            raise BudgetExceeded(f"a zip archive's directory of {length} bytes")
        if start < 0 or offset > start:
            raise UnreadableInput("the zip archive's directory is not where it says: the archive is cut off")
        stream.seek(start)
        directory = stream.read(length)
        if len(directory) < length:
            raise UnreadableInput("the zip archive's directory is cut off")
        stream.seek(0)
        if start > offset and stream.read(4) == b"PK\3\4":
            self.is_whole = False
        return directory, start - offset, count

    def _end_64(self, tail: bytes, at: int) -> tuple[int, int, int] | None:
        locator = at - _END_64_LOCATOR.size
        if locator < 0 or tail[locator : locator + 4] != b"PK\6\7":
            return None
        _, _, where, _ = _END_64_LOCATOR.unpack_from(tail, locator)
        record = read_at(self._stream, where, _END_64.size)
        if len(record) < _END_64.size or record[:4] != b"PK\6\6":
            raise UnreadableInput("the zip archive's zip64 record is not where it says")
        fields = _END_64.unpack(record)
        return fields[8], fields[9], where


def _end_record(tail: bytes) -> tuple[int, bool]:
    """Return where the record of the archive's end is, and whether its comment, or padding, reaches to the end of the file."""
    last = -1
    at = tail.rfind(b"PK\5\6", 0, max(0, len(tail) - _END.size + 4))
    while at >= 0:
        rest = tail[at + _END.size + _END.unpack_from(tail, at)[7] :]
        if not rest.strip(b"\0"):
            return at, True
        last = max(last, at)
        at = tail.rfind(b"PK\5\6", 0, at)
    if last < 0:
        raise UnreadableInput("this is no zip archive, or it is cut off: it has no directory")
    return last, False


def _split(directory: bytes, count: int, endings: frozenset[bytes]) -> list[Member] | None:
    """
    The wanted members, classes passed over without a look at their records: half a million of them take as long as inflating them.

    None where that might lose one, and each record has to be followed to the next: the directory is large, has not the number of
    signatures that its end says it has members, or a record between two signatures is not as long as it says.
    """
    if len(directory) > _LARGEST_SPLIT:
        return None
    first, *records = directory.split(_RECORD)
    if first or len(records) != count:
        return None
    members = []
    for record in [record for record in records if not record.endswith(_CLASS)]:
        record = _RECORD + record
        if len(record) < _CENTRAL.size:
            return None
        _, name_bytes, extra_bytes, comment_bytes = _LENGTHS.unpack_from(record)
        extra_at = _CENTRAL.size + name_bytes
        if extra_at + extra_bytes + comment_bytes != len(record):
            return None
        if record[extra_at - 4 : extra_at].lower() in endings:
            members.append(_member(record, 0, extra_at, extra_at + extra_bytes))
    return members


def _members(directory: bytes, endings: frozenset[bytes], most: int) -> Iterator[Member]:
    start, count, size = 0, 0, len(directory)
    lengths, fixed = _LENGTHS.unpack_from, _CENTRAL.size
    while start + fixed <= size:
        signature, name_bytes, extra_bytes, comment_bytes = lengths(directory, start)
        if signature != _RECORD:
            raise UnreadableInput("the zip archive's directory is damaged")
        extra_at = start + fixed + name_bytes
        after = extra_at + extra_bytes + comment_bytes
        if after > size:
            raise UnreadableInput("the zip archive's directory is cut off")
        count += 1
        if count > most:
            raise BudgetExceeded(f"a zip archive of more than {most} members")
        if directory[extra_at - 4 : extra_at].lower() in endings:
            yield _member(directory, start, extra_at, extra_at + extra_bytes)
        start = after


def _member(directory: bytes, start: int, extra_at: int, extra_end: int) -> Member:
    head = _CENTRAL.unpack_from(directory, start)
    raw = directory[start + _CENTRAL.size : extra_at]
    name = raw.decode("utf-8", "replace") if head[3] & _UTF_8 else raw.decode("cp437")
    packed, size, offset = head[8], head[9], head[16]
    if 0xFFFFFFFF in (packed, size, offset):
        packed, size, offset = _zip64(directory[extra_at:extra_end], packed, size, offset)
    return Member(name.partition("\0")[0], head[3], head[4], head[7], packed, size, offset)


def _zip64(extra: bytes, packed: int, size: int, offset: int) -> tuple[int, int, int]:
    """The fields that did not fit, in the extra field 1, in this order and only those."""
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, position)
        position += 4
        if kind == 1:
            values = iter(struct.unpack_from(f"<{length // 8}Q", extra, position))
            size = next(values, size) if size == 0xFFFFFFFF else size
            packed = next(values, packed) if packed == 0xFFFFFFFF else packed
            offset = next(values, offset) if offset == 0xFFFFFFFF else offset
            break
        position += length
    return packed, size, offset


def _unpacked(packed: bytes, member: Member, limit: int) -> bytes:
    if member.method == _STORED:
        return packed
    if member.method != _DEFLATED:
        raise UnreadableInput(f"{member.name} is compressed by method {member.method}, which is not read")
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        data = inflate.decompress(packed, limit + 1)
    except zlib.error as error:
        raise UnreadableInput(f"{member.name} is damaged: {error}") from error
    if len(data) > limit:
        raise UnreadableInput(f"{member.name} is larger than {limit} bytes")
    if not inflate.eof:
        raise UnreadableInput(f"{member.name} is cut off")
    return data
