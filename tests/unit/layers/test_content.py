"""The bytes of one file, compared with `io.BytesIO`."""

import io
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hullscan.layers.content import Content, LeftOut, Scratch

_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.integers(-1, 300_000)),
        st.tuples(st.just("seek"), st.integers(0, 300_000)),
        st.tuples(st.just("readline"), st.just(0)),
    ),
    max_size=8,
)


def _bytes(size: int) -> bytes:
    return bytes(place * place % 251 for place in range(size))


@given(size=st.sampled_from([0, 1, 65_536, 65_537, 200_000]), room=st.sampled_from([10, 70_000, 300_000]), steps=_STEPS)
def test_content_reads_as_bytes_do(size: int, room: int, steps: list[tuple[str, int]]) -> None:
    """In memory, copied or in a file: reading, seeking and lines are those of the standard library."""
    data = _bytes(size)
    with closing(Scratch(room)) as scratch:
        stream, reference = _content(scratch, data).open(), io.BytesIO(data)

        for verb, number in steps:
            arguments = () if verb == "readline" else (number,)
            assert getattr(stream, verb)(*arguments) == getattr(reference, verb)(*arguments)


@pytest.mark.parametrize("room", [200_000, 10], ids=["memory", "file"])
def test_nothing_of_an_earlier_file_is_left(room: int) -> None:
    """Memory and file are used again; a shorter file ends where it ends."""
    with closing(Scratch(room)) as scratch:
        first = _content(scratch, b"a" * 150_000)
        first.open().read()
        first.close()
        second = _content(scratch, b"b" * 100_000).open()

        assert second.read() == b"b" * 100_000
        assert second.seek(0, io.SEEK_END) == 100_000


@pytest.mark.parametrize("room", [200_000, 10], ids=["memory", "file"])
def test_a_file_that_is_kept_has_room_of_its_own(room: int) -> None:
    """Files that are read together with others wait; what comes after them does not write over them."""
    with closing(Scratch(room)) as scratch:
        waiting = _content(scratch, b"a" * 100_000)
        waiting.open()
        waiting.detach()
        next_one = _content(scratch, b"b" * 100_000)

        assert (waiting.open().read(1), next_one.open().read(1)) == (b"a", b"b")
        waiting.close()


@given(
    gap=st.tuples(st.integers(0, 120_000), st.integers(0, 120_000)).map(sorted),
    room=st.sampled_from([10, 70_000, 300_000]),
    steps=_STEPS,
)
def test_what_is_left_out_is_never_read_as_something_else(
    gap: list[int], room: int, steps: list[tuple[str, int]]
) -> None:
    """Around the gap all reads as before; a read that touches it is refused."""
    data = _bytes(120_000)
    with closing(Scratch(room)) as scratch:
        stream, reference = _content(scratch, data, range(*gap)).open(), io.BytesIO(data)

        for verb, number in steps:
            arguments = () if verb == "readline" else (number,)
            before = reference.tell()
            expected = getattr(reference, verb)(*arguments)
            if verb != "seek" and before < gap[1] and reference.tell() > gap[0] and gap[0] < gap[1]:
                with pytest.raises(LeftOut):
                    getattr(stream, verb)(*arguments)
                break
            assert getattr(stream, verb)(*arguments) == expected


def _content(scratch: Scratch, data: bytes, gap: range = range(0)) -> Content:
    content = Content(scratch)
    content.gap = gap
    for start in range(0, len(data), 30_000):
        content.write(memoryview(data)[start : start + 30_000])
    return content
