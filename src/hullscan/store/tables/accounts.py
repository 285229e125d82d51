"""Accounts, and who may do what in them."""

import sqlalchemy as sa

from hullscan.store.tables.columns import Name, UtcTime, table

account = table(
    "account",
    sa.Column("id", Name, primary_key=True),
    sa.Column("name", Name, nullable=False, unique=True),
    sa.Column("created_at", UtcTime, nullable=False),
)

user = table(
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

group = table(
    "user_group",
    sa.Column("id", Name, primary_key=True),
    sa.Column("account_id", Name, sa.ForeignKey("account.id"), nullable=False),
    sa.Column("name", Name, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.UniqueConstraint("account_id", "name"),
)

group_member = table(
    "group_member",
    sa.Column("group_id", Name, sa.ForeignKey("user_group.id"), primary_key=True),
    sa.Column("user_id", Name, sa.ForeignKey("user_account.id"), primary_key=True),
)

# Policies that an administrator wrote; those of the system (FullAccess …) are in the code.
access_policy = table(
    "access_policy",
    sa.Column("name", Name, primary_key=True),
    # JSON, Version 1.1 or 5.0.
    sa.Column("document", Name, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
)

attached_policy = table(
    "attached_policy",
    sa.Column("policy", Name, primary_key=True),
    # A user's or a group's id.
    sa.Column("holder_id", Name, primary_key=True),
    sa.Column("project_id", Name, sa.ForeignKey("project.id"), primary_key=True),
)

access_key = table(
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

token = table(
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

login_credential = table(
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
