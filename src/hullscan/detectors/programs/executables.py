"""Sections of programs, found by their headers: ELF, PE and Mach-O. Nothing but headers and wanted sections is read."""

import struct
from collections.abc import Iterator
from io import SEEK_END
from types import MappingProxyType
from typing import IO, Final

import msgspec

from hullscan.errors import UnreadableInput
from hullscan.layers.file import read_at

_WINDOW: Final = 256 * 1024
_MOST_SECTIONS: Final = 20_000
_FAT_MAGIC: Final = b"\xca\xfe\xba\xbe"
LISTED_IN: Final = MappingProxyType(
    {
        "go": (".go.buildinfo", "__go_buildinfo"),
        "rust": (".dep-v0", "rust-deps-v0", "rust-dep-v0"),
    }
)
"""Sections in which programs of a language list what was linked into them."""

_NAMES: Final = tuple(f"{name}\0".encode() for names in LISTED_IN.values() for name in names)
_DATA: Final = MappingProxyType({"elf": (), "pe": (".data",), "macho": ("__data",)})
"""Where the same may be looked for in programs that have no such sections."""

_SEGMENTS: Final = frozenset({"", ".data"})
"""What stands for the sections of a program that has none."""

_COMMENT: Final = b"\0.comment\0"
_RUSTC: Final = b"rustc version "
_LONGEST_COMMENT: Final = 4096
"""Compilers write their versions there, one after another (ELF, "Special Sections"); rustc does since 1.76."""

_UPX: Final = b"UPX!"
_RUN, _WRITE = 1, 2
"""Flags of an ELF segment."""


