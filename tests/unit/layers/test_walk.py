"""One walk through a layer: compression, odd archives, links and whiteouts."""

import bz2
import gzip
import io
import lzma
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import go_program, make_layer, make_tar, status
from hullscan.detectors import DETECTORS
from hullscan.detectors.detector_set import DetectorSet
from hullscan.errors import DigestMismatch
from hullscan.layers.budget import Budget
from hullscan.layers.walk import LayerWalker, walk_layer
from hullscan.model.package import LayerInventory

_SET = DetectorSet(DETECTORS)
_STATUS = "var/lib/dpkg/status"
_TAR = make_tar({"etc/x": b"1", _STATUS: status("bash 5.2-1", "openssl 3.0-1")})


def _walk(blob: bytes, budget: Budget | None = None) -> LayerInventory:
    return walk_layer(lambda: io.BytesIO(blob), _SET, budget or Budget())


def _names(inventory: LayerInventory) -> list[str]:
    return [package.name for file in inventory.files for package in file.packages]


@pytest.mark.parametrize(
    "blob",
    [
        _TAR,
        gzip.compress(_TAR),
        gzip.compress(_TAR[:3000]) + gzip.compress(_TAR[3000:]),
        gzip.compress(_TAR) + b"\0" * 100,
        zstandard.compress(_TAR),
        zstandard.compress(_TAR[:3000]) + zstandard.compress(_TAR[3000:]),
        bz2.compress(_TAR),
        lzma.compress(_TAR),
    ],
    ids=["plain", "gzip", "members", "padded", "zstd", "frames", "bzip2", "xz"],
)
def test_compression_is_told_by_the_bytes(blob: bytes) -> None:
    """Whatever the media type says, the same archive gives the same inventory."""
    inventory = _walk(blob)

    assert (_names(inventory), inventory.problems) == (["bash", "openssl"], ())


def test_missing_end_blocks_are_no_problem() -> None:
    """A tar that ends right after its last file's bytes is whole (umoci writes such)."""
    end = _TAR.index(status("bash 5.2-1", "openssl 3.0-1")) + len(status("bash 5.2-1", "openssl 3.0-1"))

    inventory = _walk(_TAR[:end])

    assert (_names(inventory), inventory.problems) == (["bash", "openssl"], ())


