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
from hullscan.model.image import Digest
from hullscan.services.artifacts.push import accept_manifest
from hullscan.services.artifacts.uploads import Uploads
from hullscan.services.reports.report import report_row
from hullscan.store.database import reading
from hullscan.store.places.namespaces import find_namespace
from hullscan.store.places.repositories import find_repository_in


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
        alone = [_on_top_here(server, image, number) for number in range(10, 15)][1:]
    base = median(copies)
    print(f"bare copy with sha256 of the same bytes   {base:7.3f} s")
    print(f"push over HTTP, indexed on the way        {pushed:7.3f} s   {pushed / base:5.2f} x the copy")
    print(
        f"manifest sent → report read               {reported * 1000:7.0f} ms  (accepted after {accepted * 1000:.0f} ms)"
    )
    spread = f"({min(tops) * 1000:.0f} to {max(tops) * 1000:.0f})"
    print(f"new layer of 5 MB on top → report read     {median(tops) * 1000:7.0f} ms  {spread}")
    spread = f"({min(alone) * 1000:.0f} to {max(alone) * 1000:.0f})"
    print(f"the same in one process, without HTTP      {median(alone) * 1000:7.0f} ms  {spread}")


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
    layer, config, manifest, kind = _with_layer(image, number)
    with (
        httpx.Client(base_url=server.url, auth=("admin", PASSWORD), trust_env=False, timeout=600) as client,
        server.client() as reader,
    ):
        client.get("/v2/")
        reader.get(f"{server.base}/namespaces")
        began = time.perf_counter()
        for blob in (layer, config):
            place = client.post("/v2/bench/image/blobs/uploads/").headers["Location"]
            client.put(place, params={"digest": _digest(blob)}, content=blob).raise_for_status()
        answer = client.put("/v2/bench/image/manifests/2", content=manifest, headers={"Content-Type": kind})
        answer.raise_for_status()
        digest = answer.headers["Docker-Content-Digest"]
        address = f"{server.base}/namespaces/bench/repositories/image/artifacts/{digest}/vulnerabilities"
        assert reader.get(address).json(), "the report was not there when the push returned"
        return time.perf_counter() - began


def _on_top_here(server: Server, image: Path, number: int) -> float:
    """The same by this process, which uses the server's store: written, hashed, walked, indexed, matched, the report made."""
    layer, config, manifest, kind = _with_layer(image, number)
    context = server.context
    with reading(context.engine) as connection:
        space = find_namespace(connection, server.instance_id, "bench")
        repository = find_repository_in(connection, space.id, "image") if space else None
    assert space is not None and repository is not None, "the image was pushed before"
    uploads = Uploads(context)
    digest = Digest(_digest(manifest))
    began = time.perf_counter()
    uploads.put(repository.id, layer)
    uploads.put(repository.id, config)
    accept_manifest(context, space, repository.id, digest=digest, tags=("2",), media_type=kind, data=manifest)
    seconds = time.perf_counter() - began
    assert report_row(context, digest) is not None, "the report was not made"
    return seconds


def _with_layer(image: Path, number: int) -> tuple[bytes, bytes, bytes, str]:
    """Return a new layer, and the config and manifest of *image* with it on top, and the manifest's media type."""
    data = _layer(number)
    manifest, _, config_path = images.read(image)
    config = json.loads(config_path.read_bytes())
    config["rootfs"]["diff_ids"].append("sha256:" + hashlib.sha256(gzip.decompress(data)).hexdigest())
    config_bytes = json.dumps(config).encode()
    fields = json.loads(manifest)
    fields["config"].update(size=len(config_bytes), digest=_digest(config_bytes))
    fields["layers"].append({**fields["layers"][0], "size": len(data), "digest": _digest(data)})
    kind = fields.get("mediaType", "application/vnd.oci.image.manifest.v1+json")
    return data, config_bytes, json.dumps(fields).encode(), kind


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
