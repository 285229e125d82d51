"""The header blobs in RPM's three kinds of database. Rule: rpm's lib/backend (sqlite, ndb), Berkeley DB's hash pages."""

import shutil
import sqlite3
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from hullscan.errors import UnreadableInput
from hullscan.layers.file import LayerFile, read_at

_LARGEST: Final = 1024 * 1024 * 1024

_LARGEST_HEADER: Final = 256 * 1024 * 1024
"""As rpm itself allows (rpm.org, "RPM Package format", "Header")."""

_BDB_HASH_MAGIC: Final = 0x061561
_BDB_HASH_PAGE: Final = (2, 13)
_BDB_OVERFLOW_PAGE: Final = 7
_BDB_OFFPAGE: Final = 3
_BDB_KEYDATA: Final = 1
_BDB_HEADER: Final = 26

_NDB_MAGIC: Final = b"RpmP"
_NDB_SLOT_MAGIC: Final = b"Slot"
_NDB_BLOB_MAGIC: Final = b"BlbS"
_NDB_BLOCK: Final = 16


def sqlite_blobs(file: LayerFile) -> Iterator[bytes]:
    """Yield the headers of ``rpmdb.sqlite``, with what still stands in its write-ahead log."""
    if file.size_bytes > _LARGEST:
        raise UnreadableInput(f"a database of {file.size_bytes} bytes")
    import tempfile  # takes 3 ms, and few images hold such a database

    # sqlite reads files only, and a database with a log needs both beside each other in a folder it may write to.
    with tempfile.TemporaryDirectory(prefix="hullscan-rpmdb-") as folder:
        place = Path(folder) / "rpmdb.sqlite"
        _copy(file, place)
        _refuse_cut_off(place)
        log = file.sibling("rpmdb.sqlite-wal")
        if log is not None and log.size_bytes <= _LARGEST:
            _copy(log, Path(folder) / "rpmdb.sqlite-wal")
        connection = sqlite3.connect(place)
        try:
            connection.text_factory = bytes
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST_HEADER)
            for (blob,) in connection.execute("SELECT blob FROM Packages ORDER BY hnum"):
                yield bytes(blob)
        finally:
            connection.close()


def ndb_blobs(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the headers of ``Packages.db``: slots of 16 bytes in pages of 4,096 name blobs by 16-byte blocks."""
    head = stream.read(32)
    if head[:4] != _NDB_MAGIC:
        raise UnreadableInput("it is no ndb database")
    pages = struct.unpack_from("<I", head, 12)[0]
    if pages > 2048:
        raise UnreadableInput("an ndb database with too many slot pages")
    stream.seek(0)
    slots = stream.read(pages * 4096)
    if len(slots) < pages * 4096:
        raise UnreadableInput("an ndb database is cut off")
    found = []
    for position in range(32, len(slots) - 15, 16):
        magic, index, offset, count = struct.unpack_from("<4sIII", slots, position)
        if magic != _NDB_SLOT_MAGIC:
            raise UnreadableInput("an ndb slot is damaged")
        if index:
            found.append((index, offset, count))
    for index, offset, count in sorted(found):
        blob_head = read_at(stream, offset * _NDB_BLOCK, 16)
        if len(blob_head) < 16:
            raise UnreadableInput("an ndb database is cut off")
        magic, blob_index, _, length = struct.unpack("<4sIII", blob_head)
        if magic != _NDB_BLOB_MAGIC or blob_index != index or length > count * _NDB_BLOCK:
            raise UnreadableInput("an ndb blob is damaged")
        blob = stream.read(length)
        if len(blob) < length:
            raise UnreadableInput("an ndb database is cut off")
        yield blob


def berkeley_blobs(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the headers of ``Packages``: values of a hash database, large ones over chains of overflow pages."""
    meta = stream.read(512)
    if len(meta) < 72:
        raise UnreadableInput("it is no Berkeley DB")
    order = next((mark for mark in "<>" if struct.unpack_from(mark + "I", meta, 12)[0] == _BDB_HASH_MAGIC), "")
    if not order:
        raise UnreadableInput("it is no Berkeley DB hash")
    page_size = struct.unpack_from(order + "I", meta, 20)[0]
    last_page = struct.unpack_from(order + "I", meta, 32)[0]
    if page_size not in {2**power for power in range(9, 17)}:
        raise UnreadableInput(f"a Berkeley DB with pages of {page_size} bytes")
    for number in range(1, last_page + 1):
        page = read_at(stream, number * page_size, page_size)
        if len(page) < page_size:
            raise UnreadableInput("the Berkeley DB is cut off")
        if page[25] in _BDB_HASH_PAGE:
            yield from _hash_values(stream, page, order, page_size, last_page)


def _hash_values(stream: IO[bytes], page: bytes, order: str, page_size: int, last_page: int) -> Iterator[bytes]:
    count = struct.unpack_from(order + "H", page, 20)[0]
    if _BDB_HEADER + 2 * count > page_size:
        raise UnreadableInput("a page of the Berkeley DB is damaged")
    offsets = struct.unpack_from(f"{order}{count}H", page, _BDB_HEADER)
    # Keys and values take turns; a value ends where the item before it begins.
    for place in range(1, count, 2):
        start, key = offsets[place], offsets[place - 1]
        if not _BDB_HEADER <= start < page_size:
            raise UnreadableInput("a page of the Berkeley DB is damaged")
        kind = page[start]
        if kind == _BDB_OFFPAGE:
            first, length = struct.unpack_from(order + "II", page, start + 4)
            yield _overflow(stream, first, length, order, page_size, last_page)
        elif kind == _BDB_KEYDATA:
            value = page[start + 1 : key]
            # The first key, 0, holds a counter of four bytes and no header.
            if len(value) > 16:
                yield value


def _overflow(stream: IO[bytes], first: int, length: int, order: str, page_size: int, last_page: int) -> bytes:
    if length > _LARGEST_HEADER:
        raise UnreadableInput("a value of the Berkeley DB is too large")
    value = bytearray()
    number = first
    for _ in range(last_page + 1):
        page = read_at(stream, number * page_size, page_size)
        if len(page) < page_size or page[25] != _BDB_OVERFLOW_PAGE:
            raise UnreadableInput("a chain of pages of the Berkeley DB is broken")
        following = struct.unpack_from(order + "I", page, 16)[0]
        used = struct.unpack_from(order + "H", page, 22)[0]
        value += page[_BDB_HEADER : _BDB_HEADER + used]
        if not following or len(value) >= length:
            return bytes(value[:length])
        number = following
    raise UnreadableInput("a chain of pages of the Berkeley DB has no end")


def _refuse_cut_off(place: Path) -> None:
    """sqlite takes pages that are not there for empty ones. Rule: sqlite.org, "Database File Format", 1.3."""
    with place.open("rb") as stream:
        head = stream.read(100)
    if len(head) < 100:
        raise UnreadableInput("it is no SQLite database, or it is cut off")
    page_size, changes, pages, valid_for = (
        struct.unpack_from(form, head, at)[0] for form, at in ((">H", 16), (">I", 24), (">I", 28), (">I", 92))
    )
    # The number of pages is only good if whoever changed the database last knew of it.
    if changes == valid_for and place.stat().st_size < pages * (65_536 if page_size == 1 else page_size):
        raise UnreadableInput("the SQLite database is cut off")


def _copy(file: LayerFile, place: Path) -> None:
    with file.open() as source, place.open("wb") as target:
        shutil.copyfileobj(source, target, 1024 * 1024)
