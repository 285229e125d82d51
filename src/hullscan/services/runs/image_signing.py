"""
Signatures of artifacts, in cosign's format, with keys of this server.

Format: cosign's "signature specification" (a simple-signing payload as the one layer of a manifest that is tagged
``sha256-DIGEST.sig``, the signature in the layer's annotation), so ``cosign verify --key`` reads it.
"""

import base64
import json
from typing import Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hullscan.model.image import digest_of
from hullscan.services.access.secrets import Vault
from hullscan.services.artifacts.push import accept_manifest
from hullscan.services.artifacts.uploads import Uploads
from hullscan.services.context import Context
from hullscan.store.artifacts.artifact_rows import find_artifact
from hullscan.store.database import reading, writing
from hullscan.store.places.namespaces import NamespaceRow
from hullscan.store.places.repositories import RepositoryRow
from hullscan.store.settings_rows import read_setting, write_setting

_PAYLOAD_TYPE: Final = "application/vnd.dev.cosign.simplesigning.v1+json"
_ANNOTATION: Final = "dev.cosignproject.cosign/signature"
_MANIFEST_TYPE: Final = "application/vnd.oci.image.manifest.v1+json"
_CONFIG_TYPE: Final = "application/vnd.oci.image.config.v1+json"

_ALGORITHMS: Final[dict[str, tuple[ec.EllipticCurve, hashes.HashAlgorithm]]] = {
    "ECDSA_SHA_256": (ec.SECP256R1(), hashes.SHA256()),
    "ECDSA_SHA_384": (ec.SECP384R1(), hashes.SHA384()),
}


def public_key(context: Context, name: str, algorithm: str) -> str:
    """Return the public half (PEM) of the key *name*, which is made on first use."""
    return (
        _key(context, name, algorithm)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def sign(
    context: Context,
    space: NamespaceRow,
    repository: RepositoryRow,
    digest: str,
    *,
    key: str,
    algorithm: str,
    host: str,
    username: str,
) -> bool:
    """
    Attach a signature to the artifact *digest*; False if this key has signed it already.

    Args:
        host: What clients call this registry, which the payload names.
    """
    tag = digest.replace(":", "-") + ".sig"
    payload = json.dumps(
        {
            "critical": {
                "identity": {"docker-reference": f"{host}/{space.name}/{repository.name}"},
                "image": {"docker-manifest-digest": digest},
                "type": "cosign container image signature",
            },
            "optional": {"key": key},
        },
        separators=(",", ":"),
    ).encode()
    layers = []
    with reading(context.engine) as connection:
        known = find_artifact(connection, repository.id, tag)
    if known is not None:
        layers = json.loads(b"".join(context.blobs.read(known.digest))).get("layers", [])
        if any(layer.get("digest") == digest_of(payload) for layer in layers):
            return False
    signature = _key(context, key, algorithm).sign(payload, ec.ECDSA(_ALGORITHMS[algorithm][1]))
    layers.append(
        {
            "mediaType": _PAYLOAD_TYPE,
            "size": len(payload),
            "digest": digest_of(payload),
            "annotations": {_ANNOTATION: base64.b64encode(signature).decode()},
        }
    )
    config = json.dumps(
        {
            "architecture": "",
            "os": "",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]},
        }
    ).encode()
    uploads = Uploads(context)
    for content in (payload, config):
        uploads.put(repository.id, content)
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": _MANIFEST_TYPE,
            "config": {"mediaType": _CONFIG_TYPE, "size": len(config), "digest": digest_of(config)},
            "layers": layers,
        }
    ).encode()
    accept_manifest(
        context,
        space,
        repository.id,
        digest=digest_of(manifest),
        tags=(tag,),
        media_type=_MANIFEST_TYPE,
        data=manifest,
        username=username,
    )
    return True


def _key(context: Context, name: str, algorithm: str) -> ec.EllipticCurvePrivateKey:
    """Return the key *name*, sealed in the store; made on first use."""
    vault = Vault(context.settings)
    row = f"signing-key/{algorithm}/{name}"
    with writing(context.engine) as connection:
        known = read_setting(connection, row)
        if known is None:
            made = ec.generate_private_key(_ALGORITHMS[algorithm][0])
            text = made.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            write_setting(connection, row, vault.seal(text.decode()))
            return made
    loaded = serialization.load_pem_private_key(vault.open(known).encode(), None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)
    return loaded
