"""Does something a single time, in a thread of the server."""

import threading
from collections.abc import Callable

import structlog

_log = structlog.get_logger()


class Once:
    """Calls *work* when started; a failure is logged, and tried again by the next start of the server."""

    def __init__(self, name: str, work: Callable[[], object]) -> None:
        self._name = name
        self._work = work
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Wait a moment for its end; what is not done then is left to the next start."""
        self._thread.join(timeout=10)

    def _run(self) -> None:
        try:
            self._work()
        except Exception:  # noqa: BLE001 (a job's edge: it is done again by the next start)
            _log.exception("job failed", job=self._name)
