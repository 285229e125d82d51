"""Manifests and indexes of the OCI image specification and of Docker's schema 2, read and checked."""

from typing import Any, Final

import msgspec

from hullscan.errors import NOT_JSON, InvalidReference, UnreadableInput
from hullscan.model.image import Descriptor, Digest, Image, Layer, parse_digest
from hullscan.registry.config import ImageConfig, platform_of, read_config, text_of, texts_of
from hullscan.registry.lineage import lineage_of

OCI_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX: Final = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST: Final = "application/vnd.docker.distribution.manifest.list.v2+json"
INDEX_TYPES: Final = frozenset({OCI_INDEX, DOCKER_LIST})
MANIFEST_TYPES: Final = frozenset({OCI_MANIFEST, DOCKER_MANIFEST}) | INDEX_TYPES

_DOCUMENTS: Final = (
    "application/vnd.in-toto", "application/vnd.dsse.envelope", "application/vnd.dev.cosign.simplesigning",
    "application/vnd.dev.sigstore.bundle", "application/vnd.cyclonedx", "application/spdx", "text/spdx", "application/vnd.syft",
)  # fmt: skip
"""How the media types of layers begin that are documents and no file systems: BuildKit and cosign give them an image's config."""

IMAGE_CONFIGS: Final = frozenset(
    {"application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"}
)

_MOST_PARTS: Final = 10_000
_MOST_BYTES: Final = 2**62
"""Of all that a manifest names: sizes are int64 in the specification, and in the store."""

_SCHEMA: Final = 2


class Manifest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    What a manifest or index says. An index has `manifests`, a manifest `config` and `layers`.

    `media_type` is its own; `artifact_type` as written (the config's media type stands in where it is absent, see
    `kind`).
    """

    media_type: str
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()
    manifests: tuple[Descriptor, ...] = ()
    subject: Descriptor | None = None
    artifact_type: str = ""
    annotations: tuple[tuple[str, str], ...] = ()

    @property
    def is_index(self) -> bool:
        """Whether it lists manifests rather than layers."""
        return self.media_type in INDEX_TYPES

    @property
    def blobs(self) -> tuple[Descriptor, ...]:
        """Config and layers; of an index what it lists beside manifests (`is_blob`)."""
        return (*((self.config,) if self.config else ()), *self.layers, *filter(is_blob, self.manifests))

    @property
    def children(self) -> tuple[Descriptor, ...]:
        """The manifests that an index lists."""
        return tuple(one for one in self.manifests if not is_blob(one))

    @property
    def config_media_type(self) -> str:
        """Media type of the config, "" for an index."""
        return self.config.media_type if self.config else ""

    @property
    def is_image(self) -> bool:
        """Whether its layers are file systems: its config is an image's, and it does not say to be something else."""
        if self.config is None or self.config.media_type not in IMAGE_CONFIGS:
            return False
        documents = bool(self.layers) and all(layer.media_type.startswith(_DOCUMENTS) for layer in self.layers)
        return self.artifact_type in ("", *IMAGE_CONFIGS) and not documents

    def image(self, digest: Digest, config: bytes | None) -> Image:
        """Return the image that it describes; *config* is the content of its config, None if that is not at hand."""
        told = read_config(config) if config is not None else ImageConfig()
        return Image(
            digest=digest,
            media_type=self.media_type,
            artifact_type=self.artifact_type,
            config=self.config,
            platform=told.platform,
            annotations=self.annotations,
            layers=tuple(
                Layer(
                    digest=layer.digest,
                    media_type=layer.media_type,
                    size_bytes=layer.size_bytes,
                    diff_id=told.diff_ids[position] if position < len(told.diff_ids) else "",
                    position=position,
                )
                for position, layer in enumerate(self.layers)
            ),
            lineage=lineage_of(digest, [layer.digest for layer in self.layers], told, self.annotations),
        )


def is_attestation(child: Descriptor) -> bool:
    """Say whether a child of an index is BuildKit's attestation and no image (moby/buildkit, "Attestation storage")."""
    annotations = dict(child.annotations)
    unknown = child.platform is not None and child.platform.os == "unknown"
    return "vnd.docker.reference.type" in annotations or unknown


def is_blob(child: Descriptor) -> bool:
    """Say whether what an index lists is a blob: BuildKit's caches are indexes of layers (moby/buildkit#2251)."""
    return child.media_type not in ("", *MANIFEST_TYPES)


def parse_manifest(data: bytes, media_type: str = "") -> Manifest:
    """
    Read a manifest or index; its own ``mediaType`` goes before *media_type*, which goes before its shape.

    Raises:
        UnreadableInput: It is no JSON object, of an unknown kind, or says digests or sizes that are none.
    """
    return _manifest(_fields(data), media_type)


