"""Calls something again and again, in a thread of the server."""

import threading
from collections.abc import Callable

import structlog

_log = structlog.get_logger()


class Timer:
    """Calls *work* every *period_s* seconds, first after one period; a failure is logged and does not stop it."""

    def __init__(self, name: str, period_s: float, work: Callable[[], object]) -> None:
        self._name = name
        self._period_s = period_s
        self._work = work
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; work that is under way is given a moment."""
        self._stopping.set()
        self._thread.join(timeout=10)

    def _loop(self) -> None:
        while not self._stopping.wait(self._period_s):
            try:
                self._work()
            except Exception:  # noqa: BLE001 (a job's edge: it is called again after its period)
                _log.exception("job failed", job=self._name)
