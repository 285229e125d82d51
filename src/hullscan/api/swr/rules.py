"""What all families of rules have in common: made, changed and deleted by body, found by number, listed in pages."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from hullscan.api.errors import ApiError
from hullscan.api.swr.operation import Call, time_text
from hullscan.errors import Conflict, InvalidReference, NotFound
from hullscan.services.rules.rule import Rule, create_rule, delete_rule, get_rule, read_body, rules_of, update_rule
from hullscan.store.database import reading
from hullscan.store.rules.runs import PartRow, RunRow, count_parts, count_runs, find_run, is_task, list_parts, list_runs


@contextmanager
def told_by_code() -> Iterator[None]:
    """Turn what services refuse into SWR's errors."""
    try:
        yield
    except InvalidReference as error:
        raise ApiError(400, "4000014", str(error)) from error
    except Conflict as error:
        raise ApiError(409, "4090023", str(error)) from error
    except NotFound as error:
        raise ApiError(404, "4040083", str(error)) from error


def create(call: Call, kind: str, *, body: Any = None) -> Any:
    """Keep the rule of the request's body, in the namespace of its path if there is one."""
    namespace_id = call.space().id if "namespace_name" in call.parameters else None
    with told_by_code():
        found = read_body(kind, call.json()) if body is None else body
        made = create_rule(
            call.context,
            kind,
            call.instance().id,
            found,
            creator=call.caller.name,
            namespace_id=namespace_id,
        )
    return {"id": made}


def one(call: Call, kind: str, parameter: str) -> Rule:
    """Return the rule that the path names by number."""
    namespace_id = call.space().id if "namespace_name" in call.parameters else None
    with told_by_code():
        return get_rule(call.context, kind, call.instance().id, call.number(parameter), namespace_id=namespace_id)


def update(call: Call, kind: str, parameter: str, *, check: Callable[[Call, Any], None] = lambda *_: None) -> Any:
    """Change the fields that the body names, if *check* has nothing against the whole; the others stay."""
    rule = one(call, kind, parameter)
    with told_by_code():
        merged = {**msgspec.to_builtins(rule.body), **call.json()}
        body = read_body(kind, merged)
        check(call, body)
        update_rule(call.context, rule, body)
    return {}


def delete(call: Call, kind: str, parameter: str) -> Any:
    """Remove the rule that the path names."""
    rule = one(call, kind, parameter)
    with told_by_code():
        delete_rule(call.context, rule)
    return None


def listed(
    call: Call,
    kind: str,
    key: str,
    fields: Callable[[Rule], dict[str, Any]],
    *,
    keep: Callable[[Rule], bool] = lambda _: True,
) -> Any:
    """Return a page of the rules of a kind that *keep* lets through, by the query's filters and order."""
    offset, limit = call.page()
    instance = call.instance()
    with reading(call.context.engine) as connection:
        found = rules_of(
            connection,
            kind,
            instance.id,
            namespace_id=call.query_number("namespace_id"),
            contains=call.query.get("name", ""),
            order=call.query.get("order_column", "id"),
            descending=call.query.get("order_type", "asc") == "desc",
        )
    kept = [rule for rule in found if keep(rule)]
    return {key: [fields(rule) for rule in kept[offset : offset + limit]], "total": len(kept)}


def place(rule: Rule) -> dict[str, Any]:
    """Return where a rule is."""
    return {"id": rule.row.id, "namespace_id": rule.row.namespace_id, "namespace_name": rule.row.namespace}


def times(rule: Rule) -> dict[str, Any]:
    """Return when a rule was made and last changed."""
    return {"created_at": time_text(rule.row.created_at), "updated_at": time_text(rule.row.updated_at)}


def whole(rule: Rule) -> dict[str, Any]:
    """Return all that is known of a rule of a namespace, as most families show it."""
    return {**msgspec.to_builtins(rule.body), **place(rule), "creator": rule.row.creator, **times(rule)}


def run_of(call: Call, kind: str, parameter: str = "execution_id") -> RunRow:
    """Return the run that the path names, of the rule that it names if there is one."""
    rule = one(call, kind, "policy_id") if "policy_id" in call.parameters else None
    with reading(call.context.engine) as connection:
        found = find_run(connection, kind, call.instance().id, call.number(parameter))
    if found is None or (rule is not None and found.rule_id != rule.row.id):
        raise ApiError(404, "4040083", f"The execution {call.segment(parameter)} does not exist")
    return found


def runs(call: Call, kind: str, rule_id: int | None, fields: Callable[[RunRow], dict[str, Any]]) -> Any:
    """Return a page of runs."""
    found, total = page_of_runs(call, kind, rule_id, call.query.get("status", ""))
    return {"executions": [fields(run) for run in found], "total": total}


def page_of_runs(call: Call, kind: str, rule_id: int | None, status: str) -> tuple[list[RunRow], int]:
    """Return the runs of the page that the query asks for, and how many there are."""
    offset, limit = call.page()
    instance = call.instance().id
    with reading(call.context.engine) as connection:
        found = list_runs(connection, kind, instance, rule_id=rule_id, status=status, offset=offset, limit=limit)
        return found, count_runs(connection, kind, instance, rule_id=rule_id, status=status)


def parts(call: Call, run: RunRow, fields: Callable[[PartRow], dict[str, Any]]) -> Any:
    """Return a page of a run's tasks, or of the subtasks of the task that the path names."""
    offset, limit = call.page()
    task = call.number("task_id") if "task_id" in call.parameters else None
    with reading(call.context.engine) as connection:
        if task is not None and not is_task(connection, run.id, task):
            raise ApiError(404, "4040083", f"The task {task} does not exist")
        status = call.query.get("status", "")
        found = list_parts(connection, run.id, task, status=status, offset=offset, limit=limit)
        total = count_parts(connection, run.id, task, status=status)
    key = "tasks" if task is None else "sub_tasks"
    return {key: [fields(part) for part in found], "total": total}


def values(body: bytes) -> dict[str, Any]:
    """Return a stored body as JSON values."""
    found: dict[str, Any] = msgspec.json.decode(body)
    return found
