"""The smallest archives, databases and programs that hold what detectors look for, made by hand."""

import io
import sqlite3
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from typing import Final

import zstandard

_PAGE = 512


def jar(entries: Mapping[str, bytes]) -> bytes:
    """Return a zip archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return stream.getvalue()


def tar(entries: Mapping[str, bytes]) -> bytes:
    """Return a tar of files, with extended headers for what needs them."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in entries.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def zstd(data: bytes) -> bytes:
    """Return a zstd frame."""
    return zstandard.ZstdCompressor().compress(data)


# --- rpm --------------------------------------------------------------------------------------------------------


def rpm_header(name: str, version: str, release: str, *, vendor: str = "ACME", file: str = "") -> bytes:
    """Return the header of a package with one *file* (a program of its name, if none is told) and a source package."""
    folder, slash, base = (file or f"/usr/bin/{name}").rpartition("/")
    texts = {
        1000: (6, name),
        1001: (6, version),
        1002: (6, release),
        1011: (6, vendor),
        1014: (6, "MIT"),
        1022: (6, "x86_64"),
        1044: (6, f"{name}-source-{version}-{release}.src.rpm"),
        1117: (8, base),
        1118: (8, folder + slash),
    }
    store = b"".join(text.encode() + b"\0" for _, text in texts.values())
    store += bytes(-len(store) % 4)
    entries, place = [], 0
    for tag, (kind, text) in texts.items():
        entries.append(struct.pack(">IIiI", tag, kind, place, 1))
        place += len(text) + 1
    entries.append(struct.pack(">IIiI", 1116, 4, len(store), 1))
    store += struct.pack(">I", 0)
    return struct.pack(">II", len(entries), len(store)) + b"".join(entries) + store


def berkeley(header: bytes) -> bytes:
    """Return a Berkeley DB hash with one value, which goes over two overflow pages."""
    parts = [header[: _PAGE - 26], header[_PAGE - 26 :]]
    meta = bytearray(_PAGE)
    struct.pack_into("<I", meta, 12, 0x061561)
    struct.pack_into("<I", meta, 20, _PAGE)
    struct.pack_into("<I", meta, 32, 3)
    page = bytearray(_PAGE)
    key, value = _PAGE - 5, _PAGE - 5 - 12
    struct.pack_into("<H", page, 20, 2)
    page[25] = 13
    struct.pack_into("<HH", page, 26, key, value)
    page[key] = 1
    page[value] = 3
    struct.pack_into("<II", page, value + 4, 2, len(header))
    chain = []
    for number, part in enumerate(parts, 2):
        one = bytearray(_PAGE)
        struct.pack_into("<I", one, 16, number + 1 if number < 3 else 0)
        struct.pack_into("<H", one, 22, len(part))
        one[25] = 7
        one[26 : 26 + len(part)] = part
        chain.append(bytes(one))
    return bytes(meta) + bytes(page) + b"".join(chain)


def ndb(header: bytes) -> bytes:
    """Return an ndb database with one blob."""
    blocks = -(-(16 + len(header) + 12) // 16)
    head = struct.pack("<4sIII", b"RpmP", 0, 1, 1) + bytes(16)
    slots = struct.pack("<4sIII", b"Slot", 1, 256, blocks) + 253 * struct.pack("<4sIII", b"Slot", 0, 0, 0)
    blob = struct.pack("<4sIII", b"BlbS", 1, 1, len(header)) + header
    return (head + slots + blob).ljust(4096 + 16 * blocks, b"\0")


def sqlite(*headers: bytes) -> bytes:
    """Return an SQLite database of *headers*."""
    connection = sqlite3.connect(":memory:")
    connection.execute(f"PRAGMA page_size = {_PAGE}")
    connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)")
    connection.executemany("INSERT INTO Packages VALUES (?, ?)", enumerate(headers, 1))
    connection.commit()
    data = connection.serialize()
    connection.close()
    return bytes(data)


# --- programs ---------------------------------------------------------------------------------------------------


_MODULES: Final = "path\tm\nmod\texample.com/m\tv1.0.0\t\ndep\texample.com/d\tv1.2.3\th1:x=\n"


def go_info(modules: str = _MODULES, toolchain: str = "go1.22.1") -> bytes:
    """Return Go's build information as of 1.18: a magic, flags, and two strings with their lengths before them."""
    texts = (toolchain.encode(), bytes(16) + modules.encode() + bytes(16))
    return b"\xff Go buildinf:\x08\x02" + bytes(16) + b"".join(_varint(len(one)) + one for one in texts)


