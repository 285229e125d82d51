"""What a new store begins with, so that nothing must be configured: account, administrator, project, instance."""

import secrets
import string
import uuid
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from hullscan.services.access.secrets import Vault, hash_password, password_matches
from hullscan.services.context import Context, now
from hullscan.store.database import Queue, reading, upsert, writing
from hullscan.store.tables.accounts import access_key, account, user
from hullscan.store.tables.places import instance, project

ACCOUNT: Final = "hullscan"
ADMINISTRATOR: Final = "admin"
PROJECT: Final = "local-1"
INSTANCE: Final = "default"

_IS_ADMINISTRATOR: Final = sa.and_(user.c.name == ADMINISTRATOR, user.c.administrator.is_(True))

_LETTERS: Final = string.ascii_uppercase + string.digits


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstStart:
    """The administrator's credentials as made, to be shown once; "" where settings gave them."""

    password: str
    access_key: str
    secret_key: str


def first_start(context: Context) -> FirstStart | None:
    """
    Make what a new store begins with, and apply the administrator's credentials that settings give.

    Returns:
        None if the store had been started before.
    """
    settings = context.settings
    with reading(context.engine) as connection:
        # Every command comes by here: what is as it should be waits for no writer.
        if _is_known(connection) and not any(_differences(context, connection)):
            return None
    with writing(context.engine, Queue.FINDINGS) as connection:
        if _is_known(connection):
            _apply_settings(context, connection)
            return None
        at = now()
        password = settings.admin_password or secrets.token_urlsafe(18)
        access = settings.admin_access_key or "".join(secrets.choice(_LETTERS) for _ in range(20))
        secret = settings.admin_secret_key or "".join(
            secrets.choice(string.ascii_letters + string.digits) for _ in range(40)
        )
        account_id, user_id, project_id = (uuid.uuid4().hex for _ in range(3))
        connection.execute(sa.insert(account).values(id=account_id, name=ACCOUNT, created_at=at))
        connection.execute(
            sa.insert(user).values(
                id=user_id,
                account_id=account_id,
                name=ADMINISTRATOR,
                password_hash=hash_password(password),
                administrator=True,
                enabled=True,
                created_at=at,
            )
        )
        connection.execute(
            sa.insert(access_key).values(
                access=access,
                user_id=user_id,
                secret_encrypted=Vault(settings).seal(secret),
                enabled=True,
                created_at=at,
            )
        )
        connection.execute(sa.insert(project).values(id=project_id, account_id=account_id, name=PROJECT, created_at=at))
        connection.execute(
            sa.insert(instance).values(
                id=str(uuid.uuid4()),
                project_id=project_id,
                name=INSTANCE,
                description="",
                anonymous_access=False,
                created_at=at,
                updated_at=at,
            )
        )
    return FirstStart(
        password="" if settings.admin_password else password,
        access_key="" if settings.admin_access_key else access,
        secret_key="" if settings.admin_access_key else secret,
    )


def _is_known(connection: sa.Connection) -> bool:
    return connection.execute(sa.select(account.c.id).where(account.c.name == ACCOUNT)).first() is not None


def _differences(context: Context, connection: sa.Connection) -> tuple[bool, bool]:
    """Say whether the settings give the administrator another password, and another access key, than the store has."""
    settings = context.settings
    hashed = connection.execute(sa.select(user.c.password_hash).where(_IS_ADMINISTRATOR)).scalar()
    if hashed is None:
        return False, False
    other_password = bool(settings.admin_password) and not password_matches(hashed, settings.admin_password)
    if not settings.admin_access_key:
        return other_password, False
    sealed = connection.execute(
        sa.select(access_key.c.secret_encrypted).where(access_key.c.access == settings.admin_access_key)
    ).scalar()
    return other_password, sealed is None or Vault(settings).open(bytes(sealed)) != settings.admin_secret_key


def _apply_settings(context: Context, connection: sa.Connection) -> None:
    settings = context.settings
    other_password, other_key = _differences(context, connection)
    if other_password:
        hashed = hash_password(settings.admin_password)
        connection.execute(sa.update(user).where(_IS_ADMINISTRATOR).values(password_hash=hashed))
    if other_key:
        upsert(
            connection,
            access_key,
            {
                "access": settings.admin_access_key,
                "user_id": connection.execute(sa.select(user.c.id).where(_IS_ADMINISTRATOR)).scalar_one(),
                "secret_encrypted": Vault(settings).seal(settings.admin_secret_key),
                "enabled": True,
                "created_at": now(),
            },
        )
