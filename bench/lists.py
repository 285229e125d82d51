"""
SWR's list calls on a large instance: 1,000 namespaces × 100 repositories × 20 artifacts.

    python -m bench.lists [NAMESPACES]

Rows are written straight into a new store; then each call is made through HTTP against a running server, 30 times.
"""

import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.server import started
from hullscan.services.context import Context
from hullscan.store.database import insert_rows, writing
from hullscan.store.tables import content, places

_REPOSITORIES = 100
_ARTIFACTS = 20
_RUNS = 30


def main(namespaces: int) -> None:
    """Fill a store, ask, print the middle and the worst but one of each call."""
    with tempfile.TemporaryDirectory(prefix="hullscan-lists-") as folder, started(Path(folder) / "data") as server:
        began = time.perf_counter()
        _fill(server.context, server.base.rpartition("/")[2], namespaces)
        print(
            f"{namespaces} namespaces, {namespaces * _REPOSITORIES * _ARTIFACTS:,} artifacts in {time.perf_counter() - began:.0f} s"
        )
        project = server.base.split("/")[2]
        middle = f"n{namespaces // 2}"
        repository = f"{server.base}/namespaces/{middle}/repositories/r50"
        calls = {
            "ListInstanceNamespaces": f"{server.base}/namespaces?limit=100&offset=0",
            "ListInstanceNamespaces, the last page": f"{server.base}/namespaces?limit=100&offset={namespaces - 100}",
            "ListInstanceNamespaces, by name": f"{server.base}/namespaces?limit=100&offset=0&name=n1",
            "ListInstanceRepositories": f"{server.base}/repositories?limit=100&offset=0",
            "ListNamespaceRepositories": f"{server.base}/namespaces/{middle}/repositories?limit=100&offset=0",
            "ListInstanceArtifacts": f"{repository}/artifacts?limit=20&offset=0",
            "ListInstanceTags": f"/v2/instances/{server.base.rpartition('/')[2]}/namespaces/{middle}/repositories/r50/tags",
            "ListInstanceAllArtifacts": f"{server.base}/artifacts?limit=100&marker={namespaces * _REPOSITORIES * 10}",
            "ListAllInstanceRepositories": f"/v2/{project}/repositories?limit=100&marker=5000",
            "ShowInstanceNamespace": f"{server.base}/namespaces/{middle}",
            "ShowInstanceRepository": repository,
        }
        with server.client() as client:
            for name, path in calls.items():
                times = []
                for _ in range(_RUNS):
                    began = time.perf_counter()
                    client.get(path).raise_for_status()
                    times.append((time.perf_counter() - began) * 1000)
                times.sort()
                print(f"{name:40} p50 {times[_RUNS // 2]:7.1f} ms   worst but one {times[-2]:7.1f} ms")


def _fill(context: Context, instance: str, namespaces: int) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    zero = (start - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    with writing(context.engine) as connection:
        columns = [
            "id",
            "instance_id",
            "name",
            "public",
            "auto_scan",
            "prevent_vul",
            "severity",
            "created_at",
            "updated_at",
        ]
        rows = [
            (1000 + n, instance, f"n{n}", False, False, False, "none", zero + n, zero + n) for n in range(namespaces)
        ]
        insert_rows(connection, places.namespace, columns, rows)
        columns = ["id", "namespace_id", "name", "description", "pull_count", "created_at", "updated_at"]
        many = [
            (1000 + n * _REPOSITORIES + r, 1000 + n, f"r{r}", "", 0, zero + n, zero + n * 7919 % 99991 + r)
            for n in range(namespaces)
            for r in range(_REPOSITORIES)
        ]
        insert_rows(connection, places.repository, columns, many)
        columns = [
            "id", "repository_id", "digest", "media_type", "config_media_type", "artifact_type", "subject", "annotations",
            "manifest_bytes", "size_bytes", "push_time",
        ]  # fmt: skip
        tag_columns = ["id", "repository_id", "name", "artifact_id", "push_time"]
        for n in range(namespaces):
            artifacts, tags = [], []
            for r in range(_REPOSITORIES):
                repository = 1000 + n * _REPOSITORIES + r
                for a in range(_ARTIFACTS):
                    number = repository * _ARTIFACTS + a
                    digest = f"sha256:{number:064x}"
                    kind = "application/vnd.oci.image.manifest.v1+json"
                    artifacts.append((number, repository, digest, kind, "", "", "", "{}", 500, 1_000_000, zero + a))
                    tags.append((number, repository, f"t{a}", number, zero + a))
            insert_rows(connection, content.artifact, columns, artifacts)
            insert_rows(connection, content.tag, tag_columns, tags)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
