"""Users, groups, policies, projects and access keys: made and changed by an administrator."""

import secrets
import string
import uuid
from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from hullscan.errors import Conflict, InvalidReference, NotFound
from hullscan.services.access.first_start import ACCOUNT
from hullscan.services.access.policies import SYSTEM_POLICIES, parse_policy
from hullscan.services.access.secrets import Vault, hash_password, new_token, token_digest
from hullscan.services.context import Context, now
from hullscan.store.access import people
from hullscan.store.database import reading, writing

_LETTERS: Final = string.ascii_uppercase + string.digits
_LEAST_PASSWORD: Final = 8


def create_user(context: Context, name: str, password: str = "") -> str:
    """
    Make a user and return the password (a random one if none is given).

    Raises:
        Conflict: The account has one of that name.
        InvalidReference: Name or password will not do.
    """
    _check_name(name)
    password = password or secrets.token_urlsafe(18)
    _check_password(password)
    values = {
        "id": uuid.uuid4().hex,
        "name": name,
        "password_hash": hash_password(password),
        "administrator": False,
        "enabled": True,
        "created_at": now(),
    }
    with writing(context.engine) as connection:
        if not people.add_user(connection, people.account_id(connection, ACCOUNT), values):
            raise Conflict(f"user {name} exists already")
    return password


def change_user(context: Context, name: str, *, password: str = "", enabled: bool | None = None) -> None:
    """
    Set a user's password, or lock or unlock it; its tokens end at once.

    Raises:
        NotFound: There is no such user.
    """
    changes: dict[str, object] = {}
    if password:
        _check_password(password)
        changes["password_hash"] = hash_password(password)
    if enabled is not None:
        changes["enabled"] = enabled
    with writing(context.engine) as connection:
        user_id = _user(connection, name)
        people.change_user(connection, user_id, changes)
        people.end_tokens(connection, user_id)


def delete_user(context: Context, name: str) -> None:
    """
    Remove a user with keys, tokens, credentials and attachments.

    Raises:
        NotFound: There is no such user.
        Conflict: It is the administrator of the account.
    """
    with writing(context.engine) as connection:
        user_id = _user(connection, name)
        if people.is_administrator(connection, user_id):
            raise Conflict(f"{name} is the account's administrator and stays")
        people.remove_user(connection, user_id)


def create_group(context: Context, name: str) -> None:
    """
    Make a group.

    Raises:
        Conflict: The account has one of that name.
    """
    _check_name(name)
    with writing(context.engine) as connection:
        account = people.account_id(connection, ACCOUNT)
        if not people.add_group(connection, account, uuid.uuid4().hex, name, now()):
            raise Conflict(f"group {name} exists already")


def delete_group(context: Context, name: str) -> None:
    """
    Remove a group; its members stay.

    Raises:
        NotFound: There is no such group.
    """
    with writing(context.engine) as connection:
        people.remove_group(connection, _group(connection, name))


def set_member(context: Context, group: str, user: str, *, member: bool) -> None:
    """
    Put a user into a group, or take it out.

    Raises:
        NotFound: There is no such group or user.
    """
    with writing(context.engine) as connection:
        people.set_member(connection, _group(connection, group), _user(connection, user), member=member)


def put_policy(context: Context, name: str, text: str) -> None:
    """
    Keep a policy document under *name*, in place of one that is there.

    Raises:
        InvalidReference: It is no policy, or the name is the system's.
    """
    _check_name(name)
    if name in SYSTEM_POLICIES:
        raise InvalidReference(f"{name} is a policy of the system; choose another name")
    parse_policy(text)
    with writing(context.engine) as connection:
        people.put_policy(connection, name, text, now())


def delete_policy(context: Context, name: str) -> None:
    """
    Remove a policy and its attachments.

    Raises:
        NotFound: There is no such policy.
    """
    with writing(context.engine) as connection:
        if not people.remove_policy(connection, name):
            raise NotFound(f"there is no policy {name}; those of the system stay")


