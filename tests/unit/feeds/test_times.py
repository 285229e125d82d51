"""Times that are none, or next to the first and last there are: one record's trouble, and not its publisher's."""

import re

import pytest
from fuzz.targets import TARGETS, Target, answer

_DATE = re.compile(rb"20\d\d-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d(?:Z|\+00:00)?)?")
_DATED = [target for name, target in TARGETS.items() if name.startswith("feed-") and _DATE.search(target.seeds[0])]


@pytest.mark.parametrize(
    "time", [b"tomorrow", b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-14:00", b"2026-13-01", b""]
)
@pytest.mark.parametrize("target", _DATED, ids=lambda target: target.name)
def test_a_record_with_a_time_that_is_none(target: Target, time: bytes) -> None:
    """A problem, or a refusal that refreshes know (`answer` takes no other); never an error that ends the refresh of all."""
    answer(target, _DATE.sub(time, target.seeds[0]))


def test_a_file_of_oval_without_its_own_time_is_read() -> None:
    """What it says does not hang on it."""
    target = TARGETS["feed-oval-elsa"]
    stamp = b"<generator><timestamp>soon</timestamp></generator><definitions>"

    found = answer(target, target.seeds[0].replace(b"<definitions>", stamp))

    assert found == answer(target, target.seeds[0])
