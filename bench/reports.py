"""GETs of a report with 4,000 findings, beside the same server sending a small constant; and matching by itself."""

import http.client
import json
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from bench.server import Server, started
from hullscan.model.package import Distro, Inventory, Package
from hullscan.services.indexing.packages import keep_inventory
from hullscan.services.reports.report import render
from hullscan.services.upkeep.refresh import refresh_feeds
from hullscan.store.artifacts.artifact_rows import put_artifact
from hullscan.store.database import writing
from hullscan.store.places.repositories import ensure_repository
from hullscan.store.reports.findings import match
from hullscan.store.tables.inventories import package
from hullscan.store.tables.places import namespace
from hullscan.store.tables.reports import finding

_PACKAGES, _FLAWS, _REQUESTS = 400, 10, 2_000
DIGEST = "sha256:" + "b" * 64


def measure(root: Path) -> None:
    """Print the times of requests at one connection, and of the join."""
    write_feed(root / "feeds")
    with started(root / "reports") as server:
        refresh_feeds(server.context, str(root / "feeds"))
        fill(server)
        path = f"{server.base}/namespaces/bench/repositories/big/artifacts/{DIGEST}/vulnerabilities"
        headers = {"X-Auth-Token": server.token, "Accept-Encoding": "gzip"}
        etag, size = _first(server, path, headers)
        _line(f"report GET, {_PACKAGES * _FLAWS} findings, {size / 1000:.0f} kB gzip", _times(server, path, headers))
        _line("the same, 304", _times(server, path, {**headers, "If-None-Match": etag}))
        _line("constant /healthz of the same server", _times(server, "/healthz", {}))
        _matching(server)


def fill(server: Server) -> None:
    """Put the image that the report is of into the store of *server*, scanned."""
    packages = tuple(
        Package(
            type="deb",
            namespace="debian",
            name=f"p{n}",
            version="1.0-1",
            qualifiers=(("distro", "debian-12"),),
            layer=DIGEST,
        )
        for n in range(_PACKAGES)
    )
    distro = Distro(id="debian", version_id="12")
    at = datetime.now(UTC)
    keep_inventory(
        server.context, DIGEST, "linux/amd64", Inventory(distro=distro, packages=packages, detectors="bench")
    )
    with writing(server.context.engine) as connection:
        space = connection.execute(namespace.select()).one().id
        repository = ensure_repository(connection, space, "big", at)
        values = {
            "digest": DIGEST,
            "media_type": "",
            "config_media_type": "",
            "artifact_type": "",
            "subject": "",
            "annotations": {},
            "manifest_bytes": 0,
            "size_bytes": 0,
        }
        put_artifact(connection, repository, values, [], at)
    assert render(server.context, DIGEST) is not None


def _matching(server: Server) -> None:
    times = []
    with writing(server.context.engine) as connection:
        ids = [row.id for row in connection.execute(package.select())]
        for _ in range(20):
            connection.execute(finding.delete())
            began = time.perf_counter()
            match(connection, ids, datetime.now(UTC))
            times.append(time.perf_counter() - began)
    times.sort()
    print(f"matching {_PACKAGES} packages, {_PACKAGES * _FLAWS} hits          p50 {times[10] * 1000:6.2f} ms")


def _first(server: Server, path: str, headers: dict[str, str]) -> tuple[str, int]:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, body
    return answer.headers["ETag"], len(body)


def _times(server: Server, path: str, headers: dict[str, str]) -> list[float]:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
    times = []
    for _ in range(_REQUESTS):
        began = time.perf_counter()
        connection.request("GET", path, headers=headers)
        connection.getresponse().read()
        times.append(time.perf_counter() - began)
    return sorted(times)


def _line(what: str, times: list[float]) -> None:
    p50, p99 = times[len(times) // 2] * 1000, times[len(times) * 99 // 100] * 1000
    print(f"{what:48} p50 {p50:6.2f} ms  p99 {p99:6.2f} ms  {len(times) / sum(times):6.0f} req/s")


def write_feed(root: Path) -> None:
    """Write Debian\'s advisories: ten flaws of each package of the image."""
    path = root / "osv" / "Debian" / "all.zip"
    path.parent.mkdir(parents=True)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(_PACKAGES):
            for flaw in range(_FLAWS):
                record = {
                    "id": f"CVE-2099-{number:04}{flaw:02}",
                    "modified": now,
                    "details": "Words that describe a flaw. " * 8,
                    "affected": [
                        {
                            "package": {"ecosystem": "Debian:12", "name": f"p{number}"},
                            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0-1"}]}],
                        }
                    ],
                }
                archive.writestr(f"{record['id']}.json", json.dumps(record))
