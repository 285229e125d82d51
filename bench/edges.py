"""
An SBOM of packages at the edges of ranges, judged: what each phase takes.

    python -m bench.edges STORE [SBOM]

STORE is a data folder whose feeds were refreshed; it is copied, since packages that the store knows are matched already.
SBOM is ``../shared/fixtures/bench/edges.cdx.json.gz`` by default. Printed is the median of seven runs, and how much longer
matching takes than what it cannot do without: the join as one query, its rows fetched, and the advisories it names decoded.
"""

import gc
import sqlite3
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from hullscan.reports.json import report_json
from hullscan.services.context import Context, open_context
from hullscan.services.indexing.packages import keep_inventory
from hullscan.services.progress import Silent
from hullscan.services.reports.report import full_report
from hullscan.services.scans.scan_target import index_target
from hullscan.settings import Settings
from hullscan.store.database import plain_rows, reading
from hullscan.store.feeds.advisory_body import decode_advisory
from hullscan.store.reports.findings import IN_RANGE, VISIBLE

_RUNS: Final = 7
_SBOM: Final = Path("../shared/fixtures/bench/edges.cdx.json.gz")
_PHASES: Final = ("read", "join", "compile", "render")


def main(store: Path, sbom: Path) -> None:
    """Judge *sbom* with fresh copies of *store*, each in a process of its own, and print."""
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as processes:
        runs = list(processes.map(_run, [store] * _RUNS, [sbom] * _RUNS))
    took = {phase: statistics.median(times[phase] for _, times in runs) for phase in runs[0][1]}
    matched, limit = took["join"] + took["compile"], took["limit"]
    print(runs[0][0])
    print(f"the SBOM read                     {took['read']:.2f} s")
    print(f"packages kept, joined, committed  {took['join']:.2f} s")
    print(f"report compiled                   {took['compile']:.2f} s")
    print(f"rendered as JSON                  {took['render']:.2f} s")
    print(
        f"matched, that is joined and compiled: {matched:.2f} s, {matched / limit:.1f} × the bare join ({limit:.2f} s)"
    )


def _run(store: Path, sbom: Path) -> tuple[str, dict[str, float]]:
    gc.disable()  # as the command does
    with tempfile.TemporaryDirectory(prefix="hullscan-edges-") as folder:
        _copy(store / "hullscan.db", Path(folder) / "hullscan.db")
        context = open_context(Settings.from_environment({"HULLSCAN_DATA_DIR": folder}))
        try:
            return _measure(context, sbom)
        finally:
            context.close()


def _measure(context: Context, sbom: Path) -> tuple[str, dict[str, float]]:
    laps = [time.perf_counter()]
    target = f"sbom:{sbom}"
    indexed = index_target(context.settings, target, platform="", progress=Silent())
    laps.append(time.perf_counter())
    keep_inventory(context, indexed.digest, indexed.platform, indexed.inventory)
    laps.append(time.perf_counter())
    report = full_report(context, indexed.digest, target=target)
    laps.append(time.perf_counter())
    assert report is not None
    size = sum(len(piece) for piece in report_json(report))
    laps.append(time.perf_counter())
    what = f"{len(report.packages):,} packages, {len(report.findings):,} findings, {size / 1e6:.0f} MB of JSON"
    took = {phase: end - start for phase, (start, end) in zip(_PHASES, pairwise(laps), strict=True)}
    return what, {**took, "limit": _limit(context)}


def _limit(context: Context) -> float:
    began = time.perf_counter()
    with reading(context.engine) as connection:
        rows = plain_rows(
            connection.execute(
                sa.text(
                    'SELECT q.package_id, a.advisory_id, a.low, a.high, a.fix, a."range" '
                    "FROM package_query q CROSS JOIN affected a "
                    f"WHERE a.ecosystem = q.ecosystem AND a.name = q.name AND {IN_RANGE} AND {VISIBLE}"
                )
            )
        )
        bodies = connection.execute(sa.text("SELECT body FROM advisory WHERE id IN (SELECT advisory_id FROM finding)"))
        for body in bodies.scalars():
            decode_advisory(body)
    assert rows
    return time.perf_counter() - began


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else _SBOM)
