"""Credentials that were checked just now."""

import hmac
import os
import threading
import time
from collections.abc import Callable
from typing import Final

from hullscan.services.access.callers import Caller
from hullscan.services.access.secrets import password_matches

BELIEVED_S: Final = 5.0
"""How long a check is believed without asking the store again; a revoked token dies within it."""

_MOST_KEPT: Final = 10_000


class RecentChecks:
    """
    Whom credentials stood for when they were last checked.

    Credentials are kept as digests under a key that ends with this process.
    """

    def __init__(self, *, believed_s: float = BELIEVED_S) -> None:
        self._believed_s = believed_s
        self._key = os.urandom(32)
        self._good: dict[bytes, tuple[float, Caller]] = {}
        self._proven: set[bytes] = set()
        self._lock = threading.Lock()

    def known(self, *credentials: str) -> Caller | None:
        """Return whom *credentials* (of what kind, and the parts) stand for, if that was checked just now."""
        known = self._good.get(self._digest(credentials))
        return known[1] if known is not None and time.monotonic() - known[0] < self._believed_s else None

    def keep(self, caller: Caller, *credentials: str) -> None:
        """Remember for a moment whom *credentials* stand for."""
        self._keep(self._digest(credentials), time.monotonic(), caller)

    def caller(self, check: Callable[[], Caller], *credentials: str, believed_s: float | None = None) -> Caller:
        """
        Return whom *credentials* stand for, by *check* unless that was done just now.

        Args:
            believed_s: How old that may be, where it is less than usual.
        """
        digest = self._digest(credentials)
        at = time.monotonic()
        known = self._good.get(digest)
        most_s = self._believed_s if believed_s is None else min(believed_s, self._believed_s)
        if known is not None and at - known[0] < most_s:
            return known[1]
        caller = check()
        self._keep(digest, at, caller)
        return caller

    def forget_callers(self) -> None:
        """Believe nothing that was checked before."""
        with self._lock:
            self._good.clear()

    def is_password(self, hashed: str, password: str) -> bool:
        """
        Compare *password* with its hash; argon2, with its 64 MiB, is asked once for each pair of them.

        Clients send Basic with every request.
        """
        pair = self._digest(("proven", hashed, password))
        if pair in self._proven:
            return True
        if not password_matches(hashed, password):
            return False
        with self._lock:
            if len(self._proven) > _MOST_KEPT:
                self._proven.clear()
            self._proven.add(pair)
        return True

    def _keep(self, digest: bytes, at: float, caller: Caller) -> None:
        with self._lock:
            if len(self._good) > _MOST_KEPT:
                self._good.clear()
            self._good[digest] = (at, caller)

    def _digest(self, credentials: tuple[str, ...]) -> bytes:
        return hmac.digest(self._key, "\0".join(credentials).encode("utf-8", "replace"), "sha256")
