"""
A refresh over a fleet: 100,000 artifacts of 300 packages each, and an update of 5,000 advisories.

    python -m bench.fleet FEEDS [ARTIFACTS [ADVISORIES]]

FEEDS is a location with Debian's advisories (``osv/Debian/all.zip``). Packages are those that they name in Debian 9 to 13,
each below, at and above its fix; an artifact holds 300 of one release at random. The update moves the fix of ADVISORIES.
Printed is how long the swap takes, the one transaction in which findings move and reports go stale, beside a copy of as
many rows, by the same database in the same run; and how long another process waits that asks all the while for reports,
200 a second. SQLite; HULLSCAN_DATABASE_URL names another (an empty one).
"""

import json
import os
import random
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.queues import Queue as Pipe
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from hullscan.model.package import Inventory, Package
from hullscan.services.context import Context, open_context
from hullscan.services.indexing.packages import keep_inventory
from hullscan.services.upkeep.refresh import refresh_feeds
from hullscan.settings import Settings
from hullscan.store.database import Queue, insert_rows, reading, writing
from hullscan.store.feeds import snapshots
from hullscan.store.reports.report_rows import find_report
from hullscan.store.reports.staleness import settle, swaps_made
from hullscan.store.tables.inventories import artifact_package, package, package_query
from hullscan.store.tables.reports import finding, report

_PACKAGES: Final = 300
_BATCH: Final = 2_000
_SETTLED: Final = 500
"""Reports that the server's worker looks at in one transaction (`services.reports.fleet`)."""
_RATE: Final = 200
_PATIENCE_S: Final = 60
_COUNTS: Final = '{"total": 0, "fixable": 0, "by_severity": {}}'
_RELEASES: Final = ("9", "10", "11", "12", "13")


def main(feeds: Path, artifacts: int = 100_000, advisories: int = 5_000) -> None:
    """Build the fleet, refresh, print."""
    records = _records(feeds / "osv" / "Debian" / "all.zip")
    with tempfile.TemporaryDirectory(prefix="hullscan-fleet-") as folder:
        environment = {key: value for key, value in os.environ.items() if key == "HULLSCAN_DATABASE_URL"}
        environment["HULLSCAN_DATA_DIR"] = folder
        context = open_context(Settings.from_environment(environment))
        before, after = Path(folder) / "before", Path(folder) / "after"
        _write(before, records)
        _write(after, _updated(records, advisories))
        refresh_feeds(context, str(before))
        packages = _packages(records)
        keep_inventory(context, "sha256:" + "0" * 64, "", Inventory(packages=packages, detectors="bench"))
        began = time.perf_counter()
        _fill(context, artifacts)
        took = time.perf_counter() - began
        print(f"{artifacts:,} artifacts × {_PACKAGES} of {len(packages):,} packages in {took:.0f} s", flush=True)
        with _readers(environment, artifacts):
            _refresh(context, after)
        _settle(context)
        context.close()


def _refresh(context: Context, after: Path) -> None:
    original, took = vars(snapshots)["writing"], []

    @contextmanager
    def timed(engine: sa.Engine, queue: Queue | None = None) -> Iterator[sa.Connection]:
        with original(engine, queue) as connection:
            began = time.perf_counter()
            yield connection
        if queue is Queue.FINDINGS:
            took.append(time.perf_counter() - began)

    vars(snapshots)["writing"] = timed
    began = time.perf_counter()
    (done,) = refresh_feeds(context, str(after))
    whole = time.perf_counter() - began
    print(f"refresh of {done.changed:,} changed advisories {whole:.2f} s, of which the swap {took[0]:.2f} s")
    began = time.perf_counter()
    with writing(context.engine) as connection:
        connection.execute(sa.text("CREATE TEMPORARY TABLE copied AS SELECT * FROM finding"))
        connection.execute(sa.update(package).values(moved=package.c.moved))
    print(f"for scale: all findings copied and all packages written once {time.perf_counter() - began:.2f} s")


def _settle(context: Context) -> None:
    """What the server's worker does afterwards: each report is asked whether it is stale."""
    batches = []
    while True:
        began = time.perf_counter()
        with writing(context.engine) as connection:
            if not settle(connection, _SETTLED):
                break
        batches.append(time.perf_counter() - began)
    with reading(context.engine) as connection:
        moved = _count(connection, package, package.c.moved == swaps_made(connection))
        findings = _count(connection, finding)
        stale = _count(connection, report, report.c.stale)
    print(f"{moved:,} packages moved, {findings:,} findings, {stale:,} reports stale")
    longest = max(batches) * 1000
    print(f"marked by the server's worker afterwards in {sum(batches):.1f} s, {longest:.0f} ms the longest transaction")


