"""Blobs, manifests and what names them."""

import sqlalchemy as sa

from hullscan.store.tables.columns import Id, Name, UtcTime, table

blob = table(
    "blob",
    sa.Column("digest", Name, primary_key=True),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
)

# Who may see a blob: a blob deleted from one repository is gone there though another has it.
repository_blob = table(
    "repository_blob",
    sa.Column("repository_id", Id, sa.ForeignKey("repository.id"), primary_key=True),
    sa.Column("digest", Name, sa.ForeignKey("blob.digest"), primary_key=True),
    # When it was pushed, mounted or asked for: a client that was told "it is there" will not send it again.
    sa.Column("used_at", UtcTime, nullable=False),
)

upload = table(
    "upload",
    sa.Column("id", Name, primary_key=True),
    sa.Column("repository_id", Id, sa.ForeignKey("repository.id"), nullable=False),
    sa.Column("received_bytes", sa.BigInteger, nullable=False, default=0),
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
)

artifact = table(
    "artifact",
    sa.Column("id", Id, primary_key=True),
    sa.Column("repository_id", Id, sa.ForeignKey("repository.id"), nullable=False),
    sa.Column("digest", Name, nullable=False),
    # Of the manifest; its bytes are in the blob store under `digest`.
    sa.Column("media_type", Name, nullable=False),
    sa.Column("config_media_type", Name, nullable=False, default=""),
    sa.Column("artifact_type", Name, nullable=False, default=""),
    sa.Column("subject", Name, nullable=False, default=""),
    # What hangs on another artifact (by its subject, or by cosign's tags): signature.cosign, sbom.spdx …, and on which.
    sa.Column("accessory_type", Name, nullable=False, default="", server_default=""),
    sa.Column("accessory_of", Name, nullable=False, default="", server_default=""),
    # JSON object.
    sa.Column("annotations", Name, nullable=False, default="{}"),
    sa.Column("manifest_bytes", sa.BigInteger, nullable=False),
    # Manifest, config and layers together.
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("push_time", UtcTime, nullable=False),
    sa.Column("pull_time", UtcTime),
    sa.UniqueConstraint("repository_id", "digest"),
    sa.Index("artifact_digest", "digest"),
    sa.Index("artifact_subject", "repository_id", "subject"),
    sa.Index("artifact_accessory", "repository_id", "accessory_of"),
)

# What a manifest names: `kind` is config, layer or manifest (child of an index).
manifest_part = table(
    "manifest_part",
    sa.Column("manifest", Name, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("kind", Name, nullable=False),
    sa.Column("digest", Name, nullable=False),
    sa.Column("media_type", Name, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    # os/architecture/variant of an index's child, else "".
    sa.Column("platform", Name, nullable=False, default=""),
    sa.Index("manifest_part_digest", "digest"),
)

# The chain ID of all layers of an image, by its manifest: who begins with the same layers has it among its own.
layer_chain = table(
    "layer_chain",
    sa.Column("digest", Name, primary_key=True),
    # "": the config does not tell.
    sa.Column("chain", Name, nullable=False),
    sa.Column("layers", sa.Integer, nullable=False),
    sa.Index("layer_chain_chain", "chain"),
)

tag = table(
    "tag",
    sa.Column("id", Id, primary_key=True),
    sa.Column("repository_id", Id, sa.ForeignKey("repository.id"), nullable=False),
    sa.Column("name", Name, nullable=False),
    sa.Column("artifact_id", Id, sa.ForeignKey("artifact.id"), nullable=False),
    sa.Column("push_time", UtcTime, nullable=False),
    sa.Column("pull_time", UtcTime),
    sa.UniqueConstraint("repository_id", "name"),
    sa.Index("tag_artifact", "artifact_id"),
)
