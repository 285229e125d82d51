"""Takes waiting scans or runs one by one, in a thread of the server. They are leases, so a second worker does no harm."""

import threading
from collections.abc import Callable
from typing import Final

import structlog

_IDLE_S: Final = 0.5

_log = structlog.get_logger()


class Worker:
    """Calls *run_next* (which says whether there was anything to do) until it is stopped."""

    def __init__(self, name: str, run_next: Callable[[], bool]) -> None:
        self._name = name
        self._run_next = run_next
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the scan that is under way."""
        self._stopping.set()
        self._thread.join(timeout=30)

    def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                worked = self._run_next()
            except Exception:  # noqa: BLE001 (a job's edge: the scan's lease runs out and it is tried again)
                _log.exception("job failed", job=self._name)
                worked = False
            if not worked:
                self._stopping.wait(_IDLE_S)
