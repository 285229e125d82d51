"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "advisory",
        sa.Column("id", ID, nullable=False),
        sa.Column("feed", NAME, nullable=False),
        sa.Column("record", NAME, nullable=False),
        sa.Column("born", sa.BigInteger(), nullable=False),
        sa.Column("died", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("decision", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("advisory_record", "advisory", ["feed", "record"], unique=False)
    op.create_table(
        "advisory_flaw",
        sa.Column("flaw", NAME, nullable=False),
        sa.Column("advisory_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("flaw", "advisory_id"),
    )
    op.create_index("advisory_flaw_advisory", "advisory_flaw", ["advisory_id"], unique=False)
    op.create_table(
        "affected",
        sa.Column("id", ID, nullable=False),
        sa.Column("advisory_id", ID, nullable=False),
        sa.Column("feed", NAME, nullable=False),
        sa.Column("born", sa.BigInteger(), nullable=False),
        sa.Column("died", sa.BigInteger(), nullable=False),
        sa.Column("ecosystem", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("status", NAME, nullable=False),
        sa.Column("low", sa.LargeBinary(), nullable=False),
        sa.Column("high", sa.LargeBinary(), nullable=True),
        sa.Column("inclusive", sa.Boolean(), nullable=False),
        sa.Column("fix", NAME, nullable=False),
        sa.Column("range", NAME, nullable=False),
        sa.Column("module", NAME, nullable=False),
        sa.Column("urgency", NAME, nullable=False),
        sa.Column("severity", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("affected_advisory", "affected", ["advisory_id"], unique=False)
    op.create_index("affected_name", "affected", ["ecosystem", "name"], unique=False)
    op.create_table(
        "blob",
        sa.Column("digest", NAME, nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "feed",
        sa.Column("name", NAME, nullable=False),
        sa.Column("ecosystems", NAME, nullable=False),
        sa.Column("current", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", NAME, nullable=False),
        sa.Column("location", NAME, nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=True),
        sa.Column("error", NAME, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "flaw_facts",
        sa.Column("flaw", NAME, nullable=False),
        sa.Column("feed", NAME, nullable=False),
        sa.Column("born", sa.BigInteger(), nullable=False),
        sa.Column("died", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("flaw", "feed", "born"),
    )
    op.create_table(
        "image",
        sa.Column("digest", NAME, nullable=False),
        sa.Column("detectors", NAME, nullable=False),
        sa.Column("platform", NAME, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("indexed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "layer_inventory",
        sa.Column("digest", NAME, nullable=False),
        sa.Column("detectors", NAME, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "detectors"),
    )
    op.create_table(
        "manifest_part",
        sa.Column("manifest", NAME, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("digest", NAME, nullable=False),
        sa.Column("media_type", NAME, nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("platform", NAME, nullable=False),
        sa.PrimaryKeyConstraint("manifest", "position"),
    )
    op.create_index("manifest_part_digest", "manifest_part", ["digest"], unique=False)
    op.create_table(
        "package",
        sa.Column("id", ID, nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("purl", NAME, nullable=False),
        sa.Column("type", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("version", NAME, nullable=False),
        sa.Column("source", NAME, nullable=False),
        sa.Column("source_version", NAME, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("identity"),
    )
    op.create_table(
        "release_support",
        sa.Column("distro", NAME, nullable=False),
        sa.Column("version_id", NAME, nullable=False),
        sa.Column("feed", NAME, nullable=False),
        sa.Column("born", sa.BigInteger(), nullable=False),
        sa.Column("died", sa.BigInteger(), nullable=False),
        sa.Column("codename", NAME, nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=True),
        sa.Column("extended_ends", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("distro", "version_id", "feed", "born"),
    )
    op.create_table(
        "report",
        sa.Column("digest", NAME, nullable=False),
        sa.Column("body_digest", NAME, nullable=False),
        sa.Column("content_digest", NAME, nullable=False),
        sa.Column("generated_at", sa.BigInteger(), nullable=False),
        sa.Column("verdict", NAME, nullable=False),
        sa.Column("severity", NAME, nullable=False),
        sa.Column("counts", NAME, nullable=False),
        sa.Column("problems", sa.LargeBinary(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=True),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "report_body",
        sa.Column("digest", NAME, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "scan",
        sa.Column("id", NAME, nullable=False),
        sa.Column("instance_id", NAME, nullable=False),
        sa.Column("artifact_digest", NAME, nullable=False),
        sa.Column("repository_id", ID, nullable=False),
        sa.Column("status", NAME, nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("error", NAME, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("scan_artifact", "scan", ["artifact_digest"], unique=False)
    op.create_index("scan_status", "scan", ["status", "lease_until"], unique=False)
    op.create_table(
        "setting",
        sa.Column("key", NAME, nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "artifact_package",
        sa.Column("digest", NAME, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("package_id", ID, nullable=False),
        sa.Column("layer", NAME, nullable=False),
        sa.Column("path", NAME, nullable=False),
        sa.Column("owner", NAME, nullable=False),
        sa.Column("owner_version", NAME, nullable=False),
        sa.ForeignKeyConstraint(
            ["package_id"],
            ["package.id"],
        ),
        sa.PrimaryKeyConstraint("digest", "position"),
    )
    op.create_index("artifact_package_package", "artifact_package", ["package_id", "digest"], unique=False)
    op.create_table(
        "finding",
        sa.Column("package_id", ID, nullable=False),
        sa.Column("affected_id", ID, nullable=False),
        sa.Column("advisory_id", ID, nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["package_id"],
            ["package.id"],
        ),
        sa.PrimaryKeyConstraint("package_id", "affected_id"),
    )
    op.create_index("finding_advisory", "finding", ["advisory_id"], unique=False)
    op.create_table(
        "package_query",
        sa.Column("package_id", ID, nullable=False),
        sa.Column("ecosystem", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("version_key", sa.LargeBinary(), nullable=True),
        sa.Column("version", NAME, nullable=False),
        sa.Column("scheme", NAME, nullable=False),
        sa.Column("module", NAME, nullable=False),
        sa.ForeignKeyConstraint(
            ["package_id"],
            ["package.id"],
        ),
        sa.PrimaryKeyConstraint("package_id", "ecosystem", "name"),
    )
    op.create_index("package_query_name", "package_query", ["ecosystem", "name"], unique=False)
    op.create_table(
        "project",
        sa.Column("id", NAME, nullable=False),
        sa.Column("account_id", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "name"),
    )
    op.create_table(
        "snapshot",
        sa.Column("feed", NAME, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("digest", NAME, nullable=False),
        sa.Column("upstream_time", sa.BigInteger(), nullable=True),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("problems", sa.LargeBinary(), nullable=False),
        sa.Column("built_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feed"],
            ["feed.name"],
        ),
        sa.PrimaryKeyConstraint("feed", "number"),
    )
    op.create_table(
        "user_account",
        sa.Column("id", NAME, nullable=False),
        sa.Column("account_id", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("password_hash", NAME, nullable=False),
        sa.Column("administrator", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "name"),
    )
    op.create_table(
        "access_grant",
        sa.Column("user_id", NAME, nullable=False),
        sa.Column("project_id", NAME, nullable=False),
        sa.Column("policy", NAME, nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
        ),
        sa.PrimaryKeyConstraint("user_id", "project_id", "policy"),
    )
    op.create_table(
        "access_key",
        sa.Column("access", NAME, nullable=False),
        sa.Column("user_id", NAME, nullable=False),
        sa.Column("secret_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
        ),
        sa.PrimaryKeyConstraint("access"),
    )
    op.create_table(
        "instance",
        sa.Column("id", NAME, nullable=False),
        sa.Column("project_id", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("description", NAME, nullable=False),
        sa.Column("anonymous_access", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"],
            ["project.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("project_id", "name"),
    )
    op.create_table(
        "token",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", NAME, nullable=False),
        sa.Column("project_id", NAME, nullable=True),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("scope", NAME, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
        ),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "namespace",
        sa.Column("id", ID, nullable=False),
        sa.Column("instance_id", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("auto_scan", sa.Boolean(), nullable=False),
        sa.Column("prevent_vul", sa.Boolean(), nullable=False),
        sa.Column("severity", NAME, nullable=False),
        sa.Column("allowlist_expires_at", sa.BigInteger(), nullable=True),
        sa.Column("allowlist_created_at", sa.BigInteger(), nullable=True),
        sa.Column("allowlist_updated_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"],
            ["instance.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("instance_id", "name"),
    )
    op.create_table(
        "allowed_cve",
        sa.Column("namespace_id", ID, nullable=False),
        sa.Column("cve", NAME, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["namespace_id"], ["namespace.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("namespace_id", "cve"),
    )
    op.create_table(
        "repository",
        sa.Column("id", ID, nullable=False),
        sa.Column("namespace_id", ID, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("description", NAME, nullable=False),
        sa.Column("pull_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["namespace_id"],
            ["namespace.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("namespace_id", "name"),
    )
    op.create_table(
        "artifact",
        sa.Column("id", ID, nullable=False),
        sa.Column("repository_id", ID, nullable=False),
        sa.Column("digest", NAME, nullable=False),
        sa.Column("media_type", NAME, nullable=False),
        sa.Column("config_media_type", NAME, nullable=False),
        sa.Column("artifact_type", NAME, nullable=False),
        sa.Column("subject", NAME, nullable=False),
        sa.Column("annotations", NAME, nullable=False),
        sa.Column("manifest_bytes", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("push_time", sa.BigInteger(), nullable=False),
        sa.Column("pull_time", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repository.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("repository_id", "digest"),
    )
    op.create_index("artifact_digest", "artifact", ["digest"], unique=False)
    op.create_index("artifact_subject", "artifact", ["repository_id", "subject"], unique=False)
    op.create_table(
        "repository_blob",
        sa.Column("repository_id", ID, nullable=False),
        sa.Column("digest", NAME, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["digest"],
            ["blob.digest"],
        ),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repository.id"],
        ),
        sa.PrimaryKeyConstraint("repository_id", "digest"),
    )
    op.create_table(
        "upload",
        sa.Column("id", NAME, nullable=False),
        sa.Column("repository_id", ID, nullable=False),
        sa.Column("received_bytes", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repository.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "tag",
        sa.Column("id", ID, nullable=False),
        sa.Column("repository_id", ID, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("artifact_id", ID, nullable=False),
        sa.Column("push_time", sa.BigInteger(), nullable=False),
        sa.Column("pull_time", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["artifact_id"],
            ["artifact.id"],
        ),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repository.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("repository_id", "name"),
    )
    op.create_index("tag_artifact", "tag", ["artifact_id"], unique=False)