def parse_pushed_manifest(data: bytes, media_type: str) -> Manifest:
    """
    Read a manifest or index that a client pushes under *media_type*: only what all clients read alike.

    One that is an image to some and an index to others could hide from a scan what is run
    (opencontainers/distribution-spec, GHSA-mc8v-mgrf-8f4m).

    Raises:
        UnreadableInput: As `parse_manifest`; or it says another media type than its client, layers and manifests at
            once, or another schema than 2.
    """
    fields = _fields(data)
    found = _manifest(fields, media_type)
    if fields.get("schemaVersion") != _SCHEMA:
        raise UnreadableInput(f"the manifest's schemaVersion is not {_SCHEMA}")
    if media_type in MANIFEST_TYPES and media_type != found.media_type:
        raise UnreadableInput(f"the manifest says to be {found.media_type}, its Content-Type {media_type}")
    texts = [found.artifact_type, *(text for part in _parts(found) for text in (part.media_type, str(part.platform)))]
    if any("\0" in text for text in texts):
        raise UnreadableInput("the manifest's types or platforms hold a NUL")
    for name in ("config", "layers") if found.is_index else ("manifests",):
        if fields.get(name) is not None:
            raise UnreadableInput(
                f"{found.media_type} has no {name}: some would take it for an image, some for an index"
            )
    return found


def _fields(data: bytes) -> dict[str, Any]:
    try:
        fields = msgspec.json.decode(data)
    except NOT_JSON as error:
        raise UnreadableInput(f"the manifest is no JSON: {error}") from error
    if not isinstance(fields, dict):
        raise UnreadableInput("the manifest is no JSON object")
    return fields


def _manifest(fields: dict[str, Any], media_type: str) -> Manifest:
    kind = _kind(fields, media_type)
    subject = fields.get("subject")
    found = Manifest(
        media_type=kind,
        config=_descriptor(fields.get("config"), "config") if kind not in INDEX_TYPES else None,
        layers=_descriptors(fields.get("layers"), "layers") if kind not in INDEX_TYPES else (),
        manifests=_descriptors(fields.get("manifests"), "manifests") if kind in INDEX_TYPES else (),
        subject=_descriptor(subject, "subject") if subject is not None else None,
        artifact_type=text_of(fields.get("artifactType")),
        annotations=texts_of(fields.get("annotations")),
    )
    if sum(part.size_bytes for part in _parts(found)) > _MOST_BYTES:
        raise UnreadableInput("the manifest says sizes that nothing has")
    return found


def _parts(manifest: Manifest) -> tuple[Descriptor, ...]:
    return (*manifest.blobs, *manifest.children)


def _kind(fields: dict[str, Any], media_type: str) -> str:
    own = fields.get("mediaType")
    if isinstance(own, str) and own:
        if own not in MANIFEST_TYPES:
            raise UnreadableInput(f"a manifest of type {own} is not supported; push it as OCI or Docker schema 2")
        return own
    if fields.get("schemaVersion") == 1:
        raise UnreadableInput("a manifest of Docker schema 1 is not supported; push it as OCI or Docker schema 2")
    if media_type in MANIFEST_TYPES:
        return media_type
    if isinstance(fields.get("manifests"), list):
        return OCI_INDEX
    if "config" in fields or "layers" in fields:
        return OCI_MANIFEST
    raise UnreadableInput("this is neither an image manifest nor an index")


def _descriptors(value: Any, what: str) -> tuple[Descriptor, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > _MOST_PARTS:
        raise UnreadableInput(f"the manifest's {what} are no list, or more than {_MOST_PARTS}")
    return tuple(_descriptor(one, what) for one in value)


def _descriptor(value: Any, what: str) -> Descriptor:
    if not isinstance(value, dict):
        raise UnreadableInput(f"the manifest's {what} is no descriptor")
    size = value.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise UnreadableInput(f"the manifest's {what} says no size")
    try:
        digest = parse_digest(text_of(value.get("digest")))
    except InvalidReference as error:
        raise UnreadableInput(f"the manifest's {what}: {error}") from error
    platform = value.get("platform")
    urls = value.get("urls")
    return Descriptor(
        media_type=text_of(value.get("mediaType")),
        digest=digest,
        size_bytes=size,
        annotations=texts_of(value.get("annotations")),
        platform=platform_of(platform) if isinstance(platform, dict) else None,
        artifact_type=text_of(value.get("artifactType")),
        urls=tuple(one for one in urls if isinstance(one, str)) if isinstance(urls, list) else (),
    )
