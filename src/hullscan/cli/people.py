"""``hullscan user``, ``group``, ``policy``, ``project`` and ``credential``: who may do what."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hullscan.services.context import Context

users = typer.Typer(help="Users of the account.", no_args_is_help=True)
groups = typer.Typer(help="Groups of users, which policies are given to.", no_args_is_help=True)
policies = typer.Typer(help="Policies: what users and groups may do.", no_args_is_help=True)
projects = typer.Typer(help="Projects of the account.", no_args_is_help=True)
credentials = typer.Typer(help="Access keys (AK/SK), permanent and temporary.", no_args_is_help=True)

_Name = Annotated[str, typer.Argument(help="Its name")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON")]


@users.command("create")
def create_user(
    name: _Name,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin")] = False,
) -> None:
    """Create a user; without a password given, a random one is made and shown once."""
    from hullscan.services.access import people

    password = _password() if password_stdin else ""
    made = people.create_user(_store(), name, password)
    print(f"user {name} created" + ("" if password else f"; password (shown once): {made}"))


@users.command("password")
def set_password(name: _Name) -> None:
    """Set a user's password, read from stdin; its tokens end."""
    from hullscan.services.access import people

    people.change_user(_store(), name, password=_password())
    print(f"password of {name} set")


@users.command("disable")
def disable_user(name: _Name) -> None:
    """Lock a user out at once."""
    from hullscan.services.access import people

    people.change_user(_store(), name, enabled=False)
    print(f"user {name} disabled")


@users.command("enable")
def enable_user(name: _Name) -> None:
    """Let a user in again."""
    from hullscan.services.access import people

    people.change_user(_store(), name, enabled=True)
    print(f"user {name} enabled")


@users.command("delete")
def delete_user(name: _Name) -> None:
    """Delete a user with keys, tokens and credentials."""
    from hullscan.services.access import people

    people.delete_user(_store(), name)
    print(f"user {name} deleted")


@users.command("list")
def list_users(as_json: _Json = False) -> None:
    """List users with their groups and policies."""
    _show("users", as_json=as_json)


@groups.command("create")
def create_group(name: _Name) -> None:
    """Create a group."""
    from hullscan.services.access import people

    people.create_group(_store(), name)
    print(f"group {name} created")


@groups.command("delete")
def delete_group(name: _Name) -> None:
    """Delete a group; its members stay."""
    from hullscan.services.access import people

    people.delete_group(_store(), name)
    print(f"group {name} deleted")


@groups.command("add")
def add_member(group: _Name, user: Annotated[str, typer.Argument(help="The user")]) -> None:
    """Put a user into a group."""
    from hullscan.services.access import people

    people.set_member(_store(), group, user, member=True)
    print(f"{user} is in {group}")


@groups.command("remove")
def remove_member(group: _Name, user: Annotated[str, typer.Argument(help="The user")]) -> None:
    """Take a user out of a group."""
    from hullscan.services.access import people

    people.set_member(_store(), group, user, member=False)
    print(f"{user} is not in {group}")


@groups.command("list")
def list_groups(as_json: _Json = False) -> None:
    """List groups with their members and policies."""
    _show("groups", as_json=as_json)


@policies.command("put")
def put_policy(name: _Name, file: Annotated[Path, typer.Argument(help="JSON document, Version 1.1 or 5.0")]) -> None:
    """Create a policy from a file, or replace the one of that name."""
    from hullscan.errors import UnreadableInput
    from hullscan.services.access import people

    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableInput(f"{file} could not be read: {error}") from error
    people.put_policy(_store(), name, text)
    print(f"policy {name} kept")


@policies.command("delete")
def delete_policy(name: _Name) -> None:
    """Delete a policy and take it from all who have it."""
    from hullscan.services.access import people

    people.delete_policy(_store(), name)
    print(f"policy {name} deleted")


@policies.command("attach")
def attach(
    name: _Name,
    user: Annotated[str, typer.Option(help="Give it to this user")] = "",
    group: Annotated[str, typer.Option(help="Give it to this group")] = "",
    project: Annotated[str, typer.Option(help="In this project")] = "local-1",
) -> None:
    """Give a policy (FullAccess, OperateAccess, ReadOnlyAccess or one of yours) to a user or a group."""
    from hullscan.services.access import people

    people.attach_policy(_store(), name, project=project, user=user, group=group)
    print(f"{name} given to {user or group} in {project}")


@policies.command("detach")
def detach(
    name: _Name,
    user: Annotated[str, typer.Option(help="Take it from this user")] = "",
    group: Annotated[str, typer.Option(help="Take it from this group")] = "",
    project: Annotated[str, typer.Option(help="In this project")] = "local-1",
) -> None:
    """Take a policy from a user or a group."""
    from hullscan.services.access import people

    people.attach_policy(_store(), name, project=project, user=user, group=group, attached=False)
    print(f"{name} taken from {user or group} in {project}")


@policies.command("list")
def list_policies(as_json: _Json = False) -> None:
    """List policies."""
    _show("policies", as_json=as_json)


@projects.command("create")
def create_project(name: _Name) -> None:
    """Create a project."""
    from hullscan.services.access import people

    print(f"project {name} created: {people.create_project(_store(), name)}")


@projects.command("list")
def list_projects(as_json: _Json = False) -> None:
    """List projects with their ids."""
    _show("projects", as_json=as_json)


@credentials.command("create")
def create_credential(
    user: Annotated[str, typer.Argument(help="Whose key it is")],
    hours: Annotated[
        float | None, typer.Option(help="A temporary key for so many hours, with a security token")
    ] = None,
) -> None:
    """Create an access key; its secret is shown once."""
    from hullscan.services.access import people

    lifetime = people.parse_lifetime(hours) if hours is not None else None
    access, secret, token = people.create_access_key(_store(), user, lifetime=lifetime)
    print(f"access key: {access}\nsecret key (shown once): {secret}")
    if token:
        print(f"security token (X-Security-Token): {token}")


@credentials.command("delete")
def delete_credential(access: Annotated[str, typer.Argument(help="The access key")]) -> None:
    """Delete an access key."""
    from hullscan.services.access import people

    people.delete_access_key(_store(), access)
    print(f"access key {access} deleted")


@credentials.command("list")
def list_credentials(as_json: _Json = False) -> None:
    """List access keys; never their secrets."""
    _show("keys", as_json=as_json)


def _store() -> "Context":
    from hullscan.services.access.first_start import first_start
    from hullscan.services.context import open_context
    from hullscan.settings import Settings

    context = open_context(Settings.from_environment())
    made = first_start(context)
    if made is not None:
        from hullscan.cli.server import print_credentials

        print_credentials(made.password, made.access_key, made.secret_key)
    return context


def _password() -> str:
    import sys

    return sys.stdin.readline().rstrip("\n")


def _show(what: str, *, as_json: bool) -> None:
    import json

    from hullscan.services.access import people

    rows = people.overview(_store())[what]
    if as_json:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        print("  ".join(f"{key}: {_text(value)}" for key, value in row.items()))


def _text(value: object) -> str:
    return ", ".join(map(str, value)) or "-" if isinstance(value, list) else str(value)
