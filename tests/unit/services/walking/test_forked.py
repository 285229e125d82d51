"""Jobs in forked processes: all are done once, errors come back, and a child that dies is noticed."""

import os
import signal
from pathlib import Path

import pytest

from hullscan.errors import UnreadableInput
from hullscan.services.walking.forked import ForkedJobs, ProcessDied


def _children() -> set[str]:
    """The processes that this one has begun and not collected (proc(5))."""
    return {child for task in Path("/proc/self/task").iterdir() for child in (task / "children").read_text().split()}


def _run(jobs: list) -> dict[int, bytes]:  # type: ignore[type-arg]
    return dict(ForkedJobs(jobs, 2).results())


def test_every_job_is_done_by_another_process() -> None:
    jobs = [lambda number=number: f"{number} {os.getpid()}".encode() for number in range(50)]
    results = _run(jobs)
    assert {number: int(result.split()[0]) for number, result in results.items()} == {n: n for n in range(50)}
    assert str(os.getpid()) not in {result.split()[1].decode() for result in results.values()}


@pytest.mark.parametrize("asked", [True, False], ids=["results given up", "results never asked for"])
def test_who_has_no_more_use_for_them_leaves_no_process_behind(asked: bool) -> None:
    before = _children()
    forked = ForkedJobs([lambda: b"done", lambda: b"done too"], 2)
    assert len(_children() - before) == 2
    results = forked.results()
    if asked:
        next(results)
    del results, forked

    assert _children() <= before


def test_processes_give_way_as_told() -> None:
    nice = int(dict(ForkedJobs([lambda: str(os.nice(0)).encode()], 1, nice=3).results())[0])

    assert nice == min(os.nice(0) + 3, 19)


def test_results_larger_than_a_pipe() -> None:
    results = _run([lambda: b"a" * 5_000_000, lambda: b"b" * 5_000_000, lambda: b""])
    assert [len(results[number]) for number in range(3)] == [5_000_000, 5_000_000, 0]


def test_an_error_is_raised_here() -> None:
    def fail() -> bytes:
        raise UnreadableInput("the layer is odd")

    with pytest.raises(UnreadableInput, match="the layer is odd"):
        _run([fail])


def test_an_error_that_cannot_be_carried_over_is_told() -> None:
    class Odd(Exception):
        pass

    def fail() -> bytes:
        raise Odd("local classes cannot be pickled")

    with pytest.raises(RuntimeError, match="Odd: local classes"):
        _run([fail])


def test_a_killed_process_is_no_result() -> None:
    def die() -> bytes:
        os.kill(os.getpid(), signal.SIGKILL)
        return b""

    with pytest.raises(ProcessDied):
        _run([die, lambda: b"done"])
