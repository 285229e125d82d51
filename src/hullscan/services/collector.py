"""Python's garbage collector, in processes that go on; commands turn it off (`hullscan.__main__`)."""

import gc
from typing import Final

_GARBAGE: Final = 50_000
"""
So many new objects call for it. What a walk or a push makes has hardly any cycles: with Python's own number, looking for them
costs a walk 7 % and a push a twentieth.
"""


def collect_seldom() -> None:
    """Turn it on, but for what is there already and lives as long as the process."""
    gc.freeze()
    gc.set_threshold(_GARBAGE)
    gc.enable()
