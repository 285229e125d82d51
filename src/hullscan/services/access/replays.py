"""Signed requests that were sent before."""

import threading
import time
from typing import Final

from hullscan.errors import NotAuthenticated

_REPLAY_S: Final = 1_900.0
"""Longer than a signature's date can be good: 15 minutes to both sides."""

_SAME_S: Final = 2.0
"""Within two seconds the same bytes may be two requests of one client, as dates count seconds."""

_MOST_KEPT: Final = 100_000


class Replays:
    """Knows the signatures that came while their dates could still be good."""

    def __init__(self) -> None:
        self._seen: dict[str, float] = {}
        self._lock = threading.Lock()

    def refuse(self, signature: str, method: str) -> None:
        """
        Note a *signature*; refuse a request that changes something and was sent before.

        Raises:
            NotAuthenticated: It was replayed.
        """
        if method in ("GET", "HEAD"):
            return
        at = time.monotonic()
        with self._lock:
            first = self._seen.setdefault(signature, at)
            if len(self._seen) > _MOST_KEPT:
                self._seen = {one: since for one, since in self._seen.items() if at - since < _REPLAY_S}
        if at - first > _SAME_S:
            raise NotAuthenticated("verify aksk signature fail, the request was sent before; sign it anew")
