"""Credentials for docker login."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hullscan.store.tables.accounts import login_credential, user


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRow:
    """A credential without its password; `name` is "" for a temporary one, which has an end."""

    id: str
    instance_id: str
    user_id: str
    user_name: str
    name: str
    enabled: bool
    created_at: datetime
    expires_at: datetime | None


def add_credential(connection: sa.Connection, row: CredentialRow, digest: bytes, at: datetime) -> None:
    """Keep a credential, and drop those that are over."""
    connection.execute(sa.delete(login_credential).where(login_credential.c.expires_at < at))
    connection.execute(
        sa.insert(login_credential).values(
            id=row.id,
            instance_id=row.instance_id,
            user_id=row.user_id,
            name=row.name,
            digest=digest,
            enabled=row.enabled,
            created_at=row.created_at,
            expires_at=row.expires_at,
        )
    )


def find_by_digest(connection: sa.Connection, user_id: str, digest: bytes) -> CredentialRow | None:
    """Return a user's credential by the digest of its password."""
    row = connection.execute(
        _question().where(login_credential.c.digest == digest, login_credential.c.user_id == user_id)
    ).first()
    return None if row is None else _row(row)


def find_credential(connection: sa.Connection, instance_id: str, credential_id: str) -> CredentialRow | None:
    """Return a long-term credential by id."""
    row = connection.execute(
        _question().where(
            login_credential.c.id == credential_id,
            login_credential.c.instance_id == instance_id,
            login_credential.c.name != "",
        )
    ).first()
    return None if row is None else _row(row)


def list_credentials(connection: sa.Connection, instance_id: str, *, user_id: str = "") -> list[CredentialRow]:
    """Return long-term credentials, of one user if given, the newest first."""
    question = _question().where(login_credential.c.instance_id == instance_id, login_credential.c.name != "")
    if user_id:
        question = question.where(login_credential.c.user_id == user_id)
    return [_row(one) for one in connection.execute(question.order_by(login_credential.c.created_at.desc()))]


def switch_credential(connection: sa.Connection, credential_id: str, *, enabled: bool) -> None:
    """Switch a credential on or off."""
    connection.execute(
        sa.update(login_credential).where(login_credential.c.id == credential_id).values(enabled=enabled)
    )


def remove_credential(connection: sa.Connection, credential_id: str) -> None:
    """Remove a credential."""
    connection.execute(sa.delete(login_credential).where(login_credential.c.id == credential_id))


def _question() -> sa.Select[Any]:
    return sa.select(login_credential, user.c.name.label("user_name")).join(
        user, user.c.id == login_credential.c.user_id
    )


def _row(row: Any) -> CredentialRow:
    return CredentialRow(
        id=row.id,
        instance_id=row.instance_id,
        user_id=row.user_id,
        user_name=row.user_name,
        name=row.name,
        enabled=bool(row.enabled),
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
