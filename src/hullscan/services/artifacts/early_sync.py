"""An upload's bytes brought to the disk while more come, so that its end need not wait for all of them."""

import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

from hullscan.errors import StoreError

_STEP_BYTES: Final = 16 * 1024 * 1024
"""So much more has to be there before the disk is asked again: each time it has to empty its own cache."""

_executor: Final = ThreadPoolExecutor(4, thread_name_prefix="sync")
"""So many files are brought to the disk at once, whoever takes uploads."""


class EarlySync:
    """
    Brings the growing file *path* to the disk by a thread of its own.

    Rule: fsync(2), "Errors": a failure to write is told once, to one of those who ask. What is told here is told again by
    `close`, since whoever asks after that would hear that all is well.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._running: Future[None] | None = None
        self._asked_bytes = 0

    def grown(self, size_bytes: int) -> None:
        """
        Say that *size_bytes* are there; what was asked for before goes on.

        Raises:
            StoreError: Bytes that were there before could not be written.
        """
        if size_bytes - self._asked_bytes < _STEP_BYTES or (self._running is not None and not self._running.done()):
            return
        self._raise_failure()
        self._asked_bytes = size_bytes
        try:
            descriptor = os.open(self._path, os.O_RDONLY)
        except OSError:
            return  # it was cancelled meanwhile; else its end will say what is wrong
        self._running = _executor.submit(_sync, descriptor)

    def close(self) -> None:
        """
        Wait for what is under way.

        Raises:
            StoreError: Bytes could not be written.
        """
        self._raise_failure()

    def _raise_failure(self) -> None:
        if self._running is None:
            return
        try:
            self._running.result()
        except OSError as error:
            raise StoreError(f"the upload could not be kept: {error.strerror}") from error


def _sync(descriptor: int) -> None:
    try:
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)
