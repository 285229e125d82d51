"""A push over HTTP, indexed on the way, beside a bare copy of the same bytes with their digests; and push → report."""

import gzip
import hashlib
import io
import json
import random
import tarfile
import time
from pathlib import Path
from statistics import median

import httpx

from bench import images
from bench.server import PASSWORD, Server, started


def measure(image: Path, root: Path) -> None:
    """Print how long a push takes, beside the copy, and when its report is there."""
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
        tops = [_on_top(server, image, number) for number in range(5)]
    base = median(copies)
    print(f"bare copy with sha256 of the same bytes   {base:7.3f} s")
    print(f"push over HTTP, indexed on the way        {pushed:7.3f} s   {pushed / base:5.2f} x the copy")
    print(
        f"manifest sent → report read               {reported * 1000:7.0f} ms  (accepted after {accepted * 1000:.0f} ms)"
    )
    spread = f"({min(tops) * 1000:.0f} to {max(tops) * 1000:.0f})"
    print(f"new layer of 5 MB on top → report read     {median(tops) * 1000:7.0f} ms  {spread}")


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


def _on_top(server: Server, image: Path, number: int) -> float:
    """Push the known image with a new layer of 5 MB on top; return the seconds from its first byte until the report is read."""
    data = _layer(number)
    manifest, _, config_path = images.read(image)
    config = json.loads(config_path.read_bytes())
    config["rootfs"]["diff_ids"].append("sha256:" + hashlib.sha256(gzip.decompress(data)).hexdigest())
    config_bytes = json.dumps(config).encode()
    fields = json.loads(manifest)
    fields["config"].update(size=len(config_bytes), digest=_digest(config_bytes))
    fields["layers"].append({**fields["layers"][0], "size": len(data), "digest": _digest(data)})
    kind = fields.get("mediaType", "application/vnd.oci.image.manifest.v1+json")
    manifest = json.dumps(fields).encode()
    with (
        httpx.Client(base_url=server.url, auth=("admin", PASSWORD), trust_env=False, timeout=600) as client,
        server.client() as reader,
    ):
        client.get("/v2/")
        reader.get(f"{server.base}/namespaces")
        began = time.perf_counter()
        for blob in (data, config_bytes):
            place = client.post("/v2/bench/image/blobs/uploads/").headers["Location"]
            client.put(place, params={"digest": _digest(blob)}, content=blob).raise_for_status()
        answer = client.put("/v2/bench/image/manifests/2", content=manifest, headers={"Content-Type": kind})
        answer.raise_for_status()
        digest = answer.headers["Docker-Content-Digest"]
        address = f"{server.base}/namespaces/bench/repositories/image/artifacts/{digest}/vulnerabilities"
        assert reader.get(address).json(), "the report was not there when the push returned"
        return time.perf_counter() - began


def _layer(number: int) -> bytes:
    """A gzip layer of 5 MB: an application's files, and a Python package that no other layer holds."""
    letters = random.Random(number)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        metadata = f"Metadata-Version: 2.1\nName: bench-{number}\nVersion: 1.{number}\n".encode()
        files = {"srv/app/bench.dist-info/METADATA": metadata}
        files |= {f"srv/app/file{one}.js": letters.randbytes(30_000) + b" " * 60_000 for one in range(160)}
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), compresslevel=6, mtime=0)


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()
