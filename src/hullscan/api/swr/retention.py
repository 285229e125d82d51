"""Retention policies and what they removed (swr-api.md, 2.10)."""

from functools import partial
from typing import Any, Final

import msgspec

from hullscan.api.swr import rules
from hullscan.api.swr.operation import Call, Operation, time_text
from hullscan.services.rules.rule import Rule, start_run
from hullscan.store.rules.runs import PartRow, RunRow

_BASE: Final = "/v2/{project_id}/instances/{instance_id}"
_OF_NAMESPACE: Final = _BASE + "/namespaces/{namespace_name}/retention/policies"
_ONE: Final = _OF_NAMESPACE + "/{policy_id}"
_RUNS: Final = _ONE + "/executions"
_KIND: Final = "retention"


def _fields(rule: Rule) -> dict[str, Any]:
    body = msgspec.to_builtins(rule.body)
    body["rules"] = [{"id": number, **one} for number, one in enumerate(body["rules"], 1)]
    return {**body, **rules.place(rule)}


def _list(call: Call) -> Any:
    return rules.listed(call, _KIND, "retentions", _fields)


def _show(call: Call) -> Any:
    return _fields(rules.one(call, _KIND, "policy_id"))


def _execute(call: Call) -> Any:
    rule = rules.one(call, _KIND, "policy_id")
    dry_run = call.json().get("dry_run") is True if call.body else False
    made = start_run(call.context, _KIND, rule.row.instance_id, rule.row.id, body={"dry_run": dry_run})
    return {"id": made}


def _runs(call: Call) -> Any:
    rule = rules.one(call, _KIND, "policy_id")
    return rules.runs(call, _KIND, rule.row.id, _run_fields)


def _run_fields(run: RunRow) -> dict[str, Any]:
    return {
        "id": run.id,
        "policy_id": run.rule_id,
        "dry_run": bool(rules.values(run.body).get("dry_run")),
        "status": "InProgress" if run.status == "Pending" else run.status,
        "trigger": run.trigger,
        "start_time": time_text(run.created_at),
        "end_time": time_text(run.updated_at) if run.status in ("Succeed", "Failed", "Stopped") else "",
    }


def _parts(call: Call) -> Any:
    run = rules.run_of(call, _KIND)
    return rules.parts(call, run, _task_fields if "task_id" not in call.parameters else _subtask_fields)


def _task_fields(part: PartRow) -> dict[str, Any]:
    return {
        "id": part.id,
        "execution_id": part.run_id,
        "job_id": str(part.id),
        "status": part.status,
        "status_code": 3,
        "status_revision": 0,
        "start_time": time_text(part.created_at),
        "end_time": time_text(part.created_at),
        **rules.values(part.body),
    }


def _subtask_fields(part: PartRow) -> dict[str, Any]:
    return {
        "id": part.id,
        "job_id": part.task_id,
        "status": part.status,
        "op_time": time_text(part.created_at),
        **rules.values(part.body),
    }


_POLICY_BODY: Final = ("algorithm", "enabled", "rules", "trigger", "name")

OPERATIONS: Final = (
    Operation(
        name="CreateInstanceRetentionPolicy",
        method="POST",
        path=_OF_NAMESPACE,
        action="swr:repository:createRetentionPolicy",
        body=_POLICY_BODY,
        handle=partial(rules.create, kind=_KIND),
        status=201,
    ),
    Operation(
        name="ListInstanceRetentionPolicies",
        method="GET",
        path=_BASE + "/retention/policies",
        action="swr:repository:listRetentionPolicies",
        query=("name", "namespace_id", "offset", "limit"),
        handle=_list,
    ),
    Operation(
        name="ShowInstanceRetentionPolicy",
        method="GET",
        path=_ONE,
        action="swr:repository:getRetentionPolicy",
        handle=_show,
    ),
    Operation(
        name="UpdateInstanceRetentionPolicy",
        method="PUT",
        path=_ONE,
        action="swr:repository:updateRetentionPolicy",
        body=_POLICY_BODY,
        handle=partial(rules.update, kind=_KIND, parameter="policy_id"),
    ),
    Operation(
        name="DeleteInstanceRetentionPolicy",
        method="DELETE",
        path=_ONE,
        action="swr:repository:deleteRetentionPolicy",
        handle=partial(rules.delete, kind=_KIND, parameter="policy_id"),
        status=204,
    ),
    Operation(
        name="ExecuteInstanceRetentionPolicy",
        method="POST",
        path=_RUNS,
        action="swr:repository:executeRetentionPolicy",
        body=("dry_run",),
        handle=_execute,
        status=201,
    ),
    Operation(
        name="ListInstanceRetentionPolicyExecutions",
        method="GET",
        path=_RUNS,
        action="swr:repository:listRetentionPolicyExecutions",
        query=("offset", "limit"),
        handle=_runs,
    ),
    Operation(
        name="ListInstanceRetentionPolicyExecTasks",
        method="GET",
        path=_RUNS + "/{execution_id}/tasks",
        action="swr:repository:listRetentionPolicyExecTasks",
        query=("offset", "limit", "status"),
        handle=_parts,
    ),
    Operation(
        name="ListInstanceRetentionPolicyExecSubTasks",
        method="GET",
        path=_RUNS + "/{execution_id}/tasks/{task_id}/subtasks",
        action="swr:repository:listRetentionPolicyExecSubTasks",
        query=("offset", "limit", "status"),
        handle=_parts,
    ),
)
