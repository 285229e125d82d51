"""Passwords for docker login: temporary ones, and long-term ones that can be switched off (swr-api.md, 2.7)."""

import re
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from hullscan.errors import Conflict, InvalidReference, NotFound
from hullscan.services.access.callers import Caller
from hullscan.services.access.secrets import new_token, token_digest
from hullscan.services.context import Context, now
from hullscan.store.access import credentials as store
from hullscan.store.access.credentials import CredentialRow
from hullscan.store.database import reading, writing

TEMPORARY_LIFETIME: Final = timedelta(hours=24)

_NAME: Final = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A new credential: `token` is its password, shown once."""

    row: CredentialRow
    token: str


def issue(context: Context, instance_id: str, caller: Caller, *, name: str = "") -> Issued:
    """
    Make a credential of *caller*: long-term under *name*, temporary without one.

    Raises:
        InvalidReference: The name will not do.
        Conflict: The caller has one of that name.
    """
    if name and (len(name) > 64 or not _NAME.fullmatch(name)):
        raise InvalidReference(f"{name!r} is no name: 1 to 64 lower-case letters and digits, inside also single . _ -")
    at = now()
    token = new_token()
    row = CredentialRow(
        id=uuid.uuid4().hex,
        instance_id=instance_id,
        user_id=caller.user_id,
        user_name=caller.name,
        name=name,
        enabled=True,
        created_at=at,
        expires_at=None if name else at + TEMPORARY_LIFETIME,
    )
    with writing(context.engine) as connection:
        taken = store.list_credentials(connection, instance_id, user_id=caller.user_id)
        if name and any(one.name == name for one in taken):
            raise Conflict(f"you have a credential named {name} already")
        store.add_credential(connection, row, token_digest(token), at)
    return Issued(row=row, token=token)


def list_for(context: Context, instance_id: str, caller: Caller, *, self_only: bool) -> list[CredentialRow]:
    """Return long-term credentials: the caller's own, or (for an administrator) everybody's."""
    with reading(context.engine) as connection:
        own = "" if not self_only and caller.administrator else caller.user_id
        return store.list_credentials(connection, instance_id, user_id=own)


def switch(context: Context, instance_id: str, credential_id: str, caller: Caller, *, enabled: bool) -> None:
    """
    Switch a credential on or off.

    Raises:
        NotFound: There is none, or it is another's and the caller no administrator.
    """
    with writing(context.engine) as connection:
        _own(store.find_credential(connection, instance_id, credential_id), caller, credential_id)
        store.switch_credential(connection, credential_id, enabled=enabled)


def withdraw(context: Context, instance_id: str, credential_id: str, caller: Caller) -> None:
    """
    Remove a credential.

    Raises:
        NotFound: As `switch`.
    """
    with writing(context.engine) as connection:
        _own(store.find_credential(connection, instance_id, credential_id), caller, credential_id)
        store.remove_credential(connection, credential_id)


def _own(row: CredentialRow | None, caller: Caller, credential_id: str) -> None:
    if row is None or (row.user_id != caller.user_id and not caller.administrator):
        raise NotFound(f"The credential {credential_id} does not exist")
