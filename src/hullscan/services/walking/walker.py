"""A process that walks layers while a server receives them; `services.walking.walks` says how they talk."""

import os
import selectors
import socket
import traceback
from contextlib import suppress
from typing import Final

from hullscan.services.collector import collect_seldom
from hullscan.services.walking.growing import MEMORY_BYTES, GrowingLayer
from hullscan.services.walking.walks import ANSWER, BEGIN, GROWN

_IDLE_S: Final = 30.0
"""A process that had nothing to walk for so long ends, which gives its memory back."""


def work(control: socket.socket) -> None:
    """Walk what *control* brings, until the server is gone or had nothing for long."""
    with suppress(OSError):
        # Who wakes to receive or to answer goes first; without it a push takes half a second more of the kernel's time.
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    collect_seldom()
    _Walker(control).run()


class _Walker:
    """All walks under way in this process; the one that has least to read goes on."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._walks: list[_Walk] = []
        self._ready = selectors.DefaultSelector()

    def run(self) -> None:
        """Walk until `control` ends."""
        open_ = True
        self._ready.register(self._control, selectors.EVENT_READ)
        while open_ or self._walks:
            busy = any(walk.has_more for walk in self._walks)
            events = self._ready.select(0 if busy else _IDLE_S)
            if not events and not self._walks:
                # The server sees it when it sends the next; one that was on its way is read below.
                self._control.shutdown(socket.SHUT_RD)
            for key, _ in events:
                if key.data is not None:
                    self._listen(key.data)
                elif not self._begin():
                    open_ = False
                    self._ready.unregister(self._control)
            waiting = [walk for walk in self._walks if walk.has_more]
            if waiting:
                # Small layers need not wait for large ones, and of the large ones few are half known and fill the memory.
                self._advance(min(waiting, key=lambda walk: walk.left_bytes))

    def _begin(self) -> bool:
        message, files, _, _ = socket.recv_fds(self._control, len(BEGIN), 2)
        if not message:
            return False
        # The more are walked at once, the less memory each may have.
        layer = GrowingLayer(files[1], MEMORY_BYTES // (len(self._walks) + 1))
        walk = _Walk(socket.socket(fileno=files[0]), layer)
        self._walks.append(walk)
        self._ready.register(walk.connection, selectors.EVENT_READ, walk)
        return True

    def _listen(self, walk: "_Walk") -> None:
        if not walk.listen():
            self._end(walk)

    def _advance(self, walk: "_Walk") -> None:
        try:
            if walk.advance():
                self._end(walk)
        except Exception:  # noqa: BLE001 (a job's edge: the server walks the layer itself and meets the same)
            traceback.print_exc()
            self._end(walk)

    def _end(self, walk: "_Walk") -> None:
        self._ready.unregister(walk.connection)
        self._walks.remove(walk)
        walk.close()


class _Walk:
    """One walk, as far as it is."""

    def __init__(self, connection: socket.socket, layer: GrowingLayer) -> None:
        self.connection = connection
        self.has_more = False
        self._layer = layer
        self._size_bytes = 0
        self._is_all = False

    @property
    def left_bytes(self) -> int:
        """How much is there that was not walked."""
        return self._size_bytes - self._layer.walked_bytes

    def listen(self) -> bool:
        """Take what the server says; False if it gave the walk up."""
        try:
            said = self.connection.recv(64 * GROWN.size)
        except ConnectionResetError:
            return False
        if not said:
            return False
        self._size_bytes, self._is_all = GROWN.unpack(said[-GROWN.size :])
        self.has_more = True
        return True

    def advance(self) -> bool:
        """Walk the next piece; True if it was the last and the answer is given."""
        self.has_more = self._layer.step(self._size_bytes)
        if self.has_more or not self._is_all:
            return False
        body = self._layer.finish()
        try:
            self.connection.sendall(ANSWER.pack(len(body)) + body)
        except BrokenPipeError:
            pass  # nobody waits for it any more
        return True

    def close(self) -> None:
        """Let go of all."""
        self.connection.close()
        self._layer.close()