@pytest.mark.parametrize("cut", [100, 512, 1100, 1600])
def test_a_truncated_layer_is_a_problem(cut: int) -> None:
    """A blob that ends early is said, with what was read before it."""
    inventory = _walk(gzip.compress(_TAR, mtime=0)[: cut // 10] if cut < 512 else _TAR[:cut])

    assert [problem.proven for problem in inventory.problems] == [False]


def test_a_damaged_header_is_a_problem() -> None:
    """A header whose checksum is wrong ends the walk and is said."""
    damaged = bytearray(_TAR)
    damaged[1024 + 10] ^= 0xFF

    assert [problem.code for problem in _walk(bytes(damaged)).problems] == ["layer-unreadable"]


def test_long_names_of_gnu_and_pax() -> None:
    """Paths beyond a header's hundred bytes are read in both forms."""
    path = "a/" * 80 + "var/x"
    buffer = io.BytesIO()
    import tarfile

    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
            archive.addfile(tarfile.TarInfo(path))

        assert path in _walk(buffer.getvalue()).others.split("\n")


def test_whiteouts_and_opaque_marks() -> None:
    """Markers are no files; odd ones are book-keeping."""
    inventory = _walk(make_layer({"a/.wh.b": b"", "c/.wh..wh..opq": b"", ".wh..wh.plnk": b"", "d/.wh.": b""}))

    assert (inventory.whiteouts, inventory.opaques, inventory.others) == (("a/b",), ("c",), "")


def test_a_hard_link_of_a_wanted_file_says_the_same() -> None:
    """Both names of one file are read."""
    inventory = _walk(make_layer([(_STATUS, status("bash 5.2-1")), ("usr/lib/dpkg/status", ("hardlink", _STATUS))]))

    assert [file.path for file in inventory.files] == [_STATUS, "usr/lib/dpkg/status"]


def test_a_hard_link_to_an_unwanted_file_is_read_on_a_second_walk() -> None:
    """The link's name is wanted, its target's is not: the content is read all the same."""
    inventory = _walk(make_layer([("cache/ab", status("bash 5.2-1")), (_STATUS, ("hardlink", "cache/ab"))]))

    assert _names(inventory) == ["bash"]


def test_a_program_by_another_name_is_read_by_both() -> None:
    """BusyBox's image holds it as ``[``, and its own name is a hard link: what was read for its first bytes is not all."""
    program = go_program("example.com/lib v1.2.3") + b"\0BusyBox v1.36.1 (2023-05-19)"
    inventory = _walk(make_layer([("bin/[", program), ("bin/busybox", ("hardlink", "bin/["))]))

    assert {(file.path, file.detector) for file in inventory.files} == {
        ("bin/[", "go-binary"),
        ("bin/busybox", "go-binary"),
        ("bin/busybox", "runtimes"),
    }


def test_a_program_that_is_wanted_by_name_is_looked_into_too() -> None:
    """A Go program may be called as a runtime is."""
    inventory = _walk(make_layer({"usr/bin/curl": go_program("example.com/lib v1.2.3")}))

    assert _names(inventory) == ["stdlib", "lib"]


def test_programs_at_every_place_of_a_chunk() -> None:
    """Wherever the pieces of the archive end, the program's first bytes are seen."""
    tar = make_tar({"opt/tool": go_program("example.com/lib v1.2.3"), "opt/text": b"x" * 600})
    for cut in range(500, 1100):
        walker = LayerWalker(_SET)
        for piece in (tar[:cut], tar[cut:]):
            walker.feed(piece)

        assert _names(walker.finish()) == ["stdlib", "lib"]


def test_a_large_file_is_the_same_in_memory_and_in_a_file() -> None:
    """What memory cannot hold goes to a temporary file; the detectors see no difference."""
    layer = make_layer({"opt/tool": b"".join((go_program("example.com/lib v1.2.3"), bytes(3_000_000)))})

    assert _names(_walk(layer, Budget(memory_bytes=1_000_000))) == _names(_walk(layer)) == ["stdlib", "lib"]


def test_a_later_entry_of_one_path_counts() -> None:
    """Of two entries with one path the last is in the image."""
    inventory = _walk(make_layer([(_STATUS, status("old 1-1")), ("./" + _STATUS, status("new 1-1"))]))

    assert _names(inventory) == ["new"]


def _open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def test_what_a_later_entry_replaces_leaves_no_file_open() -> None:
    """One that waits for the files beside it has a temporary file of its own; so has one below a folder that becomes a file."""
    kept = [("var/lib/rpm/rpmdb.sqlite", b"x" * 102_400), ("usr/lib/sysimage/rpm/rpmdb.sqlite", b"x" * 102_400)]
    tar = make_tar(
        [*kept, ("var/lib/rpm/rpmdb.sqlite", b""), ("usr/lib/sysimage", ("dir", "")), ("usr/lib/sysimage", b"")]
    )
    walker, before = LayerWalker(_SET, Budget(memory_bytes=1000)), _open_files()
    walker.feed(tar[: 2 * (512 + 102_400)])
    opened = _open_files()
    walker.feed(tar[2 * (512 + 102_400) :])

    assert (opened, _open_files()) == (before + 2, before)


@pytest.mark.parametrize("size", [150_000, 40_960], ids=["within a file", "behind one"])
def test_an_abandoned_walk_leaves_no_file_open(size: int) -> None:
    """Neither the one that was being written, nor those that were kept for others."""
    tar, before = (
        make_tar({"var/lib/rpm/rpmdb.sqlite": b"x" * 40_000, "var/lib/dpkg/status": b"x" * 120_000}),
        _open_files(),
    )
    walker = LayerWalker(_SET, Budget(memory_bytes=1000))
    walker.feed(tar[:size])
    opened = _open_files()
    walker.abandon()

    assert opened > before
    assert _open_files() == before


def test_a_layer_that_turns_out_to_be_another_leaves_no_file_open() -> None:
    """What was kept until then counts no more."""

    class Other(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(100_000)
            if not data:
                raise DigestMismatch("another content")
            return data

    before = _open_files()
    with pytest.raises(DigestMismatch) as raised:
        walk_layer(
            lambda: Other(make_tar({"var/lib/dpkg/status": b"x" * 300_000})[:200_000]), _SET, Budget(memory_bytes=1000)
        )

    assert raised.tb is not None, "what holds the walk is still there"
    assert _open_files() == before


def test_a_path_out_of_the_image_is_refused() -> None:
    """``..`` above the root is never followed, and is said."""
    inventory = _walk(make_layer({"../../" + _STATUS: status("evil 1-1")}))

    assert (_names(inventory), [problem.code for problem in inventory.problems]) == ([], ["unsafe-path"])


@pytest.mark.parametrize(
    "budget",
    [Budget(entries=1), Budget(inflated_bytes=1000), Budget(ratio=1, ratio_floor_bytes=10)],
    ids=["entries", "bytes", "ratio"],
)
def test_a_breached_budget_is_a_problem(budget: Budget) -> None:
    """A layer beyond its limits is read in part, and that is said."""
    assert [problem.code for problem in _walk(gzip.compress(_TAR), budget).problems] == ["budget-exceeded"]


def test_a_wanted_file_over_its_budget_is_a_problem() -> None:
    """A database too large to read is never taken as absent."""
    inventory = _walk(_TAR, Budget(file_bytes=10))

    assert [problem.code for problem in inventory.problems] == ["file-not-read"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(min_value=1, max_value=700), min_size=1, max_size=40))
def test_any_chunking_gives_the_same(sizes: list[int]) -> None:
    """How a blob is cut on its way does not change what is in it."""
    blob = gzip.compress(_TAR, mtime=0)
    walker = LayerWalker(_SET)
    position = 0
    for size in sizes * 100:
        walker.feed(blob[position : position + size])
        position += size
    walker.feed(blob[position:])

    assert walker.finish() == _walk(blob)


@settings(max_examples=150, deadline=None)
@given(st.integers(min_value=0, max_value=len(_TAR) - 1), st.integers(min_value=1, max_value=255))
def test_a_flipped_byte_never_raises(place: int, flip: int) -> None:
    """Any damage ends in an inventory, with a problem or without."""
    damaged = bytearray(_TAR)
    damaged[place] ^= flip

    _walk(bytes(damaged))
