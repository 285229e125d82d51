"""Rules of an instance: checked, kept, scheduled."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from hullscan.errors import Conflict, InvalidReference, NotFound
from hullscan.model.rules import (
    EndpointPolicy,
    GcOrder,
    ImmutableRule,
    Registry,
    ReplicationPolicy,
    RetentionPolicy,
    SignaturePolicy,
    Trigger,
    WebhookPolicy,
)
from hullscan.services.context import Context, now
from hullscan.store.database import reading, writing
from hullscan.store.rules.rule_rows import (
    RuleRow,
    add_rule,
    change_rule,
    due_rules,
    find_rule,
    list_rules,
    remove_rule,
)
from hullscan.store.rules.runs import add_run

KINDS: Final[dict[str, Any]] = {
    "immutable": ImmutableRule,
    "retention": RetentionPolicy,
    "signature": SignaturePolicy,
    "replication": ReplicationPolicy,
    "registry": Registry,
    "proxy": Registry,
    "webhook": WebhookPolicy,
    "gc": GcOrder,
    "endpoint": EndpointPolicy,
}
"""Kind of a rule → the struct of its body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule as stored, with its body as its kind's struct."""

    row: RuleRow
    body: Any


def read_body(kind: str, body: Any) -> Any:
    """
    Return *body* (JSON values) as the struct of *kind*.

    Raises:
        InvalidReference: A field is missing or wrong; the text names it.
    """
    try:
        found = msgspec.convert(body, KINDS[kind])
    except msgspec.ValidationError as error:
        raise InvalidReference(str(error)) from error
    schedule(found, now())
    return found


def create_rule(
    context: Context, kind: str, instance_id: str, body: Any, *, creator: str, namespace_id: int | None = None
) -> int:
    """
    Keep a rule and return its number.

    Raises:
        InvalidReference: The body is not what it should be.
        Conflict: There is one of that name.
    """
    at = now()
    with writing(context.engine) as connection:
        _refuse_twin(connection, kind, instance_id, namespace_id, _name(body), besides=None)
        return add_rule(
            connection,
            {
                "kind": kind,
                "instance_id": instance_id,
                "namespace_id": namespace_id,
                "name": _name(body),
                "body": msgspec.json.encode(body),
                "creator": creator,
                "next_run_at": schedule(body, at),
                "created_at": at,
                "updated_at": at,
            },
        )


def update_rule(context: Context, rule: Rule, body: Any) -> None:
    """
    Replace a rule's body.

    Raises:
        Conflict: There is another of that name.
    """
    at = now()
    with writing(context.engine) as connection:
        row = rule.row
        _refuse_twin(connection, row.kind, row.instance_id, row.namespace_id, _name(body), besides=row.id)
        change_rule(
            connection,
            row.id,
            {
                "name": _name(body),
                "body": msgspec.json.encode(body),
                "next_run_at": schedule(body, at),
                "updated_at": at,
            },
        )


def delete_rule(context: Context, rule: Rule) -> None:
    """
    Remove a rule.

    Raises:
        Conflict: It is a registry that replication policies use.
    """
    with writing(context.engine) as connection:
        if rule.row.kind == "registry":
            for one in map(_rule, list_rules(connection, "replication", rule.row.instance_id)):
                if rule.row.id in (one.body.src_registry.id, one.body.dest_registry.id):
                    raise Conflict(f"the replication policy {one.row.name} uses this registry; delete it first")
        remove_rule(connection, rule.row.id)


def get_rule(context: Context, kind: str, instance_id: str, rule_id: int, *, namespace_id: int | None = None) -> Rule:
    """
    Return a rule.

    Raises:
        NotFound: The instance (or the namespace, if given) has none of that number.
    """
    with reading(context.engine) as connection:
        row = find_rule(connection, kind, instance_id, rule_id)
    if row is None or (namespace_id is not None and row.namespace_id != namespace_id):
        raise NotFound(f"there is no {kind} rule {rule_id}")
    return _rule(row)


def rules_of(
    connection: sa.Connection, kind: str, instance_id: str, *, namespace_id: int | None = None, **filters: Any
) -> list[Rule]:
    """Return rules of a kind; see `store.rules.rule_rows.list_rules` for the filters."""
    return [_rule(row) for row in list_rules(connection, kind, instance_id, namespace_id=namespace_id, **filters)]


def start_run(
    context: Context, kind: str, instance_id: str, rule_id: int | None, *, trigger: str = "manual", body: Any = None
) -> int:
    """Ask for a run, which the server's worker takes, and return its number."""
    with writing(context.engine) as connection:
        return add_run(connection, kind, instance_id, rule_id, trigger, msgspec.json.encode(body or {}), now())


def start_due(context: Context) -> int:
    """Ask for runs of all rules whose time has come, and return how many."""
    at = now()
    with reading(context.engine) as connection:
        if not due_rules(connection, at):
            return 0
    with writing(context.engine) as connection:
        due = [_rule(row) for row in due_rules(connection, at)]
        for one in due:
            row = one.row
            add_run(connection, row.kind, row.instance_id, row.id, "scheduled", b"{}", at)
            change_rule(connection, row.id, {"next_run_at": schedule(one.body, at)})
    return len(due)


def schedule(body: Any, at: datetime) -> datetime | None:
    """
    Return when a rule with *body* is due next after *at*; None if it runs by no schedule.

    Raises:
        InvalidReference: Its cron line is none.
    """
    if isinstance(body, GcOrder):
        return next_time(body.schedule.cron, at) if body.schedule.type == "Custom" else None
    trigger: Trigger | None = getattr(body, "trigger", None)
    if trigger is None or trigger.type != "scheduled":
        return None
    found = next_time(trigger.trigger_settings.cron if trigger.trigger_settings else "", at)
    return found if body.enabled else None


def next_time(cron: str, at: datetime) -> datetime:
    """
    Return the first time after *at* that a cron line of six fields (seconds first) names, in UTC.

    Raises:
        InvalidReference: It is no such line.
    """
    from croniter import croniter  # half of a scan's start-up, and only servers need it

    text = cron.replace("?", "*")
    if len(text.split()) != 6:
        raise InvalidReference(
            f"{cron!r} is no cron line of six fields: seconds, minutes, hours, days, months, weekdays"
        )
    try:
        found = croniter(text, at, second_at_beginning=True).get_next(datetime)
    except (ValueError, KeyError) as error:
        raise InvalidReference(f"{cron!r} is no cron line: {error}") from error
    assert isinstance(found, datetime)
    return found.astimezone(UTC)


def _refuse_twin(
    connection: sa.Connection, kind: str, instance_id: str, namespace_id: int | None, name: str, *, besides: int | None
) -> None:
    if not name:
        return
    for row in list_rules(connection, kind, instance_id, namespace_id=namespace_id):
        if row.name == name and row.id != besides:
            raise Conflict(f"there is a {kind} rule named {name} already")


def _name(body: Any) -> str:
    return str(getattr(body, "name", ""))


def _rule(row: RuleRow) -> Rule:
    return Rule(row=row, body=msgspec.json.decode(row.body, type=KINDS[row.kind]))
