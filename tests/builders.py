"""Small layers, images and feeds, made of what a test cares about."""

import gzip
import hashlib
import io
import json
import struct
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

DEBIAN_12 = b'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'

Entry = bytes | tuple[str, str]
"""A file's content, or (kind, target) with kind symlink, hardlink, dir or fifo."""


def status(*packages: str) -> bytes:
    """Return a dpkg status file of ``name version [source [source-version]]`` lines, all installed."""
    stanzas = []
    for line in packages:
        name, version, *source = line.split()
        text = f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n"
        if source:
            text += f"Source: {source[0]}" + (f" ({source[1]})" if len(source) > 1 else "") + "\n"
        stanzas.append(text)
    return "\n".join(stanzas).encode() + b"\n"


def go_program(*modules: str, go: str = "go1.21.3") -> bytes:
    """Return the headers of an ELF program, with the build information of *modules*, ``path version`` each."""
    lines = "".join(f"dep\t{one.split()[0]}\t{one.split()[1]}\th1:x=\n" for one in modules)
    text = b"0" * 16 + f"path\texample.com/main\n{lines}".encode() + b"\n" + b"0" * 16
    info = b"\xff Go buildinf:\x08\x02".ljust(32, b"\0")
    for value in (go.encode(), text):
        assert len(value) < 1 << 14
        info += bytes((len(value) & 0x7F | 0x80, len(value) >> 7)) + value
    names = b"\0.go.buildinfo\0.shstrtab\0"
    start = 64
    table = start + len(info) + len(names)
    header = struct.pack("<4sBBB9xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 2, 62, 1, 0, 0, table, 0, 64, 56, 0, 64, 3, 2)
    sections = struct.pack("<IIQQQQIIQQ", *[0] * 10)
    sections += struct.pack("<IIQQQQIIQQ", 1, 1, 3, 0x1000, start, len(info), 0, 0, 16, 0)
    sections += struct.pack("<IIQQQQIIQQ", 15, 3, 0, 0, start + len(info), len(names), 0, 0, 1, 0)
    return header + info + names + sections


def make_tar(entries: Mapping[str, Entry] | Sequence[tuple[str, Entry]]) -> bytes:
    """Return a tar of *entries* in their order."""
    pairs = entries.items() if isinstance(entries, Mapping) else entries
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, entry in pairs:
            member = tarfile.TarInfo(name)
            if isinstance(entry, bytes):
                member.size = len(entry)
                archive.addfile(member, io.BytesIO(entry))
                continue
            kind, target = entry
            member.type = {
                "symlink": tarfile.SYMTYPE,
                "hardlink": tarfile.LNKTYPE,
                "dir": tarfile.DIRTYPE,
                "fifo": tarfile.FIFOTYPE,
            }[kind]
            member.linkname = target
            archive.addfile(member)
    return buffer.getvalue()


def make_layer(entries: Mapping[str, Entry] | Sequence[tuple[str, Entry]]) -> bytes:
    """Return a gzip layer blob."""
    return gzip.compress(make_tar(entries), compresslevel=1, mtime=0)


def digest_of(data: bytes) -> str:
    """Return the sha256 digest of *data*."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def make_image(
    layers: Sequence[bytes],
    *,
    annotations: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    **config_fields: Any,
) -> tuple[bytes, dict[str, bytes]]:
    """Return (manifest, blobs by digest) of an OCI image of gzip *layers*; *config_fields* (``history``) go into its config."""
    config = json.dumps(
        {
            "os": "linux",
            "architecture": "amd64",
            "rootfs": {"type": "layers", "diff_ids": [digest_of(gzip.decompress(layer)) for layer in layers]},
            **({"config": {"Labels": dict(labels)}} if labels else {}),
            **config_fields,
        }
    ).encode()
    blobs = {digest_of(data): data for data in (config, *layers)}
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": digest_of(config),
                "size": len(config),
            },
            "layers": [
                {
                    "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                    "digest": digest_of(layer),
                    "size": len(layer),
                }
                for layer in layers
            ],
            **({"annotations": dict(annotations)} if annotations else {}),
        }
    ).encode()
    return manifest, blobs


def make_artifact(config_type: str, layer_type: str, content: bytes = b"{}") -> tuple[bytes, dict[str, bytes]]:
    """Return (manifest, blobs by digest) of an artifact of one layer, *content*, and a config that says nothing."""
    config, layer = (
        {"mediaType": kind, "digest": digest_of(data), "size": len(data)}
        for kind, data in ((config_type, b"{}"), (layer_type, content))
    )
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": config,
        "layers": [layer],
    }
    return json.dumps(manifest).encode(), {digest_of(data): data for data in (b"{}", content)}


def make_index(manifests: Sequence[bytes]) -> bytes:
    """Return an OCI index of *manifests*, one for each of some platforms."""
    platforms = ("amd64", "arm64", "s390x")
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [
                {
                    "mediaType": "application/vnd.oci.image.manifest.v1+json",
                    "digest": digest_of(manifest),
                    "size": len(manifest),
                    "platform": {"os": "linux", "architecture": platform},
                }
                for manifest, platform in zip(manifests, platforms, strict=False)
            ],
        }
    ).encode()


def write_layout(root: Path, layers: Sequence[bytes], tag: str = "latest", **more: Any) -> str:
    """Write an OCI layout of one image (*more* as in `make_image`) and return its manifest's digest."""
    manifest, blobs = make_image(layers, **more)
    folder = root / "blobs" / "sha256"
    folder.mkdir(parents=True)
    for digest, data in {**blobs, digest_of(manifest): manifest}.items():
        (folder / digest.partition(":")[2]).write_bytes(data)
    index = {
        "schemaVersion": 2,
        "manifests": [
            {
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "digest": digest_of(manifest),
                "size": len(manifest),
                "annotations": {"org.opencontainers.image.ref.name": tag},
            }
        ],
    }
    (root / "index.json").write_text(json.dumps(index))
    (root / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return digest_of(manifest)


def osv_record(record: str, package: str, *events: str, ecosystem: str = "Debian:12", **fields: Any) -> dict[str, Any]:
    """Return an OSV record of today; *events* are ``kind=version``, introduced 0 being understood."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    pairs = [event.split("=", 1) for event in events]
    listed = [{"introduced": "0"}] if not any(kind == "introduced" for kind, _ in pairs) else []
    affected = {
        "package": {"ecosystem": ecosystem, "name": package},
        "ranges": [{"type": "ECOSYSTEM", "events": listed + [{kind: version} for kind, version in pairs]}],
    }
    return {"id": record, "modified": now, "published": now, "affected": [affected], **fields}


def write_feed(root: Path, records: Sequence[dict[str, Any] | str], ecosystem: str = "Debian") -> Path:
    """Write ``osv/ECOSYSTEM/all.zip`` under *root* (a text stands for a member that is no record); return the file."""
    path = root / "osv" / ecosystem / "all.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, record in enumerate(records):
            name = f"{record['id']}.json" if isinstance(record, dict) else f"broken-{number}.json"
            archive.writestr(name, json.dumps(record) if isinstance(record, dict) else record)
    return path
