"""A push over HTTP, indexed on the way, beside a bare copy of the same bytes with their digests; and push → report."""

import hashlib
import json
import time
from pathlib import Path

import httpx

from bench import images
from bench.server import PASSWORD, started


def measure(image: Path, root: Path) -> None:
    """Print how long a push takes, beside the copy, and when its report is there."""
    from bench.__main__ import median

    manifest, layers, config = images.read(image)
    copies = [_copy(layers, root / "copy") for _ in range(3)]
    with started(root / "push") as server:
        with httpx.Client(base_url=server.url, auth=("admin", PASSWORD), trust_env=False, timeout=600) as client:
            began = time.perf_counter()
            for path in (*layers, config):
                _upload(client, path)
            pushed = time.perf_counter() - began
            began = time.perf_counter()
            kind = json.loads(manifest).get("mediaType", "application/vnd.oci.image.manifest.v1+json")
            answer = client.put("/v2/bench/image/manifests/1", content=manifest, headers={"Content-Type": kind})
            answer.raise_for_status()
            accepted = time.perf_counter() - began
            digest = answer.headers["Docker-Content-Digest"]
        with server.client() as client:
            address = f"{server.base}/namespaces/bench/repositories/image/artifacts/{digest}/vulnerabilities"
            assert client.get(address).json(), "the report was not there when the push returned"
            reported = time.perf_counter() - began
    base = median(copies)
    print(f"bare copy with sha256 of the same bytes   {base:7.3f} s")
    print(f"push over HTTP, indexed on the way        {pushed:7.3f} s   {pushed / base:5.2f} x the copy")
    print(
        f"manifest sent → report read               {reported * 1000:7.0f} ms  (accepted after {accepted * 1000:.0f} ms)"
    )


def _copy(layers: list[Path], folder: Path) -> float:
    folder.mkdir(exist_ok=True)
    began = time.perf_counter()
    for layer in layers:
        running = hashlib.sha256()
        with layer.open("rb") as source, (folder / layer.name).open("wb") as target:
            while chunk := source.read(1024 * 1024):
                running.update(chunk)
                target.write(chunk)
    return time.perf_counter() - began


def _upload(client: httpx.Client, path: Path) -> None:
    place = client.post("/v2/bench/image/blobs/uploads/").headers["Location"]

    def chunks() -> object:
        with path.open("rb") as stream:
            while chunk := stream.read(1024 * 1024):
                yield chunk

    client.patch(place, content=chunks()).raise_for_status()  # type: ignore[arg-type]
    client.put(place, params={"digest": f"sha256:{path.name}"}).raise_for_status()