class Section(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A named run of bytes of the file, and the address at which it is loaded."""

    name: str
    offset: int
    size: int
    address: int


class Executable(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    A program's sections; `order` is ``<`` or ``>`` as struct writes byte orders, `word` its pointers' size in bytes.

    `is_whole` is false where headers are missing, so that nobody knows which sections there were. `of_rust` is whether rustc is
    among the compilers that an ELF program names, `is_extended` whether something was put behind the program's own end.
    """

    kind: str
    order: str
    word: int
    sections: tuple[Section, ...]
    file_bytes: int
    is_whole: bool = True
    of_rust: bool = False
    is_extended: bool = False

    def section(self, *names: str) -> Section | None:
        """Return the first section of one of these names."""
        return next((one for one in self.sections if one.name in names), None)

    def is_cut_off(self, names: tuple[str, ...]) -> bool:
        """Say whether a section of one of these names lies behind the file's end, or may."""
        asked = (*names, *_DATA[self.kind])
        return not self.is_whole or any(
            one.offset + one.size > self.file_bytes for one in self.sections if one.name in asked
        )

    def read_address(self, stream: IO[bytes], address: int, size: int) -> bytes:
        """Return *size* bytes at a load address; fewer where the file has fewer."""
        for one in self.sections:
            if one.address <= address < one.address + one.size:
                skipped = address - one.address
                return read_at(stream, one.offset + skipped, min(size, one.size - skipped))
        return b""

    def is_packed(self, stream: IO[bytes]) -> bool:
        """
        Say whether UPX made this of the program that it was (upx.github.io): it leaves no sections, or only its own.

        For ELF its mark stands behind the program headers.
        """
        names = {one.name for one in self.sections}
        return "UPX0" in names or (
            self.kind == "elf" and bool(names) and names <= _SEGMENTS and _UPX in read_at(stream, 0, 1024)
        )


def read_executable(stream: IO[bytes]) -> Executable | None:
    """
    Read a program's headers.

    An ELF program that has none of the sections of `LISTED_IN`, is not of Rust and ends where it ends, is given without any.

    None for what only begins like one: a program for DOS, a Java class, Mach-O of the other byte order, a few bytes.

    Raises:
        UnreadableInput: Its headers are damaged.
    """
    stream.seek(0)
    head = stream.read(64)
    if len(head) < 64:
        return None
    try:
        if head.startswith(b"\x7fELF"):
            return _elf(stream, head)
        if head.startswith(b"MZ"):
            return _pe(stream, head)
        return _mach_o(stream, head)
    except struct.error as error:
        raise UnreadableInput(f"the program's headers are damaged: {error}") from error


def read_section(stream: IO[bytes], section: Section, limit: int) -> bytes:
    """Return a section's content, at most *limit* bytes."""
    return read_at(stream, section.offset, min(section.size, limit))


def section_windows(stream: IO[bytes], section: Section, overlap: int, limit: int) -> Iterator[tuple[int, bytes]]:
    """
    Yield a section's content, at most about *limit* bytes, in windows, each with its place in the section.

    Some have a hundred megabytes. What has up to *overlap* bytes is whole in one of the windows.
    """
    size = min(section.size, limit)
    for place in range(0, size, _WINDOW):
        data = read_at(stream, section.offset + place, min(_WINDOW + overlap, size - place))
        yield place, data
        if len(data) < _WINDOW:
            return


def _elf(stream: IO[bytes], head: bytes) -> Executable:
    """ELF-64 and ELF-32 object file format: the section header table and its string table; else program headers."""
    word = 8 if head[4] == 2 else 4
    order = "<" if head[5] == 1 else ">"
    if word == 8:
        program_table, table = struct.unpack_from(order + "QQ", head, 32)
        program_size, program_count, entry_size, count, names = struct.unpack_from(order + "HHHHH", head, 54)
        form = order + "IIQQQQIIQQ"
    else:
        program_table, table = struct.unpack_from(order + "II", head, 28)
        program_size, program_count, entry_size, count, names = struct.unpack_from(order + "HHHHH", head, 42)
        form = order + "IIIIIIIIII"
    if count > _MOST_SECTIONS:
        raise UnreadableInput("a program with too many sections")
    width = struct.calcsize(form)
    entries = read_at(stream, table, count * entry_size)
    missing = len(entries) < count * entry_size
    if not count or names >= count or entry_size < width or missing:
        segments = _segments(stream, program_table, program_size, program_count, order, word)
        size = stream.seek(0, SEEK_END)
        return Executable(
            kind="elf",
            order=order,
            word=word,
            sections=segments,
            file_bytes=size,
            is_whole=not missing and all(one.offset + one.size <= size for one in segments),
        )
    own = struct.unpack_from(form, entries, names * entry_size)
    texts = read_at(stream, own[4], min(own[5], 1024 * 1024))
    # Asked of every program of an image: most name none, and their other sections need not be looked at.
    of_rust = _COMMENT in texts and _is_of_rust(stream, entries, entry_size, texts.find(_COMMENT) + 1, form)
    file_bytes = stream.seek(0, SEEK_END)
    end = table + count * entry_size
    if not of_rust and file_bytes == end and not any(name in texts for name in _NAMES):
        return Executable(kind="elf", order=order, word=word, sections=(), file_bytes=file_bytes)
    rows = [struct.unpack_from(form, entries, index * entry_size) for index in range(count)]
    sections = tuple(
        Section(name=_c_string(texts, row[0]), offset=row[4], size=row[5] if row[1] != 8 else 0, address=row[3])
        for row in rows
    )
    return Executable(
        kind="elf",
        order=order,
        word=word,
        sections=sections,
        file_bytes=file_bytes,
        of_rust=of_rust,
        is_extended=file_bytes > max(end, *(one.offset + one.size for one in sections)),
    )


def _is_of_rust(stream: IO[bytes], entries: bytes, entry_size: int, name: int, form: str) -> bool:
    """Whether the section that is called by what stands at *name* says that rustc made a part of the program."""
    first = struct.Struct(form[:2])
    for start in range(len(entries) - entry_size, -1, -entry_size):  # it is one of the last
        if first.unpack_from(entries, start)[0] == name:
            row = struct.unpack_from(form, entries, start)
            return _RUSTC in read_at(stream, row[4], min(row[5], _LONGEST_COMMENT))
    return False


def _segments(stream: IO[bytes], table: int, entry_size: int, count: int, order: str, word: int) -> tuple[Section, ...]:
    """The loaded parts of a program whose section headers were taken off; those that are written to are its data."""
    found = []
    for index in range(min(count, 256)):
        entry = read_at(stream, table + index * entry_size, entry_size)
        if word == 8:
            kind, flags, offset, address, _, size = struct.unpack_from(order + "IIQQQQ", entry)
        else:
            kind, offset, address, _, size, _, flags = struct.unpack_from(order + "IIIIIII", entry)
        if kind == 1:
            name = ".data" if flags & (_RUN | _WRITE) == _WRITE else ""
            found.append(Section(name=name, offset=offset, size=size, address=address))
    return tuple(found)


def _pe(stream: IO[bytes], head: bytes) -> Executable | None:
    """Microsoft's PE format: the section table behind the optional header."""
    place = struct.unpack_from("<I", head, 60)[0]
    header = read_at(stream, place, 24)
    if header[:4] != b"PE\0\0":
        return None
    count, optional = struct.unpack_from("<H", header, 6)[0], struct.unpack_from("<H", header, 20)[0]
    extra = stream.read(optional)
    wide = struct.unpack_from("<H", extra)[0] == 0x20B
    base = struct.unpack_from("<Q", extra, 24)[0] if wide else struct.unpack_from("<I", extra, 28)[0]
    sections = []
    for _ in range(min(count, 1000)):
        row = stream.read(40)
        _, address, size, offset = struct.unpack_from("<IIII", row, 8)
        name = row[:8].rstrip(b"\0").decode("latin-1")
        sections.append(Section(name=name, offset=offset, size=size, address=base + address))
    file_bytes = stream.seek(0, SEEK_END)
    return Executable(
        kind="pe",
        order="<",
        word=8 if wide else 4,
        sections=tuple(sections),
        file_bytes=file_bytes,
        is_extended=file_bytes > max((one.offset + one.size for one in sections), default=0),
    )


def _mach_o(stream: IO[bytes], head: bytes) -> Executable | None:
    """Apple's Mach-O format: sections of the segment load commands; of a fat file the first program."""
    base = 0
    if head.startswith(_FAT_MAGIC):
        base = struct.unpack_from(">I", head, 16)[0]
        head = read_at(stream, base, 32)
    wide = head.startswith(b"\xcf\xfa\xed\xfe")
    if not wide and not head.startswith(b"\xce\xfa\xed\xfe"):
        return None
    commands = struct.unpack_from("<I", head, 16)[0]
    position = base + (32 if wide else 28)
    sections: list[Section] = []
    for _ in range(min(commands, 10_000)):
        kind, size = struct.unpack("<II", read_at(stream, position, 8))
        if size < 8:
            raise UnreadableInput("a Mach-O load command is damaged")
        if kind in (1, 0x19):
            sections += _mach_sections(stream.read(size - 8), wide=wide, base=base)
        if len(sections) > _MOST_SECTIONS:
            raise UnreadableInput("a program with too many sections")
        position += size
    return Executable(
        kind="macho",
        order="<",
        word=8 if wide else 4,
        sections=tuple(sections),
        file_bytes=stream.seek(0, SEEK_END),
    )


def _mach_sections(command: bytes, *, wide: bool, base: int) -> list[Section]:
    count = struct.unpack_from("<I", command, 56 if wide else 40)[0]
    start, entry = (64, 80) if wide else (48, 68)
    found = []
    for index in range(min(count, 1000)):
        row = command[start + index * entry : start + (index + 1) * entry]
        address, size = struct.unpack_from("<QQ" if wide else "<II", row, 32)
        offset = struct.unpack_from("<I", row, 48 if wide else 40)[0]
        name = row[:16].rstrip(b"\0").decode("latin-1")
        found.append(Section(name=name, offset=base + offset, size=size, address=address))
    return found


def _c_string(data: bytes, start: int) -> str:
    end = data.find(b"\0", start)
    return data[start : end if end >= 0 else len(data)].decode("latin-1")