def attach_policy(
    context: Context, policy: str, *, project: str, user: str = "", group: str = "", attached: bool = True
) -> None:
    """
    Give a policy in a project to a user or a group, or take it away.

    Raises:
        NotFound: There is no such policy, project, user or group.
    """
    if bool(user) == bool(group):
        raise InvalidReference("name either a user or a group")
    with writing(context.engine) as connection:
        if policy not in SYSTEM_POLICIES and people.policy_text(connection, policy) is None:
            known = ", ".join([*SYSTEM_POLICIES, *people.policy_names(connection)])
            raise NotFound(f"there is no policy {policy}; known: {known}")
        holder = _user(connection, user) if user else _group(connection, group)
        people.attach(connection, policy, holder, _project(connection, project), attached=attached)


def create_project(context: Context, name: str) -> str:
    """
    Make a project and return its id.

    Raises:
        Conflict: The account has one of that name.
    """
    _check_name(name)
    project_id = uuid.uuid4().hex
    with writing(context.engine) as connection:
        account = people.account_id(connection, ACCOUNT)
        if not people.add_project(connection, account, project_id, name, now()):
            raise Conflict(f"project {name} exists already")
    return project_id


def create_access_key(context: Context, user: str, *, lifetime: timedelta | None = None) -> tuple[str, str, str]:
    """
    Make an access key for a user; with a *lifetime* it is temporary and comes with a security token.

    Returns:
        Access key, secret key, security token ("" for a permanent key); shown once.

    Raises:
        NotFound: There is no such user.
    """
    access = "".join(secrets.choice(_LETTERS) for _ in range(20))
    secret = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(40))
    token = new_token() if lifetime is not None else ""
    at = now()
    with writing(context.engine) as connection:
        people.add_access_key(
            connection,
            {
                "access": access,
                "user_id": _user(connection, user),
                "secret_encrypted": Vault(context.settings).seal(secret),
                "enabled": True,
                "created_at": at,
                "security_token": token_digest(token) if token else None,
                "expires_at": at + lifetime if lifetime is not None else None,
            },
        )
    return access, secret, token


def delete_access_key(context: Context, access: str) -> None:
    """
    Remove an access key.

    Raises:
        NotFound: There is no such key.
    """
    with writing(context.engine) as connection:
        if not people.remove_access_key(connection, access):
            raise NotFound(f"there is no access key {access}")


def overview(context: Context) -> dict[str, list[dict[str, object]]]:
    """Return users, groups, policies, projects and keys as JSON values; no secrets."""
    with reading(context.engine) as connection:
        found = people.everything(connection)
    found["policies"] = [{"name": name, "system": True} for name in SYSTEM_POLICIES] + found["policies"]
    return found


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= 64 or not all(one.isalnum() or one in "._-@" for one in name):
        raise InvalidReference(f"{name!r} is no name: up to 64 letters, digits, . _ - @")


def _check_password(password: str) -> None:
    if len(password) < _LEAST_PASSWORD:
        raise InvalidReference(f"a password has at least {_LEAST_PASSWORD} characters")


def _user(connection: sa.Connection, name: str) -> str:
    found = people.user_id(connection, name)
    if found is None:
        raise NotFound(f"there is no user {name}")
    return found


def _group(connection: sa.Connection, name: str) -> str:
    found = people.group_id(connection, name)
    if found is None:
        raise NotFound(f"there is no group {name}")
    return found


def _project(connection: sa.Connection, name: str) -> str:
    found = people.project_id(connection, name)
    if found is None:
        raise NotFound(f"there is no project {name}")
    return found


def parse_lifetime(hours: float) -> timedelta:
    """
    Return *hours* as a time span.

    Raises:
        InvalidReference: It is not between 15 minutes and 24 hours, as IAM's temporary keys.
    """
    if not 0.25 <= hours <= 24:
        raise InvalidReference("a temporary key lives 0.25 to 24 hours")
    return timedelta(hours=hours)
