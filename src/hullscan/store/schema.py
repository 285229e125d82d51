"""
The tables, as design.md's "State" names them. Migrations under `migrations/` bring a database to this shape.

Feeds are immutable snapshots with deltas: a row of `advisory`, `affected`, `flaw_facts` or a `…_support` belongs to
its feed's snapshots from `born` up to but not including `died`. A snapshot in the making writes rows born in the
next one, which nobody sees until `feed.current` moves, in one transaction.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

FOREVER: Final = 2**62
"""`died` of a row that no later snapshot has removed."""

metadata: Final = sa.MetaData()

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC, stored as microseconds since 1970: sorts and compares alike on both databases."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        if value is None:
            return None
        return (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(microseconds=value)


Name: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text in byte order on both databases."""

Id: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A row number; SQLite counts only plain INTEGER keys."""


_KEYED: Final = {"sqlite_with_rowid": False}
"""For large tables: SQLite keeps the rows in the order of the key, and not beside an index of it."""


def _table(name: str, *parts: sa.schema.SchemaItem, **options: Any) -> sa.Table:
    return sa.Table(name, metadata, *parts, **options)


# --- who -------------------------------------------------------------------------------------------------------

account = _table(
    "account",
    sa.Column("id", Name, primary_key=True),
    sa.Column("name", Name, nullable=False, unique=True),
    sa.Column("created_at", UtcTime, nullable=False),
)

user = _table(
    "user_account",
    sa.Column("id", Name, primary_key=True),
    sa.Column("account_id", Name, sa.ForeignKey("account.id"), nullable=False),
    sa.Column("name", Name, nullable=False),
    sa.Column("password_hash", Name, nullable=False),
    sa.Column("administrator", sa.Boolean, nullable=False, default=False),
    sa.Column("enabled", sa.Boolean, nullable=False, default=True),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.UniqueConstraint("account_id", "name"),
)

group = _table(
    "user_group",
    sa.Column("id", Name, primary_key=True),
    sa.Column("account_id", Name, sa.ForeignKey("account.id"), nullable=False),
    sa.Column("name", Name, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.UniqueConstraint("account_id", "name"),
)

group_member = _table(
    "group_member",
    sa.Column("group_id", Name, sa.ForeignKey("user_group.id"), primary_key=True),
    sa.Column("user_id", Name, sa.ForeignKey("user_account.id"), primary_key=True),
)

# Policies that an administrator wrote; those of the system (FullAccess …) are in the code.
access_policy = _table(
    "access_policy",
    sa.Column("name", Name, primary_key=True),
    # JSON, Version 1.1 or 5.0.
    sa.Column("document", Name, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
)

attached_policy = _table(
    "attached_policy",
    sa.Column("policy", Name, primary_key=True),
    # A user's or a group's id.
    sa.Column("holder_id", Name, primary_key=True),
    sa.Column("project_id", Name, sa.ForeignKey("project.id"), primary_key=True),
)

access_key = _table(
    "access_key",
    sa.Column("access", Name, primary_key=True),
    sa.Column("user_id", Name, sa.ForeignKey("user_account.id"), nullable=False),
    # Encrypted: verifying a signature needs the secret itself.
    sa.Column("secret_encrypted", sa.LargeBinary, nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False, default=True),
    sa.Column("created_at", UtcTime, nullable=False),
    # Temporary keys: digest of the security token that must come with them, and their end.
    sa.Column("security_token", sa.LargeBinary),
    sa.Column("expires_at", UtcTime),
)

token = _table(
    "token",
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("user_id", Name, sa.ForeignKey("user_account.id"), nullable=False),
    sa.Column("project_id", Name),
    sa.Column("issued_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
    # iam: X-Auth-Token. registry: bearer of the OCI token flow, limited to `scope` (JSON).
    sa.Column("kind", Name, nullable=False),
    sa.Column("scope", Name, nullable=False, default=""),
)

# --- where -----------------------------------------------------------------------------------------------------

project = _table(
    "project",
    sa.Column("id", Name, primary_key=True),
    sa.Column("account_id", Name, sa.ForeignKey("account.id"), nullable=False),
    sa.Column("name", Name, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.UniqueConstraint("account_id", "name"),
)

instance = _table(
    "instance",
    sa.Column("id", Name, primary_key=True),
    sa.Column("project_id", Name, sa.ForeignKey("project.id"), nullable=False),
    sa.Column("name", Name, nullable=False),
    sa.Column("description", Name, nullable=False, default=""),
    sa.Column("anonymous_access", sa.Boolean, nullable=False, default=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.UniqueConstraint("project_id", "name"),
)

namespace = _table(
    "namespace",
    sa.Column("id", Id, primary_key=True),
    sa.Column("instance_id", Name, sa.ForeignKey("instance.id"), nullable=False),
    sa.Column("name", Name, nullable=False),
    sa.Column("public", sa.Boolean, nullable=False, default=False),
    sa.Column("auto_scan", sa.Boolean, nullable=False, default=False),
    sa.Column("prevent_vul", sa.Boolean, nullable=False, default=False),
    sa.Column("severity", Name, nullable=False, default="none"),
    # None: as much as there is room for.
    sa.Column("quota_bytes", sa.BigInteger),
    sa.Column("quota_artifacts", sa.Integer),
    # None: the allowlist never expires.
    sa.Column("allowlist_expires_at", UtcTime),
    sa.Column("allowlist_created_at", UtcTime),
    sa.Column("allowlist_updated_at", UtcTime),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.UniqueConstraint("instance_id", "name"),
)

allowed_cve = _table(
    "allowed_cve",
    sa.Column("namespace_id", Id, sa.ForeignKey("namespace.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("cve", Name, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
)

repository = _table(
    "repository",
    sa.Column("id", Id, primary_key=True),
    sa.Column("namespace_id", Id, sa.ForeignKey("namespace.id"), nullable=False),
    # Without the namespace; may hold slashes.
    sa.Column("name", Name, nullable=False),
    sa.Column("description", Name, nullable=False, default=""),
    sa.Column("pull_count", sa.Integer, nullable=False, default=0),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.UniqueConstraint("namespace_id", "name"),
    sa.Index("repository_updated", "updated_at", "id"),
)

# --- content ---------------------------------------------------------------------------------------------------

blob = _table(
    "blob",
    sa.Column("digest", Name, primary_key=True),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
)

# Who may see a blob: a blob deleted from one repository is gone there though another has it.
repository_blob = _table(
    "repository_blob",
    sa.Column("repository_id", Id, sa.ForeignKey("repository.id"), primary_key=True),
    sa.Column("digest", Name, sa.ForeignKey("blob.digest"), primary_key=True),
    # When it was pushed, mounted or asked for: a client that was told "it is there" will not send it again.
    sa.Column("used_at", UtcTime, nullable=False),
)

upload = _table(
    "upload",
    sa.Column("id", Name, primary_key=True),
    sa.Column("repository_id", Id, sa.ForeignKey("repository.id"), nullable=False),
    sa.Column("received_bytes", sa.BigInteger, nullable=False, default=0),
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
)

artifact = _table(
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
manifest_part = _table(
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
layer_chain = _table(
    "layer_chain",
    sa.Column("digest", Name, primary_key=True),
    # "": the config does not tell.
    sa.Column("chain", Name, nullable=False),
    sa.Column("layers", sa.Integer, nullable=False),
    sa.Index("layer_chain_chain", "chain"),
)

tag = _table(
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

# --- what an instance was told to do ----------------------------------------------------------------------------

rule = _table(
    "rule",
    sa.Column("id", Id, primary_key=True),
    # immutable, retention, signature, replication, registry, webhook, gc or endpoint.
    sa.Column("kind", Name, nullable=False),
    sa.Column("instance_id", Name, sa.ForeignKey("instance.id"), nullable=False),
    # None: of the whole instance.
    sa.Column("namespace_id", Id, sa.ForeignKey("namespace.id")),
    sa.Column("name", Name, nullable=False),
    # JSON of the kind's struct in `model.rules`.
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("creator", Name, nullable=False),
    # When its schedule says so next; None without a schedule.
    sa.Column("next_run_at", UtcTime),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Index("rule_kind", "kind", "instance_id", "namespace_id"),
    sa.Index("rule_next_run", "next_run_at"),
)

run = _table(
    "run",
    sa.Column("id", Id, primary_key=True),
    sa.Column("kind", Name, nullable=False),
    sa.Column("instance_id", Name, nullable=False),
    sa.Column("rule_id", Id),
    # manual, scheduled or event_based.
    sa.Column("trigger", Name, nullable=False),
    # Pending, InProgress, Succeed, Failed or Stopped.
    sa.Column("status", Name, nullable=False),
    sa.Column("status_text", Name, nullable=False, default=""),
    # JSON: what it was asked to do, and what came of it.
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("not_before", UtcTime, nullable=False),
    # As a scan's: a worker that died lets it run out.
    sa.Column("lease_until", UtcTime),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Index("run_status", "status", "not_before"),
    sa.Index("run_rule", "rule_id", "kind"),
)

run_part = _table(
    "run_part",
    sa.Column("id", Id, primary_key=True),
    sa.Column("run_id", Id, sa.ForeignKey("run.id"), nullable=False),
    # None: a task (one repository); else a subtask of it (one artifact).
    sa.Column("task_id", Id),
    sa.Column("status", Name, nullable=False),
    # JSON.
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Index("run_part_run", "run_id", "task_id"),
)

login_credential = _table(
    "login_credential",
    sa.Column("id", Name, primary_key=True),
    sa.Column("instance_id", Name, sa.ForeignKey("instance.id"), nullable=False),
    sa.Column("user_id", Name, sa.ForeignKey("user_account.id"), nullable=False),
    # "" for a temporary one.
    sa.Column("name", Name, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False, default=True),
    sa.Column("created_at", UtcTime, nullable=False),
    # None: until it is deleted.
    sa.Column("expires_at", UtcTime),
    sa.Index("login_credential_digest", "digest"),
    sa.Index("login_credential_instance", "instance_id", "user_id"),
)

audit_log = _table(
    "audit_log",
    sa.Column("id", Id, primary_key=True),
    sa.Column("instance_id", Name, nullable=False),
    # pull, create or delete.
    sa.Column("operation", Name, nullable=False),
    # artifact, repository, tag or project.
    sa.Column("resource_type", Name, nullable=False),
    sa.Column("resource", Name, nullable=False),
    sa.Column("username", Name, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Index("audit_log_operation", "instance_id", "operation", "id"),
)

resource_tag = _table(
    "resource_tag",
    sa.Column("project_id", Name, sa.ForeignKey("project.id"), primary_key=True),
    # instances, or namespaces (whose resource is "INSTANCE/NAMESPACE").
    sa.Column("type", Name, primary_key=True),
    sa.Column("resource_id", Name, primary_key=True),
    sa.Column("key", Name, primary_key=True),
    sa.Column("value", Name, nullable=False),
)

# --- what is inside --------------------------------------------------------------------------------------------

layer_inventory = _table(
    "layer_inventory",
    sa.Column("digest", Name, primary_key=True),
    sa.Column("detectors", Name, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
)

# One row per image (manifest digest) that was indexed.
image = _table(
    "image",
    sa.Column("digest", Name, primary_key=True),
    sa.Column("detectors", Name, nullable=False),
    sa.Column("platform", Name, nullable=False),
    # JSON: distro and problems of the inventory.
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("indexed_at", UtcTime, nullable=False),
)

package = _table(
    "package",
    sa.Column("id", Id, primary_key=True),
    # SHA-256 of the fields that tell packages apart.
    sa.Column("identity", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("purl", Name, nullable=False),
    sa.Column("type", Name, nullable=False),
    sa.Column("name", Name, nullable=False),
    sa.Column("version", Name, nullable=False),
    sa.Column("source", Name, nullable=False),
    sa.Column("source_version", Name, nullable=False),
    # The count of swaps at which what is found in it moved last (`store.staleness`).
    sa.Column("moved", sa.BigInteger, nullable=False, default=0),
)

# Under which names the feeds may speak of a package: ecosystem with release, name, and version as a key.
package_query = _table(
    "package_query",
    sa.Column("package_id", Id, sa.ForeignKey("package.id"), primary_key=True),
    sa.Column("ecosystem", Name, primary_key=True),
    sa.Column("name", Name, primary_key=True),
    # None: the scheme cannot read the version, so nothing can be said.
    sa.Column("version_key", sa.LargeBinary),
    sa.Column("version", Name, nullable=False),
    sa.Column("scheme", Name, nullable=False),
    sa.Column("module", Name, nullable=False),
    sa.Index("package_query_name", "ecosystem", "name"),
)

artifact_package = _table(
    "artifact_package",
    sa.Column("digest", Name, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("package_id", Id, sa.ForeignKey("package.id"), nullable=False),
    sa.Column("layer", Name, nullable=False),
    sa.Column("path", Name, nullable=False),
    sa.Column("owner", Name, nullable=False),
    sa.Column("owner_version", Name, nullable=False),
    sa.Index("artifact_package_package", "package_id", "digest"),
    **_KEYED,
)

# --- what publishers say ---------------------------------------------------------------------------------------

feed = _table(
    "feed",
    sa.Column("name", Name, primary_key=True),
    # JSON list of the ecosystems it speaks for.
    sa.Column("ecosystems", Name, nullable=False),
    # The snapshot that readers see; 0 before the first.
    sa.Column("current", sa.BigInteger, nullable=False, default=0),
    sa.Column("fingerprint", Name, nullable=False, default=""),
    sa.Column("location", Name, nullable=False, default=""),
    sa.Column("checked_at", UtcTime),
    # Why the last refresh failed, or "".
    sa.Column("error", Name, nullable=False, default=""),
)

snapshot = _table(
    "snapshot",
    sa.Column("feed", Name, sa.ForeignKey("feed.name"), primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True),
    # Of the content: the same records give the same digest.
    sa.Column("digest", Name, nullable=False),
    sa.Column("upstream_time", UtcTime),
    sa.Column("records", sa.Integer, nullable=False),
    # JSON list of problems.
    sa.Column("problems", sa.LargeBinary, nullable=False),
    sa.Column("built_at", UtcTime, nullable=False),
)

advisory = _table(
    "advisory",
    sa.Column("id", Id, primary_key=True),
    sa.Column("feed", Name, nullable=False),
    sa.Column("record", Name, nullable=False),
    sa.Column("born", sa.BigInteger, nullable=False),
    sa.Column("died", sa.BigInteger, nullable=False, default=FOREVER),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("decision", sa.LargeBinary, nullable=False),
    # msgpack of the facts a report shows.
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index("advisory_record", "feed", "record"),
)

# The flaws that an advisory speaks of, and the other names of its one flaw.
advisory_flaw = _table(
    "advisory_flaw",
    sa.Column("flaw", Name, primary_key=True),
    sa.Column("advisory_id", Id, primary_key=True),
    sa.Index("advisory_flaw_advisory", "advisory_id"),
)

affected = _table(
    "affected",
    sa.Column("id", Id, primary_key=True),
    sa.Column("advisory_id", Id, nullable=False),
    sa.Column("feed", Name, nullable=False),
    sa.Column("born", sa.BigInteger, nullable=False),
    sa.Column("died", sa.BigInteger, nullable=False, default=FOREVER),
    sa.Column("ecosystem", Name, nullable=False),
    sa.Column("name", Name, nullable=False),
    # affected, not-affected (speaks of the flaw, never had it) or undetermined (a bound is no version, not looked into).
    sa.Column("status", Name, nullable=False),
    # From `low` (empty: from the beginning) up to `high` (None: no end), which counts only if `inclusive`.
    sa.Column("low", sa.LargeBinary, nullable=False),
    sa.Column("high", sa.LargeBinary),
    sa.Column("inclusive", sa.Boolean, nullable=False),
    sa.Column("fix", Name, nullable=False),
    sa.Column("range", Name, nullable=False),
    sa.Column("module", Name, nullable=False),
    sa.Column("urgency", Name, nullable=False),
    # Severity as its number, None if the publisher has no word for this package.
    sa.Column("severity", sa.Integer),
    sa.Index("affected_name", "ecosystem", "name"),
    sa.Index("affected_advisory", "advisory_id"),
)

flaw_facts = _table(
    "flaw_facts",
    sa.Column("flaw", Name, primary_key=True),
    sa.Column("feed", Name, primary_key=True),
    sa.Column("born", sa.BigInteger, primary_key=True),
    sa.Column("died", sa.BigInteger, nullable=False, default=FOREVER),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

release_support = _table(
    "release_support",
    sa.Column("distro", Name, primary_key=True),
    sa.Column("version_id", Name, primary_key=True),
    sa.Column("feed", Name, primary_key=True),
    sa.Column("born", sa.BigInteger, primary_key=True),
    sa.Column("died", sa.BigInteger, nullable=False, default=FOREVER),
    sa.Column("codename", Name, nullable=False),
    sa.Column("ends", UtcTime),
    sa.Column("extended_ends", UtcTime),
)

package_support = _table(
    "package_support",
    sa.Column("ecosystem", Name, primary_key=True),
    sa.Column("name", Name, primary_key=True),
    sa.Column("feed", Name, primary_key=True),
    sa.Column("born", sa.BigInteger, primary_key=True),
    sa.Column("died", sa.BigInteger, nullable=False, default=FOREVER),
    sa.Column("ends", UtcTime),
    sa.Column("note", Name, nullable=False),
)

# --- what follows ----------------------------------------------------------------------------------------------

finding = _table(
    "finding",
    sa.Column("package_id", Id, sa.ForeignKey("package.id"), primary_key=True),
    sa.Column("affected_id", Id, primary_key=True),
    sa.Column("advisory_id", Id, nullable=False),
    sa.Column("first_seen", UtcTime, nullable=False),
    sa.Index("finding_advisory", "advisory_id"),
    **_KEYED,
)

scan = _table(
    "scan",
    sa.Column("id", Name, primary_key=True),
    sa.Column("instance_id", Name, nullable=False),
    sa.Column("artifact_digest", Name, nullable=False),
    sa.Column("repository_id", Id, nullable=False),
    # Pending, Running, Success or Error.
    sa.Column("status", Name, nullable=False),
    sa.Column("percent", sa.Integer, nullable=False, default=0),
    sa.Column("error", Name, nullable=False, default=""),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    # A worker that died lets its lease run out; another takes the scan.
    sa.Column("lease_until", UtcTime),
    sa.Column("requested_at", UtcTime, nullable=False),
    sa.Column("started_at", UtcTime),
    sa.Column("ended_at", UtcTime),
    sa.Index("scan_artifact", "artifact_digest"),
    sa.Index("scan_status", "status", "lease_until"),
)

report = _table(
    "report",
    sa.Column("digest", Name, primary_key=True),
    sa.Column("body_digest", Name, nullable=False),
    # Of what the body says apart from its date: the same content keeps its date.
    sa.Column("content_digest", Name, nullable=False),
    sa.Column("generated_at", UtcTime, nullable=False),
    sa.Column("verdict", Name, nullable=False),
    # Overall, in SWR's words: None, Low … Critical, Security.
    sa.Column("severity", Name, nullable=False),
    # JSON: total, fixable, by severity.
    sa.Column("counts", Name, nullable=False),
    sa.Column("problems", sa.LargeBinary, nullable=False),
    # When the passing of time alone makes it wrong: a feed grows old, a release's support ends. None: never.
    sa.Column("valid_until", UtcTime),
    # True when it must be rendered anew, when next asked for.
    sa.Column("stale", sa.Boolean, nullable=False, default=False),
    # How many swaps had been made when it was rendered, or looked at last (`store.staleness`).
    sa.Column("swaps", sa.BigInteger, nullable=False),
    sa.Index("report_stale", "stale"),
    sa.Index("report_swaps", "swaps"),
)

# What moved in the report of an artifact when it was rendered anew: the log of a fleet.
report_change = _table(
    "report_change",
    sa.Column("id", Id, primary_key=True),
    sa.Column("digest", Name, nullable=False),
    # added, fixed, severity (moved) or fix (one is there now, or another).
    sa.Column("kind", Name, nullable=False),
    sa.Column("flaw", Name, nullable=False),
    sa.Column("package", Name, nullable=False),
    sa.Column("version", Name, nullable=False),
    sa.Column("severity", Name, nullable=False),
    sa.Column("fix_version", Name, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Index("report_change_at", "at", "id"),
)

report_body = _table(
    "report_body",
    sa.Column("digest", Name, primary_key=True),
    # gzip of the SWR JSON.
    sa.Column("body", sa.LargeBinary, nullable=False),
)

setting = _table(
    "setting",
    sa.Column("key", Name, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)
