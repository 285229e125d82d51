"""
Report GETs while the feeds under them are swapped: none may fail or wait.

    python -m bench.swap [RATE]

200 a second by default, one connection each of four threads. Debian's advisories are those of `bench.reports`, whose every
record changes in the refresh that another process makes meanwhile. SQLite; HULLSCAN_DATABASE_URL names another (an empty one).
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path

from bench.reports import DIGEST, fill, write_feed
from bench.server import Server, started
from hullscan.services.upkeep.refresh import refresh_feeds

_THREADS = 4
_BEFORE_S, _AFTER_S = 1.0, 2.0


def main(rate: int) -> None:
    """Ask all the time, refresh in the middle, print."""
    with tempfile.TemporaryDirectory(prefix="hullscan-swap-") as folder:
        root = Path(folder)
        write_feed(root / "feeds")
        with started(root / "data") as server:
            refresh_feeds(server.context, str(root / "feeds"))
            fill(server)
            _change(root / "feeds")
            times: list[float] = []
            failed: list[str] = []
            stop = threading.Event()
            threads = [
                threading.Thread(target=_ask, args=(server, rate / _THREADS, stop, times, failed))
                for _ in range(_THREADS)
            ]
            for thread in threads:
                thread.start()
            time.sleep(_BEFORE_S)
            began = time.perf_counter()
            command = [sys.executable, "-m", "hullscan", "feeds", "refresh", "--from", str(root / "feeds")]
            subprocess.run(command, env={**os.environ, **server.settings}, check=True, capture_output=True)
            took = time.perf_counter() - began
            time.sleep(_AFTER_S)
            stop.set()
            for thread in threads:
                thread.join()
        times.sort()
        whole = _BEFORE_S + took + _AFTER_S
        print(
            f"{len(times)} GETs in {whole:.1f} s ({len(times) / whole:.0f} a second), {len(failed)} failed; refresh {took:.1f} s; "
            f"p50 {times[len(times) // 2]:.1f} ms, p99 {times[len(times) * 99 // 100]:.1f} ms, longest {times[-1]:.0f} ms"
        )
        print("\n".join(failed[:5]))


def _ask(server: Server, rate: float, stop: threading.Event, times: list[float], failed: list[str]) -> None:
    host = server.url.partition("://")[2]
    connection = http.client.HTTPConnection(host)
    path = f"{server.base}/namespaces/bench/repositories/big/artifacts/{DIGEST}/vulnerabilities"
    due = time.perf_counter()
    while not stop.is_set():
        due += 1 / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        began = time.perf_counter()
        connection.request("GET", path, headers={"X-Auth-Token": server.token, "Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        body = answer.read()
        times.append((time.perf_counter() - began) * 1000)
        if answer.status != 200:
            failed.append(f"{answer.status} {body[:300]!r}")
    connection.close()


def _change(feeds: Path) -> None:
    """Give every record another fix, so that all of its findings move."""
    path = feeds / "osv" / "Debian" / "all.zip"
    with zipfile.ZipFile(path) as archive:
        records = {name: json.loads(archive.read(name)) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, record in records.items():
            for affected in record["affected"]:
                for one in affected["ranges"]:
                    one["events"] = [
                        {key: value + ".1" if key == "fixed" else value for key, value in event.items()}
                        for event in one["events"]
                    ]
            archive.writestr(name, json.dumps(record))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