def _count(connection: sa.Connection, table: sa.Table, *which: sa.ColumnElement[bool]) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(table).where(*which)).scalar_one()


@contextmanager
def _readers(environment: dict[str, str], artifacts: int) -> Iterator[None]:
    """Ask for reports in a process of its own meanwhile, and print how long that took."""
    processes = get_context("spawn")
    stop, started, times = processes.Event(), processes.Event(), processes.Queue()
    reader = processes.Process(target=_read, args=(environment, artifacts, stop, started, times), daemon=True)
    reader.start()
    assert started.wait(_PATIENCE_S), "the reader did not start"
    yield
    stop.set()
    asked, failed = times.get(timeout=_PATIENCE_S)
    reader.join()
    asked.sort()
    print(
        f"{len(asked)} reports read meanwhile, {_RATE} a second, {failed} failed; "
        f"p50 {asked[len(asked) // 2]:.1f} ms, longest {asked[-1]:.1f} ms"
    )


def _read(environment: dict[str, str], artifacts: int, stop: Event, started: Event, times: "Pipe[Any]") -> None:
    context = open_context(Settings.from_environment(environment))
    chance = random.Random(2)
    asked: list[float] = []
    failed = 0
    due = time.perf_counter()
    while not stop.is_set():
        began = time.perf_counter()
        try:
            with reading(context.engine) as connection:
                failed += find_report(connection, _digest(chance.randrange(artifacts))) is None
        except sa.exc.DBAPIError:
            failed += 1
        asked.append((time.perf_counter() - began) * 1000)
        started.set()
        due += 1 / _RATE
        time.sleep(max(0.0, due - time.perf_counter()))
    times.put((asked, failed))
    context.close()


def _digest(number: int) -> str:
    return f"sha256:{number + 1:064x}"


def _records(path: Path) -> list[dict[str, Any]]:
    with zipfile.ZipFile(path) as archive:
        read = [json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json")]
    return [one for one in read if _fixes(one)]


def _fixes(record: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (affected["package"]["ecosystem"].partition(":")[2], affected["package"]["name"], event["fixed"])
        for affected in record.get("affected", ())
        for one in affected.get("ranges", ())
        for event in one["events"]
        if "fixed" in event and affected["package"]["ecosystem"].partition(":")[2] in _RELEASES
    ]


def _updated(records: list[dict[str, Any]], advisories: int) -> list[dict[str, Any]]:
    changed = json.loads(json.dumps(records[:advisories]))
    for record in changed:
        for affected in record["affected"]:
            for one in affected.get("ranges", ()):
                for event in one["events"]:
                    if "fixed" in event:
                        event["fixed"] += "+u1"
    return [*changed, *records[advisories:]]


def _write(root: Path, records: list[dict[str, Any]]) -> None:
    path = root / "osv" / "Debian" / "all.zip"
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for record in records:
            archive.writestr(f"{record['id']}.json", json.dumps(record))


def _packages(records: list[dict[str, Any]]) -> tuple[Package, ...]:
    named = {(release, name): fixed for record in records for release, name, fixed in _fixes(record)}
    return tuple(
        Package(
            type="deb",
            namespace="debian",
            name=name,
            version=fixed + suffix,
            qualifiers=(("distro", f"debian-{release}"),),
        )
        for (release, name), fixed in named.items()
        for suffix in ("~", "", "+z")
    )


def _fill(context: Context, artifacts: int) -> None:
    packages: dict[str, list[int]] = {}
    with reading(context.engine) as connection:
        for row in connection.execute(sa.select(package_query.c.ecosystem, package_query.c.package_id)):
            packages.setdefault(row.ecosystem, []).append(row.package_id)
    releases = sorted(packages)
    chance = random.Random(1)
    columns = ["digest", "position", "package_id", "layer", "path", "owner", "owner_version"]
    report_columns = [
        "digest", "body_digest", "content_digest", "generated_at", "verdict", "severity", "counts", "problems", "stale",
        "swaps",
    ]  # fmt: skip
    for start in range(0, artifacts, _BATCH):
        rows, reports = [], []
        for number in range(start, min(start + _BATCH, artifacts)):
            digest = _digest(number)
            held = chance.sample(packages[chance.choice(releases)], _PACKAGES)
            rows += [(digest, place, one, "", "", "", "") for place, one in enumerate(held)]
            reports.append((digest, "", "", 0, "affected", "High", _COUNTS, b"[]", False, 1))
        with writing(context.engine) as connection:
            insert_rows(connection, artifact_package, columns, rows)
            insert_rows(connection, report, report_columns, reports)
    if context.engine.dialect.name == "postgresql":
        with writing(context.engine) as connection:
            connection.execute(sa.text("ANALYZE"))  # as its autovacuum does within minutes


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(int(word) for word in sys.argv[2:]))
