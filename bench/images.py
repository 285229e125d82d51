"""The image that is measured: a given one, or one made up of text that compresses as packages do."""

import gzip
import hashlib
import io
import json
import random
import tarfile
from pathlib import Path


def made_up(root: Path) -> Path:
    """Write an OCI layout of one layer with 8,000 files and 300 dpkg packages; return it."""
    letters = random.Random(1)
    words = ["".join(letters.choices("abcdefghijklmnop", k=7)) for _ in range(3_000)]
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        _add(archive, "etc/os-release", b'ID=debian\nVERSION_ID="12"\n')
        stanzas = [f"Package: p{n}\nStatus: install ok installed\nVersion: {n}.1-1\n" for n in range(300)]
        _add(archive, "var/lib/dpkg/status", "\n".join(stanzas).encode() + b"\n")
        for number in range(8_000):
            _add(archive, f"usr/share/d{number % 90}/f{number}", " ".join(letters.choices(words, k=1_500)).encode())
    layer = gzip.compress(buffer.getvalue(), compresslevel=6, mtime=0)
    config = json.dumps({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": []}}).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": _descriptor("application/vnd.oci.image.config.v1+json", config),
            "layers": [_descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer)],
        }
    ).encode()
    folder = root / "blobs" / "sha256"
    folder.mkdir(parents=True)
    for data in (config, layer, manifest):
        (folder / hashlib.sha256(data).hexdigest()).write_bytes(data)
    index = {
        "schemaVersion": 2,
        "manifests": [_descriptor("application/vnd.oci.image.manifest.v1+json", manifest)],
    }
    (root / "index.json").write_text(json.dumps(index))
    return root


def read(image: Path) -> tuple[bytes, list[Path], Path]:
    """Return (manifest, files of its layers' blobs, file of its config) of the layout's first image."""
    entry = json.loads((image / "index.json").read_text())["manifests"][0]
    manifest = _blob(image, entry["digest"]).read_bytes()
    fields = json.loads(manifest)
    if "manifests" in fields:
        manifest = _blob(image, fields["manifests"][0]["digest"]).read_bytes()
        fields = json.loads(manifest)
    return manifest, [_blob(image, one["digest"]) for one in fields["layers"]], _blob(image, fields["config"]["digest"])


def describe(image: Path) -> str:
    """Return how many layers and bytes it has."""
    _, layers, _ = read(image)
    return f"{len(layers)} layer(s), {sum(layer.stat().st_size for layer in layers) / 1e6:.0f} MB"


def _blob(image: Path, digest: str) -> Path:
    return image / "blobs" / digest.replace(":", "/")


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    archive.addfile(member, io.BytesIO(data))


def _descriptor(media_type: str, data: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": "sha256:" + hashlib.sha256(data).hexdigest(), "size": len(data)}
