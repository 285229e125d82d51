"""Small files of every kind, cut off: nothing is missing without a word (`fuzz.targets`, where each kind is a line)."""

import pytest
from fuzz.targets import TARGETS, Target, check_seeds


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_a_file_that_was_cut_off_is_known_to_be(target: Target) -> None:
    """At 50 places; the whole file gives no problem. Lists of lines cannot be told from shorter lists."""
    check_seeds(target)
