"""What comes to hold a little later."""

import time
from collections.abc import Callable


def eventually(holds: Callable[[], bool]) -> bool:
    """Wait until *holds*, for ten seconds at most."""
    for _ in range(200):
        if holds():
            return True
        time.sleep(0.05)
    return holds()
