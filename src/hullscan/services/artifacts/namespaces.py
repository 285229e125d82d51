"""Namespaces: made, changed and removed under the rules of their names and policies."""

import re
from datetime import datetime
from typing import Final

from hullscan.errors import Conflict, InvalidReference, NotFound
from hullscan.services.access.first_start import INSTANCE, PROJECT, FirstStart, first_start
from hullscan.services.context import Context, now
from hullscan.store.access.accounts import change_instance, instances, projects
from hullscan.store.database import reading, writing
from hullscan.store.places.namespaces import (
    NamespaceRow,
    add_namespace,
    change_namespace,
    find_namespace,
    remove_namespace,
)
from hullscan.store.rules.rule_rows import remove_rules_of

SEVERITIES: Final = ("none", "low", "medium", "high", "critical")
MOST_ALLOWED: Final = 100

_NAME: Final = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")
_PROJECT_ID: Final = re.compile(r"[0-9a-f]{32}")


def check_name(name: str) -> None:
    """
    Raises:
        InvalidReference: *name* is no namespace name (swr-api.md, 2.4), or one that addresses of the API begin with.
    """
    if not 1 <= len(name) <= 64 or not _NAME.fullmatch(name):
        raise InvalidReference(
            f"{name!r} is no namespace name: 1 to 64 lower-case letters and digits, inside also single . _ -"
        )
    if _PROJECT_ID.fullmatch(name) or name in ("instances", "token"):
        raise InvalidReference(f"{name!r} is reserved: addresses of the API begin with it; choose another name")


def create_namespace(
    context: Context,
    instance_id: str,
    name: str,
    *,
    public: bool = False,
    auto_scan: bool = False,
    prevent_vul: bool = False,
    severity: str = "none",
) -> int:
    """
    Make a namespace and return its id.

    Raises:
        InvalidReference: The name or the severity is none.
        Conflict: The instance has one of that name.
    """
    check_name(name)
    _check_severity(severity)
    at = now()
    with writing(context.engine) as connection:
        made = add_namespace(
            connection,
            {
                "instance_id": instance_id,
                "name": name,
                "public": public,
                "auto_scan": auto_scan,
                "prevent_vul": prevent_vul,
                "severity": severity,
                "created_at": at,
                "updated_at": at,
            },
        )
    if made is None:
        raise Conflict(f"namespace {name} exists already")
    return made


def create_default_namespace(context: Context, name: str, *, public: bool, auto_scan: bool) -> FirstStart | None:
    """
    Make a namespace of the default instance, which is made with the store if that is new.

    Returns:
        The administrator's credentials if the store was new, to be shown once.
    """
    made = first_start(context)
    with reading(context.engine) as connection:
        project = projects(connection, name=PROJECT)[0]
        instance = next(one for one in instances(connection, project_id=project.id) if one.name == INSTANCE)
    create_namespace(context, instance.id, name, public=public, auto_scan=auto_scan)
    return made


def update_namespace(
    context: Context,
    instance_id: str,
    name: str,
    *,
    public: bool | None = None,
    auto_scan: bool | None = None,
    prevent_vul: bool | None = None,
    severity: str | None = None,
    allowlist: tuple[str, ...] | None = None,
    allowlist_expires_at: datetime | None = None,
) -> NamespaceRow:
    """
    Change what is given (None leaves as it is) and return the namespace as it is now.

    Raises:
        NotFound: There is none of that name.
        InvalidReference: A severity or an allowlist that may not be.
    """
    if severity is not None:
        _check_severity(severity)
    if allowlist is not None and (len(allowlist) > MOST_ALLOWED or len(set(allowlist)) != len(allowlist)):
        raise InvalidReference(f"an allowlist has at most {MOST_ALLOWED} CVEs, each once")
    at = now()
    changes = {
        key: value
        for key, value in (
            ("public", public),
            ("auto_scan", auto_scan),
            ("prevent_vul", prevent_vul),
            ("severity", severity),
        )
        if value is not None
    }
    with writing(context.engine) as connection:
        known = find_namespace(connection, instance_id, name)
        if known is None:
            raise NotFound(f"namespace {name} does not exist")
        allowlist_changes = (
            {
                "allowlist_expires_at": allowlist_expires_at,
                "allowlist_updated_at": at,
                "allowlist_created_at": known.allowlist_created_at or at,
            }
            if allowlist is not None
            else {}
        )
        change_namespace(connection, known.id, {**changes, **allowlist_changes, "updated_at": at}, allowlist)
        changed = find_namespace(connection, instance_id, name)
    assert changed is not None
    return changed


def set_quota(
    context: Context, instance_id: str, name: str, *, quota_bytes: int | None, quota_artifacts: int | None
) -> None:
    """
    Limit what a namespace may hold; None is no limit. What is there already stays.

    Raises:
        NotFound: There is none of that name.
        InvalidReference: A limit below 0.
    """
    if (quota_bytes or 0) < 0 or (quota_artifacts or 0) < 0:
        raise InvalidReference("a quota may not be below 0")
    with writing(context.engine) as connection:
        known = find_namespace(connection, instance_id, name)
        if known is None:
            raise NotFound(f"namespace {name} does not exist")
        values = {"quota_bytes": quota_bytes, "quota_artifacts": quota_artifacts, "updated_at": now()}
        change_namespace(connection, known.id, values, None)


def allow_anonymous(context: Context, instance_id: str, *, allowed: bool) -> None:
    """Let public namespaces of an instance be pulled from without a login, or not."""
    with writing(context.engine) as connection:
        change_instance(connection, instance_id, {"anonymous_access": allowed, "updated_at": now()})


def delete_namespace(context: Context, instance_id: str, name: str) -> None:
    """
    Remove an empty namespace.

    Raises:
        NotFound: There is none of that name.
        Conflict: It holds repositories.
    """
    with writing(context.engine) as connection:
        known = find_namespace(connection, instance_id, name)
        if known is None:
            raise NotFound(f"namespace {name} does not exist")
        remove_rules_of(connection, known.id)
        if not remove_namespace(connection, known.id):
            raise Conflict(f"namespace {name} holds repositories; delete them first")


def _check_severity(severity: str) -> None:
    if severity not in SEVERITIES:
        raise InvalidReference(f"{severity!r} is no threshold: one of {', '.join(SEVERITIES)}")
