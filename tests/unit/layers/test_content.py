"""The bytes of one file, compared with `io.BytesIO`."""

import io

from hypothesis import given
from hypothesis import strategies as st

from hullscan.layers.content import Content, Scratch

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
    content = Content(Scratch(room))
    for start in range(0, size, 30_000):
        content.write(memoryview(data)[start : start + 30_000])
    stream, reference = content.open(), io.BytesIO(data)

    for verb, number in steps:
        arguments = () if verb == "readline" else (number,)
        assert getattr(stream, verb)(*arguments) == getattr(reference, verb)(*arguments)
    content.close()


def test_nothing_of_an_earlier_file_is_left() -> None:
    """The memory is used again; a shorter file ends where it ends."""
    scratch = Scratch(200_000)
    first = Content(scratch)
    first.write(memoryview(b"a" * 150_000))
    first.open().read()
    first.close()
    second = Content(scratch)
    second.write(memoryview(b"b" * 100_000))

    assert second.open().read() == b"b" * 100_000


def test_a_file_that_is_kept_has_memory_of_its_own() -> None:
    """Files that are read together with others wait; what comes after them does not write over them."""
    scratch = Scratch(200_000)
    waiting, next_one = Content(scratch), Content(scratch)
    waiting.write(memoryview(b"a" * 100_000))
    waiting.open()
    waiting.detach()
    next_one.write(memoryview(b"b" * 100_000))

    assert (waiting.open().read(1), next_one.open().read(1)) == (b"a", b"b")
