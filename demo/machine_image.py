"""An OCI image made of this machine's own package databases: what dpkg has, and the Python packages found."""

import gzip
import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path
from typing import Final

_DATABASES: Final = ("etc/os-release", "usr/lib/os-release", "var/lib/dpkg/status")


def machine_layers() -> list[bytes]:
    """Return two gzip layers: the system's databases, and the metadata of Python packages; empty ones are left out."""
    system = [Path("/") / name for name in _DATABASES if (Path("/") / name).is_file()]
    python = [
        path
        for folder in sorted({Path(entry) for entry in sys.path if entry.endswith(("site-packages", "dist-packages"))})
        for path in sorted(folder.glob("*.dist-info/METADATA"))
    ]
    return [_layer(files) for files in (system, python) if files]


def make_image(layers: list[bytes]) -> tuple[bytes, dict[str, bytes]]:
    """Return (manifest, blobs by digest)."""
    config = json.dumps(
        {
            "os": "linux",
            "architecture": "amd64",
            "rootfs": {"type": "layers", "diff_ids": [_digest(gzip.decompress(layer)) for layer in layers]},
        }
    ).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": _descriptor("application/vnd.oci.image.config.v1+json", config),
            "layers": [_descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer) for layer in layers],
        }
    ).encode()
    return manifest, {_digest(data): data for data in (config, *layers)}


def read_layout(root: Path) -> tuple[bytes, dict[str, bytes]]:
    """Return (manifest, blobs by digest) of the first image of an OCI layout."""
    index = json.loads((root / "index.json").read_text())
    manifest = _blob(root, index["manifests"][0]["digest"])
    fields = json.loads(manifest)
    names = [fields["config"]["digest"], *(layer["digest"] for layer in fields["layers"])]
    return manifest, {name: _blob(root, name) for name in names}


def _blob(root: Path, digest: str) -> bytes:
    return (root / "blobs" / digest.replace(":", "/")).read_bytes()


def _layer(files: list[Path]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path in files:
            archive.add(path.resolve(), arcname=str(path.relative_to("/")), recursive=False)
    return gzip.compress(buffer.getvalue(), compresslevel=6, mtime=0)


def _descriptor(media_type: str, data: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": _digest(data), "size": len(data)}


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()
