"""Processes for a server that has threads: it cannot fork safely any more, but a child that it made before them can."""

import os
import signal
import socket
from collections.abc import Callable
from typing import Final, NoReturn

from hullscan.services.walking.forked import ProcessDied

_START: Final = b"+"


class Spawner:
    """
    Starts processes that do *work*, each with a socket whose other end the server has.

    It is forked before the server has threads (`can_fork`), and does nothing else. It ends when the server does, however that
    ends, since its own socket is closed then; what it started has to look for the end of its socket in the same way.
    """

    def __init__(self, work: Callable[[socket.socket], None]) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self.pid = os.fork()
            if self.pid == 0:
                self._socket.close()
                _serve(theirs, work)

    def start(self) -> socket.socket:
        """
        Start a process and return the socket by which to talk with it.

        Raises:
            ProcessDied: The spawner was ended from outside.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._socket, [_START], [theirs.fileno()])
            except OSError as error:
                ours.close()
                raise ProcessDied("the process that starts others was ended from outside") from error
        return ours

    def close(self) -> None:
        """End the spawner; what it started ends by itself."""
        self._socket.close()
        os.waitpid(self.pid, 0)


def _serve(requests: socket.socket, work: Callable[[socket.socket], None]) -> NoReturn:
    """Fork for each request until the server is gone; nothing of the server's is closed, flushed or cleaned up here."""
    code = 1
    try:
        # A signal to the whole group of processes is the server's to answer: it finishes what is under way first.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the processes, and none stays as a zombie
        while True:
            request, files, _, _ = socket.recv_fds(requests, 1, 1)
            if not request:
                break
            with socket.socket(fileno=files[0]) as theirs:
                if os.fork() == 0:
                    requests.close()
                    work(theirs)
                    break
        code = 0
    finally:
        os._exit(code)
