"""Names and keys that somebody tries to guess the secrets of."""

import threading
import time
from typing import Final

from hullscan.errors import NotAuthenticated

_FAILURES: Final = 5
_LOCKED_S: Final = 300.0
"""After five bad tries in a row, none older than this, a name or key is refused for five minutes (ocr_01_0063)."""

_MOST_KEPT: Final = 100_000


class BadTries:
    """Counts the bad tries of each name or key since the last good one."""

    def __init__(self) -> None:
        self._bad: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def refuse_if_locked(self, name: str) -> None:
        """
        Raises:
            NotAuthenticated: Too many bad tries came just before.
        """
        count, since = self._bad.get(name, (0, 0.0))
        if count < _FAILURES:
            return
        if time.monotonic() - since < _LOCKED_S:
            raise NotAuthenticated(f"{name} is locked for five minutes after {_FAILURES} bad tries")
        self.forget(name)

    def note(self, name: str) -> None:
        """Count one."""
        with self._lock:
            count, since = self._bad.get(name, (0, 0.0))
            at = time.monotonic()
            if at - since >= _LOCKED_S:
                count = 0
            if len(self._bad) > _MOST_KEPT:
                self._bad.clear()
            self._bad[name] = (count + 1, at)

    def forget(self, name: str) -> None:
        """Forget those before a good one."""
        with self._lock:
            self._bad.pop(name, None)
