"""Cold and warm scans of the whole command, beside only inflating the layers, and beside the bare start-up."""

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from bench import images
from hullscan.layers.inflate import Inflater

_RUNS = 5


def measure(image: Path, root: Path) -> None:
    """Print the ratios of scans and the peak memory of a cold one."""
    _, layers, _ = images.read(image)
    environment = {**os.environ, "HULLSCAN_DATA_DIR": str(root / "scan")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    inflate, cold, warm, start = [], [], [], []
    _run(["scan", f"oci:{image}", "--offline"], environment)
    for _ in range(_RUNS):
        inflate.append(_inflate(layers))
        start.append(_run(["compare", "dpkg", "1", "2"], environment))
        warm.append(_run(["scan", f"oci:{image}", "--offline"], environment))
        shutil.rmtree(root / "scan")
        # An empty store is made first: a scan that also makes its database is a user's first one only.
        _run(["feeds", "status"], environment)
        cold.append(_run(["scan", f"oci:{image}", "--offline"], environment))
    shutil.rmtree(root / "scan")
    peak_kib = _peak_kib(["scan", f"oci:{image}", "--offline"], environment)
    base = median(inflate)
    over = (median(cold) - median(start)) / base
    print(f"inflate only, same library, 2 threads     {base:7.3f} s")
    print(f"start-up of the command (compare)         {median(start):7.3f} s")
    print(f"cold scan, whole command                  {median(cold):7.3f} s   {over:5.2f} x inflate, start-up apart")
    print(f"warm scan, whole command                  {median(warm):7.3f} s   {median(warm) / base:5.2f} x inflate")
    print(f"peak memory of a cold scan, all processes  {peak_kib / 1024:7.0f} MiB")


def _inflate(layers: list[Path]) -> float:
    began = time.perf_counter()
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(_inflate_one, layers))
    return time.perf_counter() - began


def _inflate_one(path: Path) -> int:
    inflater = Inflater()
    total = 0
    with path.open("rb") as stream:
        while chunk := stream.read(512 * 1024):
            total += sum(len(piece) for piece in inflater.feed(chunk))
    return total


def _run(arguments: list[str], environment: dict[str, str]) -> float:
    """Return the seconds of one whole command."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "hullscan", *arguments], env=environment, capture_output=True, check=False)
    return time.perf_counter() - began


def _peak_kib(arguments: list[str], environment: dict[str, str]) -> int:
    """Run a command and return the most memory that it and its children held together, shared pages counted once."""
    process = subprocess.Popen(
        [sys.executable, "-m", "hullscan", *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(_pss_kib(pid) for pid in (process.pid, *_children(process.pid))))
        time.sleep(0.01)
    return peak


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _pss_kib(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass  # it ended meanwhile
    return 0
