"""Which processes a process has started; tests ask it too."""

from pathlib import Path


def descendants(pid: int) -> list[int]:
    """Return the children of *pid*, their children, and so on; parents first."""
    found = [pid]
    for one in found:
        for tasks in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += map(int, tasks.read_text().split())
            except OSError:
                continue  # the thread ended
    return found[1:]


def is_running(pid: int) -> bool:
    """Say whether *pid* runs; who ended and was not yet waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
