"""The central directory, read as Python's own zipfile writes it."""

import io
import zipfile

import pytest

from hullscan.detectors.zip_archive import ZipArchive
from hullscan.errors import BudgetExceeded, UnreadableInput


def _zip(*, prefix: bytes = b"", comment: bytes = b"") -> bytes:
    stream = io.BytesIO()
    stream.write(prefix)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.comment = comment
        archive.writestr("META-INF/", b"")
        archive.writestr("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\r\n" * 100, zipfile.ZIP_DEFLATED)
        archive.writestr("plain.txt", b"as it is", zipfile.ZIP_STORED)
        archive.writestr("größe.txt", b"utf-8 name", zipfile.ZIP_DEFLATED)
    return stream.getvalue()


_ALL = frozenset({b"t.mf", b".txt"})


@pytest.mark.parametrize("data", [_zip(), _zip(prefix=b"#!/bin/sh\nexec java -jar $0\n"), _zip(comment=b"c" * 60_000)])
def test_members_and_their_content_equal_zipfiles(data: bytes) -> None:
    archive = ZipArchive(io.BytesIO(data), _ALL, 100)
    with zipfile.ZipFile(io.BytesIO(data)) as reference:
        files = [name for name in reference.namelist() if not name.endswith("/")]
        assert [member.name for member in archive.members] == files
        for member in archive.members:
            assert archive.read(member, 10_000) == reference.read(member.name)


def test_zip64_sizes_are_read() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, archive.open("big.txt", "w", force_zip64=True) as member:
        member.write(b"small, but said in 64 bits")
    archive64 = ZipArchive(stream, _ALL, 100)
    assert archive64.read(archive64.members[0], 100) == b"small, but said in 64 bits"


def test_only_wanted_names_are_kept() -> None:
    archive = ZipArchive(io.BytesIO(_zip()), frozenset({b"t.mf"}), 100)
    assert [member.name for member in archive.members] == ["META-INF/MANIFEST.MF"]


def test_a_cut_off_archive_is_said_wherever_it_ends() -> None:
    data = _zip()
    for end in range(0, len(data), 7):
        with pytest.raises(UnreadableInput):
            archive = ZipArchive(io.BytesIO(data[:end]), _ALL, 100)
            for member in archive.members:
                archive.read(member, 10_000)


def test_more_members_than_allowed() -> None:
    with pytest.raises(BudgetExceeded):
        ZipArchive(io.BytesIO(_zip()), _ALL, 3)


def test_a_member_larger_than_its_directory_says() -> None:
    data = _zip()
    archive = ZipArchive(io.BytesIO(data), frozenset({b"t.mf"}), 100)
    with pytest.raises(UnreadableInput, match="larger than"):
        archive.read(archive.members[0], 50)


def test_damage_is_noticed_by_the_checksum() -> None:
    data = bytearray(_zip())
    at = data.find(b"as it is")
    data[at] ^= 1
    archive = ZipArchive(io.BytesIO(bytes(data)), frozenset({b".txt"}), 100)
    with pytest.raises(UnreadableInput, match="checksum"):
        archive.read(archive.members[0], 100)


def _with_classes(*, extra: bytes = b"") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        names = [f"org/example/C{number}.class" for number in range(40)]
        names[::7] = [f"lib/inner-{number}.jar" for number in range(len(names[::7]))]
        names += ["odd/PK\1\2name.jar"] if extra else []
        for name in names:
            info = zipfile.ZipInfo(name)
            info.extra = extra
            archive.writestr(info, b"content")
    return stream.getvalue()


@pytest.mark.parametrize("data", [_with_classes(), _with_classes(extra=b"\x55\x54\x05\x00\x01PK\1\2")])
def test_what_stands_between_classes_is_not_passed_over(data: bytes) -> None:
    archive = ZipArchive(io.BytesIO(data), frozenset({b".jar"}), 100)
    with zipfile.ZipFile(io.BytesIO(data)) as reference:
        assert [one.name for one in archive.members] == [name for name in reference.namelist() if name.endswith(".jar")]


def test_a_damaged_directory_loses_no_member_unsaid() -> None:
    data = _with_classes()
    with zipfile.ZipFile(io.BytesIO(data)) as reference:
        wanted = [name for name in reference.namelist() if name.endswith(".jar")]
        start = reference.start_dir
    place, silent = data.find(b"PK\1\2", start), 0
    while place >= 0:
        for byte in (*range(place, place + 4), *range(place + 28, place + 34)):
            damaged = bytearray(data)
            damaged[byte] ^= 0x41
            try:
                found = [one.name for one in ZipArchive(io.BytesIO(bytes(damaged)), frozenset({b".jar"}), 100).members]
            except UnreadableInput:
                continue
            silent += 1
            assert found == wanted
        place = data.find(b"PK\1\2", place + 4)
    assert silent, "lengths of classes are of no consequence"
