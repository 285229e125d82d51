"""
Jobs done by forked processes, one for each core, while this one goes on: Python's lock lets threads share just one core.

Not `concurrent.futures`: its processes outlive a parent that is killed, each holding the queue that the others wait on.
"""

import fcntl
import os
import selectors
import struct
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NoReturn

from hullscan.errors import HullscanError

_NUMBER: Final = struct.Struct("=I")
_HEAD: Final = struct.Struct("=I?Q")
"""A result's head: the job's number, whether it succeeded, and how many bytes follow."""

_PIPE_BYTES: Final = 1024 * 1024
"""A process that is done with its first job need not wait until somebody reads it."""

_GIVES_WAY: Final = 5
"""How much nicer all processes are than the first: that has the longest job, for whose end the others wait (nice(2))."""

MOST_JOBS: Final = 4096 // _NUMBER.size
"""What the smallest pipe takes without being read."""


class ProcessDied(HullscanError):
    """A forked process ended before its jobs did: killed, or out of memory."""


def can_fork() -> bool:
    """Say whether forking is safe: on Linux, and only where no other thread could hold a lock."""
    return sys.platform == "linux" and threading.active_count() == 1


class ForkedJobs:
    """
    Does *jobs*, the longest first, in at most *processes* forked processes, each taking the next job when it is done with one.

    With *nice* all of them give way to others. The numbers of the jobs wait in a pipe that all children read; who finds it empty
    ends. A child whose parent was killed, or has no more use for it, ends when it writes its result.
    """

    def __init__(self, jobs: Sequence[Callable[[], bytes]], processes: int, *, nice: int = 0) -> None:
        self._pipes: dict[int, int] = {}
        if len(jobs) > MOST_JOBS:
            raise ValueError(f"at most {MOST_JOBS} jobs can wait")
        self._jobs = jobs
        self._left = set(range(len(jobs)))
        numbers, feeder = os.pipe()
        os.write(feeder, b"".join(_NUMBER.pack(number) for number in range(len(jobs))))
        os.close(feeder)
        for number in range(min(processes, len(jobs))):
            self._fork(numbers, nice + (_GIVES_WAY if number else 0))
        os.close(numbers)

    def results(self) -> Iterator[tuple[int, bytes]]:
        """
        Yield each job's number and result, in the order in which they are done.

        Raises:
            ProcessDied: A process ended before its jobs did.
            Exception: What a job raised.
        """
        buffers = {pipe: bytearray() for pipe in self._pipes}
        try:
            with selectors.DefaultSelector() as ready:
                for pipe in self._pipes:
                    ready.register(pipe, selectors.EVENT_READ)
                while ready.get_map():
                    for key, _ in ready.select():
                        data = os.read(key.fd, _PIPE_BYTES)
                        if not data:
                            ready.unregister(key.fd)
                        buffers[key.fd] += data
                        yield from self._complete(buffers[key.fd])
        finally:
            self._close()
        if self._left:
            raise ProcessDied("a process that reads layers was ended from outside; is there enough memory?")

    def __del__(self) -> None:
        self._close()  # nobody asked for the results: something else went wrong

    def _close(self) -> None:
        """End and collect the processes."""
        for pipe, child in self._pipes.items():
            os.close(pipe)
            os.waitpid(child, 0)
        self._pipes.clear()

    def _complete(self, buffer: bytearray) -> Iterator[tuple[int, bytes]]:
        while len(buffer) >= _HEAD.size:
            number, succeeded, size = _HEAD.unpack_from(buffer)
            end = _HEAD.size + size
            if len(buffer) < end:
                return
            body = bytes(buffer[_HEAD.size : end])
            del buffer[:end]
            if not succeeded:
                raise _unpickled(body)
            self._left.discard(number)
            yield number, body

    def _fork(self, numbers: int, nice: int) -> None:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.nice(nice)
            self._work(numbers, writer)
        os.close(writer)
        fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        self._pipes[reader] = child

    def _work(self, numbers: int, writer: int) -> NoReturn:
        """Do jobs until none is left; nothing of the parent's is closed, flushed or cleaned up here."""
        code = 1
        try:
            while head := os.read(numbers, _NUMBER.size):
                number = int(_NUMBER.unpack(head)[0])
                try:
                    succeeded, body = True, self._jobs[number]()
                except Exception as error:  # noqa: BLE001 (raised again by the parent)
                    succeeded, body = False, _pickled(error)
                _write(writer, _HEAD.pack(number, succeeded, len(body)) + body)
            code = 0
        finally:
            os._exit(code)


def _write(writer: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(writer, view) :]


def _pickled(error: Exception) -> bytes:
    import pickle  # takes 4 ms before the first fork, and errors are rare

    try:
        data = pickle.dumps(error)
        pickle.loads(data)
    except Exception:  # noqa: BLE001 (some exceptions cannot be built from their arguments)
        return pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))
    return data


def _unpickled(data: bytes) -> Exception:
    import pickle

    error = pickle.loads(data)
    assert isinstance(error, Exception)
    return error
