"""
A refresh over a fleet: 100,000 artifacts of 300 packages each, and an update of 5,000 advisories.

    python -m bench.fleet FEEDS [ARTIFACTS]

FEEDS is a location with Debian's advisories (``osv/Debian/all.zip``). Packages are those that they name in Debian 11 and
12, each below and above its fix; an artifact holds 300 of them at random. The update moves the fix of 5,000 advisories.
Printed is how long the swap takes, the one transaction in which findings move and reports are marked, beside a copy of
as many rows as it writes, by the same database in the same run. SQLite; HULLSCAN_DATABASE_URL names another.
"""

import json
import os
import random
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from hullscan.model.package import Inventory, Package
from hullscan.services.context import Context, open_context
from hullscan.services.packages import keep_inventory
from hullscan.services.refresh import refresh_feeds
from hullscan.settings import Settings
from hullscan.store import delta, schema
from hullscan.store.database import insert_rows, reading, writing

_PACKAGES: Final = 300
_ADVISORIES: Final = 5_000
_BATCH: Final = 2_000
_RELEASES: Final = ("11", "12")


def main(feeds: Path, artifacts: int) -> None:
    """Build the fleet, refresh, print."""
    records = _records(feeds / "osv" / "Debian" / "all.zip")
    with tempfile.TemporaryDirectory(prefix="hullscan-fleet-") as folder:
        environment = {key: value for key, value in os.environ.items() if key == "HULLSCAN_DATABASE_URL"}
        settings = Settings.from_environment({"HULLSCAN_DATA_DIR": folder, **environment})
        context = open_context(settings)
        before, after = Path(folder) / "before", Path(folder) / "after"
        _write(before, records)
        _write(after, _updated(records))
        refresh_feeds(context, str(before))
        packages = _packages(records)
        keep_inventory(context, "sha256:" + "0" * 64, "", Inventory(packages=packages, detectors="bench"))
        began = time.perf_counter()
        _fill(context, artifacts)
        print(
            f"{artifacts:,} artifacts × {_PACKAGES} of {len(packages):,} packages in {time.perf_counter() - began:.0f} s"
        )
        _measure(context, after)
        context.close()


def _measure(context: Context, after: Path) -> None:
    apply, took = delta.apply, []

    def timed(connection: sa.Connection, change: delta.Change) -> None:
        began = time.perf_counter()
        apply(connection, change)
        took.append(time.perf_counter() - began)

    delta.apply = timed
    began = time.perf_counter()
    (done,) = refresh_feeds(context, str(after))
    whole = time.perf_counter() - began
    with reading(context.engine) as connection:
        findings = connection.execute(sa.select(sa.func.count()).select_from(schema.finding)).scalar_one()
        stale = connection.execute(
            sa.select(sa.func.count()).select_from(schema.report).where(schema.report.c.stale)
        ).scalar_one()
    print(f"refresh of {done.changed:,} changed advisories {whole:.2f} s, of which the delta {took[0]:.2f} s")
    print(f"{findings:,} findings, {stale:,} reports marked")
    began = time.perf_counter()
    with writing(context.engine) as connection:
        connection.execute(sa.update(schema.report).values(stale=False))
    print(
        f"for scale: {stale:,} reports marked by one UPDATE without any condition {time.perf_counter() - began:.2f} s"
    )


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


def _updated(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    changed = json.loads(json.dumps(records[:_ADVISORIES]))
    for record in changed:
        for affected in record["affected"]:
            for one in affected.get("ranges", ()):
                for event in one["events"]:
                    if "fixed" in event:
                        event["fixed"] += "+u1"
    return [*changed, *records[_ADVISORIES:]]


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
    with reading(context.engine) as connection:
        ids = list(connection.execute(sa.select(schema.package.c.id)).scalars())
    chance = random.Random(1)
    columns = ["digest", "position", "package_id", "layer", "path", "owner", "owner_version"]
    report_columns = [
        "digest", "body_digest", "content_digest", "generated_at", "verdict", "severity", "counts", "problems", "stale",
    ]  # fmt: skip
    for start in range(0, artifacts, _BATCH):
        rows, reports = [], []
        for number in range(start, min(start + _BATCH, artifacts)):
            digest = f"sha256:{number + 1:064x}"
            held = chance.sample(ids, min(_PACKAGES, len(ids)))
            rows += [(digest, place, one, "", "", "", "") for place, one in enumerate(held)]
            reports.append((digest, "", "", 0, "affected", "High", "{}", b"[]", False))
        with writing(context.engine) as connection:
            insert_rows(connection, schema.artifact_package, columns, rows)
            insert_rows(connection, schema.report, report_columns, reports)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100_000)
