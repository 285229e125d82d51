"""Users, groups, policies, projects and keys: written for an administrator."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hullscan.store.database import insert_new, upsert
from hullscan.store.tables.accounts import (
    access_key,
    access_policy,
    account,
    attached_policy,
    group,
    group_member,
    login_credential,
    token,
    user,
)
from hullscan.store.tables.places import project


def account_id(connection: sa.Connection, name: str) -> str:
    """Return an account's id."""
    return str(connection.execute(sa.select(account.c.id).where(account.c.name == name)).scalar_one())


def user_id(connection: sa.Connection, name: str) -> str | None:
    """Return a user's id."""
    return connection.execute(sa.select(user.c.id).where(user.c.name == name)).scalar()


def group_id(connection: sa.Connection, name: str) -> str | None:
    """Return a group's id."""
    return connection.execute(sa.select(group.c.id).where(group.c.name == name)).scalar()


def project_id(connection: sa.Connection, name: str) -> str | None:
    """Return a project's id."""
    return connection.execute(sa.select(project.c.id).where(project.c.name == name)).scalar()


def add_user(connection: sa.Connection, account: str, values: dict[str, Any]) -> bool:
    """Add a user; False if the name is taken."""
    if user_id(connection, values["name"]) is not None:
        return False
    connection.execute(sa.insert(user).values(account_id=account, **values))
    return True


def change_user(connection: sa.Connection, identity: str, values: dict[str, Any]) -> None:
    """Change columns of a user."""
    if values:
        connection.execute(sa.update(user).where(user.c.id == identity).values(**values))


def is_administrator(connection: sa.Connection, identity: str) -> bool:
    """Say whether a user is the account's administrator."""
    return bool(connection.execute(sa.select(user.c.administrator).where(user.c.id == identity)).scalar())


def end_tokens(connection: sa.Connection, identity: str) -> None:
    """Revoke all tokens of a user."""
    connection.execute(sa.delete(token).where(token.c.user_id == identity))


def remove_user(connection: sa.Connection, identity: str) -> None:
    """Remove a user and all that is theirs."""
    end_tokens(connection, identity)
    for column in (
        access_key.c.user_id,
        login_credential.c.user_id,
        group_member.c.user_id,
        attached_policy.c.holder_id,
        user.c.id,
    ):
        connection.execute(sa.delete(column.table).where(column == identity))


def add_group(connection: sa.Connection, account: str, identity: str, name: str, at: datetime) -> bool:
    """Add a group; False if the name is taken."""
    if group_id(connection, name) is not None:
        return False
    connection.execute(sa.insert(group).values(id=identity, account_id=account, name=name, created_at=at))
    return True


def remove_group(connection: sa.Connection, identity: str) -> None:
    """Remove a group."""
    for column in (group_member.c.group_id, attached_policy.c.holder_id, group.c.id):
        connection.execute(sa.delete(column.table).where(column == identity))


def set_member(connection: sa.Connection, group: str, member_id: str, *, member: bool) -> None:
    """Put a user into a group, or take it out."""
    if member:
        insert_new(connection, group_member, [{"group_id": group, "user_id": member_id}])
    else:
        connection.execute(
            sa.delete(group_member).where(group_member.c.group_id == group, group_member.c.user_id == member_id)
        )


def put_policy(connection: sa.Connection, name: str, document: str, at: datetime) -> None:
    """Add a policy, or replace the one of that name."""
    upsert(connection, access_policy, {"name": name, "document": document, "created_at": at})


def policy_text(connection: sa.Connection, name: str) -> str | None:
    """Return a policy's document."""
    return connection.execute(sa.select(access_policy.c.document).where(access_policy.c.name == name)).scalar()


def policy_names(connection: sa.Connection) -> list[str]:
    """Return the names of the policies that an administrator wrote."""
    return list(connection.execute(sa.select(access_policy.c.name).order_by(access_policy.c.name)).scalars())


def remove_policy(connection: sa.Connection, name: str) -> bool:
    """Remove a policy and its attachments; False if there is none."""
    connection.execute(sa.delete(attached_policy).where(attached_policy.c.policy == name))
    return bool(connection.execute(sa.delete(access_policy).where(access_policy.c.name == name)).rowcount)


def attach(connection: sa.Connection, policy: str, holder: str, project: str, *, attached: bool) -> None:
    """Give a policy to a user or group in a project, or take it away."""
    if attached:
        insert_new(connection, attached_policy, [{"policy": policy, "holder_id": holder, "project_id": project}])
        return
    connection.execute(
        sa.delete(attached_policy).where(
            attached_policy.c.policy == policy,
            attached_policy.c.holder_id == holder,
            attached_policy.c.project_id == project,
        )
    )


def add_project(connection: sa.Connection, account: str, identity: str, name: str, at: datetime) -> bool:
    """Add a project; False if the name is taken."""
    if project_id(connection, name) is not None:
        return False
    connection.execute(sa.insert(project).values(id=identity, account_id=account, name=name, created_at=at))
    return True


def add_access_key(connection: sa.Connection, values: dict[str, Any]) -> None:
    """Add an access key."""
    connection.execute(sa.insert(access_key).values(**values))


def remove_access_key(connection: sa.Connection, access: str) -> bool:
    """Remove an access key; False if there is none."""
    return bool(connection.execute(sa.delete(access_key).where(access_key.c.access == access)).rowcount)


def everything(connection: sa.Connection) -> dict[str, list[dict[str, Any]]]:
    """Return users, groups, policies, projects and keys without their secrets, as JSON values."""
    projects = {row.id: row.name for row in connection.execute(sa.select(project).order_by(project.c.name))}
    users = {row.id: row for row in connection.execute(sa.select(user).order_by(user.c.name))}
    groups = {row.id: row for row in connection.execute(sa.select(group).order_by(group.c.name))}
    members = [(row.group_id, row.user_id) for row in connection.execute(sa.select(group_member))]
    held: dict[str, list[str]] = {}
    for row in connection.execute(sa.select(attached_policy).order_by(attached_policy.c.policy)):
        held.setdefault(row.holder_id, []).append(f"{row.policy} in {projects[row.project_id]}")
    keys = connection.execute(sa.select(access_key).order_by(access_key.c.access))
    return {
        "users": [
            {
                "name": row.name,
                "id": row.id,
                "enabled": bool(row.enabled),
                "administrator": bool(row.administrator),
                "groups": [groups[one].name for one, member in members if member == row.id],
                "policies": held.get(row.id, []),
            }
            for row in users.values()
        ],
        "groups": [
            {
                "name": row.name,
                "id": row.id,
                "members": [users[member].name for one, member in members if one == row.id],
                "policies": held.get(row.id, []),
            }
            for row in groups.values()
        ],
        "policies": [{"name": name, "system": False} for name in policy_names(connection)],
        "projects": [{"name": name, "id": identity} for identity, name in projects.items()],
        "keys": [
            {
                "access": row.access,
                "user": users[row.user_id].name,
                "enabled": bool(row.enabled),
                "expires_at": row.expires_at.isoformat() if row.expires_at else None,
            }
            for row in keys
        ],
    }
