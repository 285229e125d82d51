"""Signature policies and what they signed (the official SDK's models)."""

from functools import partial
from typing import Any, Final

from hullscan.api.swr import rules
from hullscan.api.swr.executions import execution_fields
from hullscan.api.swr.operation import Call, Operation, time_text
from hullscan.services.rules.rule import start_run
from hullscan.store.rules.runs import PartRow

_BASE: Final = "/v2/{project_id}/instances/{instance_id}"
_OF_NAMESPACE: Final = _BASE + "/namespaces/{namespace_name}/signature/policies"
_ONE: Final = _OF_NAMESPACE + "/{policy_id}"
_RUNS: Final = _ONE + "/executions"
_KIND: Final = "signature"


def _list(call: Call) -> Any:
    return rules.listed(call, _KIND, "policies", rules.whole)


def _show(call: Call) -> Any:
    return rules.whole(rules.one(call, _KIND, "policy_id"))


def _execute(call: Call) -> Any:
    rule = rules.one(call, _KIND, "policy_id")
    return {"id": start_run(call.context, _KIND, rule.row.instance_id, rule.row.id)}


def _runs(call: Call) -> Any:
    rule = rules.one(call, _KIND, "policy_id")
    return rules.runs(call, _KIND, rule.row.id, execution_fields)


def _parts(call: Call) -> Any:
    return rules.parts(call, rules.run_of(call, _KIND), _part_fields)


def _part_fields(part: PartRow) -> dict[str, Any]:
    return {
        "id": part.id,
        "execution_id": part.run_id,
        "job_id": str(part.task_id or part.id),
        "status": part.status,
        "status_text": "",
        "created_at": time_text(part.created_at),
        "updated_at": time_text(part.created_at),
        **rules.values(part.body),
    }


_POLICY_BODY: Final = (
    "name",
    "description",
    "enabled",
    "signature_method",
    "signature_algorithm",
    "signature_key",
    "trigger",
    "scope_rules",
)

OPERATIONS: Final = (
    Operation(
        name="CreateInstanceSignPolicy",
        method="POST",
        path=_OF_NAMESPACE,
        action="swr:repository:createSignPolicy",
        body=_POLICY_BODY,
        handle=partial(rules.create, kind=_KIND),
        status=201,
    ),
    Operation(
        name="ListInstanceSignPolicies",
        method="GET",
        path=_BASE + "/signature/policies",
        action="swr:repository:listSignPolicies",
        query=("offset", "limit"),
        handle=_list,
    ),
    Operation(
        name="ShowInstanceSignPolicy",
        method="GET",
        path=_ONE,
        action="swr:repository:getSignPolicy",
        handle=_show,
    ),
    Operation(
        name="UpdateInstanceSignPolicy",
        method="PUT",
        path=_ONE,
        action="swr:repository:updateSignPolicy",
        body=_POLICY_BODY,
        handle=partial(rules.update, kind=_KIND, parameter="policy_id"),
    ),
    Operation(
        name="DeleteInstanceSignPolicy",
        method="DELETE",
        path=_ONE,
        action="swr:repository:deleteSignPolicy",
        handle=partial(rules.delete, kind=_KIND, parameter="policy_id"),
        status=204,
    ),
    Operation(
        name="ExecuteInstanceSignPolicy",
        method="POST",
        path=_RUNS,
        action="swr:repository:executeSignPolicy",
        handle=_execute,
        status=201,
    ),
    Operation(
        name="ListInstanceSignPolicyExecutions",
        method="GET",
        path=_RUNS,
        action="swr:repository:listSignPolicyExecutions",
        query=("offset", "limit"),
        handle=_runs,
    ),
    Operation(
        name="ListInstanceSignPolicyExecTasks",
        method="GET",
        path=_RUNS + "/{execution_id}/tasks",
        action="swr:repository:listSignPolicyExecTasks",
        query=("offset", "limit"),
        handle=_parts,
    ),
    Operation(
        name="ListInstanceSignatureExecutionSubtasks",
        method="GET",
        path=_RUNS + "/{execution_id}/tasks/{task_id}/subtasks",
        action="swr:repository:listSignPolicyExecSubTasks",
        query=("offset", "limit", "status"),
        handle=_parts,
    ),
)
