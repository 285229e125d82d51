"""
Walks of layers that are being uploaded: begun with the first bytes, ended soon after the last.

Other processes do them (`services.walking.walker`), since Python's lock would let the server's threads share one core. For
each walk a process is given the file and a socket of the walk's own. There the server says how much of the file is there,
and at last that this is all; the answer is the encoded inventory. A walk that is given up has its socket closed, and so have
all walks of a server or a process that was killed.
"""

import os
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from hullscan.services.walking.forked import ProcessDied
from hullscan.services.walking.spawner import Spawner

BEGIN: Final = b"+"

GROWN: Final = struct.Struct("=Q?")
"""How many bytes are there, and whether they are all."""

ANSWER: Final = struct.Struct("=Q")
"""How many bytes of inventory follow."""

_MOST_PROCESSES: Final = min(os.cpu_count() or 1, 2)
"""Two walk faster than most networks bring layers, and each takes some 50 MB for as long as it has large ones."""

_MOST_BEHIND: Final = 16
"""So many uploads may be complete and their walks not: who sends faster than layers can be walked has to wait."""


class Walk(Protocol):
    """One walk. It reads the file by itself; what is said here is how much of it is there."""

    def grown(self, size_bytes: int) -> None:
        """Say that the first *size_bytes* of the file are there."""
        ...

    def finish(self, size_bytes: int) -> bytes | None:
        """
        Say that *size_bytes* are all, and return the encoded inventory: nothing if the file is no layer.

        None if whoever walked it was killed: the layer has to be walked again.
        """
        ...

    def abandon(self) -> None:
        """Give the walk up."""
        ...


class Walks:
    """All walks of a server: done by processes of *spawner*'s, or where there is none, by whoever says that a file has grown."""

    def __init__(self, spawner: Spawner | None = None) -> None:
        self._spawner = spawner
        self._processes: list[_Process] = []
        self._lock = threading.Lock()
        self._behind = threading.BoundedSemaphore(_MOST_BEHIND)
        self._ending: dict[str, threading.Thread] = {}

    def begin(self, path: Path) -> Walk:
        """Begin to walk the file *path*, of which hardly anything is there yet."""
        with path.open("rb") as stream:
            if self._spawner is not None:
                try:
                    return self._begin_elsewhere(stream.fileno(), self._spawner)
                except ProcessDied as error:
                    from structlog import get_logger  # takes long to import, and commands use this module too

                    self._spawner = None
                    get_logger().warning("layers are walked by the server itself", reason=str(error))
            return _Here(os.dup(stream.fileno()))

    def finish(self, walk: Walk, digest: str, size_bytes: int, keep: Callable[[bytes | None], None]) -> None:
        """
        Have *walk* end, the file being the complete blob *digest*, and *keep* called with what `Walk.finish` returns.

        A walk by another process goes on beside what this one does next; `wait` waits for it.
        """
        if isinstance(walk, _Here):
            keep(walk.finish(size_bytes))
            return
        self._behind.acquire()

        def end() -> None:
            try:
                keep(walk.finish(size_bytes))
            finally:
                with self._lock:
                    if self._ending.get(digest) is thread:
                        del self._ending[digest]
                self._behind.release()

        thread = threading.Thread(target=end, name="walk")
        with self._lock:
            self._ending[digest] = thread
        thread.start()

    def wait(self, digest: str) -> None:
        """Wait until no walk of the blob *digest* is under way."""
        with self._lock:
            thread = self._ending.get(digest)
        if thread is not None:
            thread.join()

    def close(self) -> None:
        """Let the processes end once their walks have."""
        with self._lock:
            processes, self._processes = self._processes, []
        for process in processes:
            process.close()

    def _begin_elsewhere(self, descriptor: int, spawner: Spawner) -> Walk:
        with self._lock:
            # All that are known may have ended.
            for _ in range(_MOST_PROCESSES + 1):
                process = self._least_busy(spawner)
                if (walk := process.begin(descriptor)) is not None:
                    return walk
                self._processes.remove(process)
        raise ProcessDied("the processes that walk layers end as soon as they start")

    def _least_busy(self, spawner: Spawner) -> "_Process":
        least = min(self._processes, key=lambda process: process.walks, default=None)
        if least is None or (least.walks and len(self._processes) < _MOST_PROCESSES):
            least = _Process(spawner.start())
            self._processes.append(least)
        return least


class _Process:
    """A process that walks (`hullscan.services.walking.walker`), and how many walks it was given that have not ended."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._lock = threading.Lock()
        self.walks = 0

    def begin(self, descriptor: int) -> Walk | None:
        """Have it walk the file *descriptor*; None if it ended, being idle for long or killed."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [BEGIN], [theirs.fileno(), descriptor])
            except OSError:
                ours.close()
                self.close()
                return None
        with self._lock:
            self.walks += 1
        return _Elsewhere(ours, self)

    def close(self) -> None:
        """Let it end."""
        self._control.close()

    def ended(self) -> None:
        """Take note that one of its walks is over."""
        with self._lock:
            self.walks -= 1


class _Elsewhere:
    """A walk by another process."""

    def __init__(self, connection: socket.socket, process: _Process) -> None:
        self._socket = connection
        self._process = process

    def grown(self, size_bytes: int) -> None:
        """See `Walk`."""
        try:
            self._socket.send(GROWN.pack(size_bytes, False), socket.MSG_DONTWAIT)
        except OSError:
            pass  # it is busy, and what is said next says this too; or it was killed, which `finish` will see

    def finish(self, size_bytes: int) -> bytes | None:
        """See `Walk`."""
        try:
            self._socket.sendall(GROWN.pack(size_bytes, True))
            with self._socket.makefile("rb") as stream:
                head = stream.read(ANSWER.size)
                if len(head) < ANSWER.size:
                    return None
                (length,) = ANSWER.unpack(head)
                body = stream.read(length)
                return body if len(body) == length else None
        except OSError:
            return None
        finally:
            self.abandon()

    def abandon(self) -> None:
        """See `Walk`."""
        self._socket.close()
        self._process.ended()


class _Here:
    """A walk by the thread that says how far the file has come."""

    def __init__(self, descriptor: int) -> None:
        from hullscan.services.walking.growing import GrowingLayer

        self._layer = GrowingLayer(descriptor)

    def grown(self, size_bytes: int) -> None:
        """See `Walk`."""
        while self._layer.step(size_bytes):
            pass

    def finish(self, size_bytes: int) -> bytes | None:
        """See `Walk`."""
        try:
            self.grown(size_bytes)
            return self._layer.finish()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """See `Walk`."""
        self._layer.close()
