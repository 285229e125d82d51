"""Accounts, users, access keys, tokens, projects and instances."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from hullscan.store.tables.accounts import (
    access_key,
    access_policy,
    account,
    attached_policy,
    group_member,
    token,
    user,
)
from hullscan.store.tables.places import instance, project


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """
    A user with the account it belongs to.

    `policies` are its own and its groups': (project, name, document); the system's have no document.
    """

    id: str
    name: str
    account_id: str
    account_name: str
    password_hash: str
    administrator: bool
    enabled: bool
    policies: tuple[tuple[str, str, str | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRow:
    """A project of an account."""

    id: str
    name: str
    account_id: str
    account_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceRow:
    """An instance of a project."""

    id: str
    name: str
    description: str
    project_id: str
    anonymous_access: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A token by its digest; `kind` is iam or registry."""

    user_id: str
    project_id: str
    issued_at: datetime
    expires_at: datetime
    kind: str
    scope: str


def find_user(
    connection: sa.Connection, *, user_id: str = "", name: str = "", account_name: str = ""
) -> UserRow | None:
    """Return a user by id, or by name (in *account_name*, if given)."""
    question = sa.select(user, account.c.name.label("account_name")).join(account, account.c.id == user.c.account_id)
    question = question.where(user.c.id == user_id) if user_id else question.where(user.c.name == name)
    if account_name:
        question = question.where(account.c.name == account_name)
    row = connection.execute(question.limit(1)).first()
    if row is None:
        return None
    groups = sa.select(group_member.c.group_id).where(group_member.c.user_id == row.id)
    policies = connection.execute(
        sa.select(attached_policy.c.project_id, attached_policy.c.policy, access_policy.c.document)
        .distinct()
        .select_from(attached_policy.outerjoin(access_policy, access_policy.c.name == attached_policy.c.policy))
        .where(sa.or_(attached_policy.c.holder_id == row.id, attached_policy.c.holder_id.in_(groups)))
        .order_by(attached_policy.c.policy)
    )
    return UserRow(
        id=row.id,
        name=row.name,
        account_id=row.account_id,
        account_name=row.account_name,
        password_hash=row.password_hash,
        administrator=bool(row.administrator),
        enabled=bool(row.enabled),
        policies=tuple((one.project_id, one.policy, one.document) for one in policies),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """An access key; `security_token` is the digest of the token that must come with a temporary one."""

    user_id: str
    secret_encrypted: bytes
    security_token: bytes | None
    expires_at: datetime | None


# Built once: it is asked for every signed request.
_KEY: Final = (
    sa.select(access_key)
    .join(user, user.c.id == access_key.c.user_id)
    .where(access_key.c.access == sa.bindparam("access"), access_key.c.enabled.is_(True), user.c.enabled.is_(True))
)


def find_access_key(connection: sa.Connection, access: str) -> KeyRow | None:
    """Return an access key that is enabled, as its user is."""
    row = connection.execute(_KEY, {"access": access}).first()
    if row is None:
        return None
    return KeyRow(
        user_id=row.user_id,
        secret_encrypted=bytes(row.secret_encrypted),
        security_token=bytes(row.security_token) if row.security_token is not None else None,
        expires_at=row.expires_at,
    )


def add_token(connection: sa.Connection, digest: bytes, row: TokenRow) -> None:
    """Keep a token's digest, and drop those that expired long ago."""
    connection.execute(sa.delete(token).where(token.c.expires_at < row.issued_at))
    connection.execute(
        sa.insert(token).values(
            digest=digest,
            user_id=row.user_id,
            project_id=row.project_id,
            issued_at=row.issued_at,
            expires_at=row.expires_at,
            kind=row.kind,
            scope=row.scope,
        )
    )


_TOKEN: Final = (
    sa.select(token)
    .join(user, user.c.id == token.c.user_id)
    .where(token.c.digest == sa.bindparam("sought"), user.c.enabled.is_(True))
)


def find_token(connection: sa.Connection, digest: bytes) -> TokenRow | None:
    """Return a token by its digest, expired or not; none of a user who is switched off."""
    row = connection.execute(_TOKEN, {"sought": digest}).first()
    if row is None:
        return None
    return TokenRow(
        user_id=row.user_id,
        project_id=row.project_id or "",
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        kind=row.kind,
        scope=row.scope,
    )


def remove_token(connection: sa.Connection, digest: bytes) -> None:
    """Revoke a token."""
    connection.execute(sa.delete(token).where(token.c.digest == digest))


def projects(connection: sa.Connection, *, name: str = "", project_id: str = "") -> tuple[ProjectRow, ...]:
    """Return projects by name or id, all of them without either."""
    question = sa.select(project, account.c.name.label("account_name")).join(
        account, account.c.id == project.c.account_id
    )
    if name:
        question = question.where(project.c.name == name)
    if project_id:
        question = question.where(project.c.id == project_id)
    return tuple(
        ProjectRow(id=row.id, name=row.name, account_id=row.account_id, account_name=row.account_name)
        for row in connection.execute(question.order_by(project.c.name))
    )


def change_instance(connection: sa.Connection, instance_id: str, values: dict[str, Any]) -> None:
    """Change columns of an instance."""
    connection.execute(sa.update(instance).where(instance.c.id == instance_id).values(**values))


def instances(connection: sa.Connection, *, project_id: str = "", instance_id: str = "") -> tuple[InstanceRow, ...]:
    """Return instances of a project, or one by id, in the order they were made."""
    question = sa.select(instance)
    if project_id:
        question = question.where(instance.c.project_id == project_id)
    if instance_id:
        question = question.where(instance.c.id == instance_id)
    return tuple(
        InstanceRow(
            id=row.id,
            name=row.name,
            description=row.description,
            project_id=row.project_id,
            anonymous_access=bool(row.anonymous_access),
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
        for row in connection.execute(question.order_by(instance.c.created_at, instance.c.id))
    )
