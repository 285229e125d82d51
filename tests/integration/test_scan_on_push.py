"""A push into a namespace that is scanned: the report is there when it returns, on both databases."""

import threading

from builders import DEBIAN_12, make_layer, status
from hullscan.services.context import Context
from hullscan.services.reports.report import stored_report
from hullscan.services.scans.scan import run_next
from world import World


def test_the_worker_does_not_come_between(context: Context) -> None:
    """A worker that looks for scans all the time takes none that the push is about to do itself."""
    world = World(context)
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.001):
            run_next(context)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for number in range(20):
            layer = make_layer({"etc/os-release": DEBIAN_12, "var/lib/dpkg/status": status(f"bash 5-{number}")})
            digest = world.push("app", layer, str(number))
            assert stored_report(context, digest) is not None
    finally:
        over.set()
        worker.join()