def rust_info() -> bytes:
    """Return cargo-auditable's list: JSON, packed by zlib."""
    return zlib.compress(b'{"packages":[{"name":"a","version":"1.0.0","source":"crates.io"}]}')


def elf(name: str, content: bytes, code: bytes = b"", *, runs: bool = False) -> bytes:
    """
    Return a program of two loaded segments, *code* that is run and a section *name* that is written to (or, with *runs*, run too).

    Its section headers are at the end.
    """
    names = b"\0" + name.encode() + b"\0.shstrtab\0"
    first = 64 + 2 * 56
    start = first + len(code)
    table = start + len(content) + len(names)
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    head = ident + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 64, table, 0, 64, 56, 2, 64, 3, 2)
    segments = [
        struct.pack("<IIQQQQQQ", 1, flags, place, 0x400000 + place, 0, size, size, 16)
        for flags, place, size in (
            (5, first, len(code) + (len(content) if runs else 0)),
            (6, start, len(content)),
        )
    ]
    sections = [
        struct.pack("<IIQQQQIIQQ", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        struct.pack("<IIQQQQIIQQ", 1, 1, 3, 0x400000 + start, start, len(content), 0, 0, 16, 0),
        struct.pack("<IIQQQQIIQQ", len(name) + 2, 3, 0, 0, start + len(content), len(names), 0, 0, 1, 0),
    ]
    return head + b"".join(segments) + code + content + names + b"".join(sections)


def rust_program(*crates: str) -> bytes:
    """Return a program that rustc made, whose panics name files of *crates* (``NAME-VERSION``) in cargo's folder of crates.io."""
    folder = "/usr/local/cargo/registry/src/index.crates.io-1949cf8c6b5b557f"
    texts = "".join(f"{folder}/{one}/src/lib.rs\0" for one in crates).encode()
    contents = {".rodata": texts, ".comment": b"GCC: (GNU) 13.2.0\0rustc version 1.84.0 (9fc6b4312 2025-01-07)\0"}
    contents[".shstrtab"] = b"\0" + b"".join(name.encode() + b"\0" for name in (*contents, ".shstrtab"))
    place, rows = 64, [bytes(64)]
    for name, content in contents.items():
        named = contents[".shstrtab"].find(b"\0" + name.encode() + b"\0") + 1
        rows.append(struct.pack("<IIQQQQIIQQ", named, 1, 2, 0, place, len(content), 0, 0, 1, 0))
        place += len(content)
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    head = ident + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 0, place, 0, 64, 56, 0, 64, len(rows), len(rows) - 1)
    return head + b"".join((*contents.values(), *rows))


def dotnet_bundle(deps: bytes, *, version: int = 6) -> bytes:
    """Return the host program of a .NET application that is one file, with *deps* as its ``deps.json`` behind it."""
    mark = bytes.fromhex("8b1202b96a612038727b930214d7a03213f5b9e6efae3318ee3b2dce24b36aae")
    start = len(elf(".data", bytes(8) + mark))
    name = b"app.deps.json"
    header = struct.pack("<III", version, 0, 1) + b"\x04name"
    if version > 1:
        header += struct.pack("<qqqqQ", start, len(deps), 0, 0, 0)
    header += struct.pack("<qq", start, len(deps)) + (bytes(8) if version >= 6 else b"") + b"\x03"
    header += bytes((len(name),)) + name
    return elf(".data", struct.pack("<q", start + len(deps)) + mark) + deps + header


def pe(name: str, content: bytes) -> bytes:
    """Return a program for Windows with one section."""
    optional = struct.pack("<H", 0x20B) + bytes(22) + struct.pack("<Q", 0x140000000) + bytes(80)
    place = 64 + 24 + len(optional) + 40
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, len(optional), 0x22)
    row = name.encode().ljust(8, b"\0") + struct.pack("<IIII", len(content), 0x1000, len(content), place) + bytes(16)
    return b"MZ" + bytes(58) + struct.pack("<I", 64) + coff + optional + row + content


def mach_o(name: str, content: bytes) -> bytes:
    """Return a program for macOS with one segment of one section."""
    place = 32 + 72 + 80
    head = struct.pack("<IIIIIIII", 0xFEEDFACF, 0x01000007, 3, 2, 1, 152, 0, 0)
    segment = struct.pack("<II16sQQQQIIII", 0x19, 152, b"__DATA", 0x4000, 4096, place, len(content), 3, 3, 1, 0)
    section = struct.pack(
        "<16s16sQQIIIIIIII", name.encode(), b"__DATA", 0x4000, len(content), place, 4, 0, 0, 0, 0, 0, 0
    )
    return head + segment + section + content


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])
