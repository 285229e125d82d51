"""Garbage collection: at once, by schedule, and what it freed (the official SDK's models)."""

from typing import Any, Final

from hullscan.api.errors import ApiError
from hullscan.api.swr import rules
from hullscan.api.swr.operation import Call, Operation, time_text
from hullscan.model.rules import GcOrder
from hullscan.services.context import now
from hullscan.services.rules.rule import Rule, create_rule, delete_rule, read_body, rules_of, start_run, update_rule
from hullscan.store.database import reading, writing
from hullscan.store.rules.runs import RunRow, find_run, list_runs, stop_run

_GC: Final = "/v2/{project_id}/instances/{instance_id}/system/gc"
_SCHEDULE: Final = _GC + "/schedule"
_ONE: Final = _GC + "/{gc_id}"
_KIND: Final = "gc"
_WORDS: Final = {
    "Pending": "Pending",
    "InProgress": "Running",
    "Succeed": "Success",
    "Failed": "Error",
    "Stopped": "Stopped",
}


def _order(call: Call, *, at_once: bool) -> GcOrder:
    with rules.told_by_code():
        order: GcOrder = read_body(_KIND, call.json())
    if (order.schedule.type == "Manual") != at_once:
        wanted = "Manual" if at_once else "Custom or None"
        raise ApiError(400, "4000014", f"schedule.type must be {wanted} here")
    return order


def _execute(call: Call) -> Any:
    order = _order(call, at_once=True)
    instance = call.instance()
    body = {
        "delete_untagged": order.parameters.delete_untagged,
        "workers": order.parameters.workers,
        "dry_run": order.parameters.dry_run,
    }
    return {"id": start_run(call.context, _KIND, instance.id, None, body=body)}


def _current(call: Call) -> Rule | None:
    with reading(call.context.engine) as connection:
        found = rules_of(connection, _KIND, call.instance().id)
    return found[0] if found else None


def _show_schedule(call: Call) -> Any:
    rule = _current(call)
    order = rule.body if rule else None
    return {
        "schedule": {
            "type": order.schedule.type if order else "None",
            "cron": order.schedule.cron if order else "",
            "next_scheduled_time": time_text(rule.row.next_run_at) if rule else "",
        },
        "parameters": {
            "delete_untagged": order.parameters.delete_untagged if order else False,
            "workers": order.parameters.workers if order else 1,
            "dry_run": order.parameters.dry_run if order else False,
        },
    }


def _update_schedule(call: Call) -> Any:
    order = _order(call, at_once=False)
    rule = _current(call)
    with rules.told_by_code():
        if order.schedule.type == "None":
            if rule is not None:
                delete_rule(call.context, rule)
        elif rule is not None:
            update_rule(call.context, rule, order)
        else:
            create_rule(call.context, _KIND, call.instance().id, order, creator=call.caller.name)
    return {}


def _list(call: Call) -> Any:
    limit, marker = call.count(default=10), call.query_number("marker")
    status = {word: state for state, word in _WORDS.items()}.get(call.query.get("status", ""), "")
    if call.query.get("status") and not status:
        raise ApiError(400, "4001025", f"status must be one of {', '.join(_WORDS.values())}")
    with reading(call.context.engine) as connection:
        # One more than asked for tells whether there is another page.
        found = list_runs(connection, _KIND, call.instance().id, status=status, before=marker, limit=limit + 1)
    page = found[:limit]
    more = str(page[-1].id) if len(found) > limit else ""
    return {"page_info": {"next_marker": more}, "tasks": [_fields(run) for run in page]}


def _run(call: Call) -> RunRow:
    with reading(call.context.engine) as connection:
        found = find_run(connection, _KIND, call.instance().id, call.number("gc_id"))
    if found is None:
        raise ApiError(404, "4040083", f"The garbage collection {call.segment('gc_id')} does not exist")
    return found


def _show(call: Call) -> Any:
    return _fields(_run(call))


def _stop(call: Call) -> Any:
    run = _run(call)
    with writing(call.context.engine) as connection:
        stop_run(connection, run.id, now())
    return {}


def _fields(run: RunRow) -> dict[str, Any]:
    body = rules.values(run.body)
    return {
        "id": run.id,
        "job_name": "GARBAGE_COLLECTION",
        "job_kind": "MANUAL" if run.trigger == "manual" else "SCHEDULE",
        "job_parameters": {
            "delete_untagged": bool(body.get("delete_untagged")),
            "workers": body.get("workers", 1),
            "dry_run": bool(body.get("dry_run")),
            "purged_blobs": body.get("purged_blobs", 0),
            "purged_manifests": body.get("purged_manifests", 0),
            "freed_space": body.get("freed_space", 0),
        },
        "job_status": _WORDS[run.status],
        "creation_time": time_text(run.created_at),
        "update_time": time_text(run.updated_at),
    }


OPERATIONS: Final = (
    # `schedule` before `{gc_id}`: routes are tried in this order.
    Operation(
        name="ExecuteGcSchedule",
        method="POST",
        path=_SCHEDULE,
        action="swr:instance:executeGc",
        body=("schedule", "parameters"),
        handle=_execute,
        status=201,
    ),
    Operation(
        name="ShowGcSchedule",
        method="GET",
        path=_SCHEDULE,
        action="swr:instance:getGcSchedule",
        handle=_show_schedule,
    ),
    Operation(
        name="UpdateGcSchedule",
        method="PUT",
        path=_SCHEDULE,
        action="swr:instance:updateGcSchedule",
        body=("schedule", "parameters"),
        handle=_update_schedule,
    ),
    Operation(
        name="ListGcTasks",
        method="GET",
        path=_GC,
        action="swr:instance:listGcTasks",
        query=("marker", "limit", "status"),
        handle=_list,
    ),
    Operation(name="ShowGcTask", method="GET", path=_ONE, action="swr:instance:getGcTask", handle=_show),
    Operation(name="StopGcTask", method="PUT", path=_ONE, action="swr:instance:stopGcTask", handle=_stop),
)
