"""
What happened to artifacts, told to the triggers that asked for it.

An event is written with what it tells of, in the same transaction, as one waiting run per target; `services.runs.delivery`
posts it. Payload: Harbor's webhook format (swr-api.md, 6.6).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from hullscan.services.rules.rule import Rule, rules_of
from hullscan.store.places.repositories import RepositoryRow
from hullscan.store.rules.runs import add_run


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened; `type` is one of `model.rules.EVENTS`, `more` goes into each resource."""

    type: str
    operator: str
    digest: str
    tags: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)


def listeners(connection: sa.Connection, repository: RepositoryRow, kind: str, tags: Sequence[str]) -> list[Rule]:
    """Return the triggers that want to hear of *kind* for an artifact with these tags."""
    return [
        one
        for one in rules_of(connection, "webhook", repository.instance_id, namespace_id=repository.namespace_id)
        if one.body.enabled and kind in one.body.event_types and _in_scope(one, repository.name, tags)
    ]


def emit(connection: sa.Connection, repository: RepositoryRow, event: Event, at: datetime) -> int:
    """Write *event* for all that want to hear of it; returns how many posts will be made."""
    posts = 0
    for rule in listeners(connection, repository, event.type, event.tags):
        body = msgspec.json.encode(payload(repository, event, at))
        for target in range(len(rule.body.targets)):
            add_delivery(connection, rule, event.type, target, body.decode(), at)
            posts += 1
    return posts


def add_delivery(connection: sa.Connection, rule: Rule, kind: str, target: int, body: str, at: datetime) -> int:
    """Write one post of *body* to one of the trigger's targets, and return its number."""
    asked = msgspec.json.encode({"event_type": kind, "target": target, "payload": body})
    return add_run(connection, "webhook", rule.row.instance_id, rule.row.id, "event_based", asked, at)


def start_followers(connection: sa.Connection, repository: RepositoryRow, tags: Sequence[str], at: datetime) -> None:
    """Ask for runs of the signature and replication policies that follow each push."""
    for one in rules_of(connection, "signature", repository.instance_id, namespace_id=repository.namespace_id):
        if one.body.enabled and one.body.trigger.type == "event_based" and _in_scope(one, repository.name, tags):
            add_run(connection, "signature", repository.instance_id, one.row.id, "event_based", b"{}", at)
    full = f"{repository.namespace}/{repository.name}"
    for one in rules_of(connection, "replication", repository.instance_id):
        body = one.body
        follows = body.enabled and body.trigger.type == "event_based" and body.dest_registry.id
        if follows and all(each.takes(full) for each in body.filters if each.type == "name"):
            add_run(connection, "replication", repository.instance_id, one.row.id, "event_based", b"{}", at)


def payload(repository: RepositoryRow, event: Event, at: datetime) -> dict[str, Any]:
    """Return what is posted."""
    full = f"{repository.namespace}/{repository.name}"
    resources = [
        {
            "digest": event.digest,
            "tag": tag,
            "resource_url": f"{full}:{tag}" if tag else f"{full}@{event.digest}",
            **event.more,
        }
        for tag in (event.tags or ("",))
    ]
    return {
        "type": event.type,
        "occur_at": int(at.timestamp()),
        "operator": event.operator,
        "event_data": {
            "resources": resources,
            "repository": {
                "date_created": int(repository.created_at.timestamp()),
                "name": repository.name,
                "namespace": repository.namespace,
                "repo_full_name": full,
                "repo_type": "private",
            },
        },
    }


def _in_scope(rule: Rule, repository: str, tags: Sequence[str]) -> bool:
    scopes = rule.body.scope_rules
    return not scopes or any(
        scope.takes_repository(repository) and (not tags or any(scope.takes_tag(tag) for tag in tags))
        for scope in scopes
    )
