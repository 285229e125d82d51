"""Other registries, replication policies and what they copied (the official SDK's models)."""

from functools import partial
from typing import Any, Final

import msgspec

from hullscan.api.errors import ApiError
from hullscan.api.swr import rules
from hullscan.api.swr.executions import execution_fields
from hullscan.api.swr.operation import Call, Operation, time_text
from hullscan.model.rules import Registry, ReplicationPolicy
from hullscan.services.context import now
from hullscan.services.peers.replication import check_policy, registry_status, sealed
from hullscan.services.rules.rule import Rule, get_rule, read_body, start_run, update_rule
from hullscan.store.database import writing
from hullscan.store.rules.runs import PartRow, stop_run

_BASE: Final = "/v2/{project_id}/instances/{instance_id}"
_REGISTRIES: Final = _BASE + "/registries"
_REGISTRY: Final = _REGISTRIES + "/{registry_id}"
_POLICIES: Final = _BASE + "/replication/policies"
_POLICY: Final = _POLICIES + "/{policy_id}"
_RUNS: Final = _BASE + "/replication/executions"
_RUN: Final = _RUNS + "/{execution_id}"


def _registry_fields(rule: Rule, status: str = "healthy") -> dict[str, Any]:
    body: Registry = rule.body
    return {
        "id": rule.row.id,
        "name": body.name,
        "description": body.description,
        "region_id": body.region_id,
        "instance_id": body.instance_id,
        "type": body.type,
        "url": body.url,
        # The secret is never shown again.
        "credential": {"type": body.credential.type, "access_key": body.credential.access_key, "access_secret": ""},
        "insecure": body.insecure,
        "status": status,
        **rules.times(rule),
    }


def _create_registry(call: Call) -> Any:
    with rules.told_by_code():
        body = read_body("registry", call.json())
    return rules.create(call, "registry", body=sealed(call.context, body))


def _list_registries(call: Call) -> Any:
    kind = call.query.get("type", "")
    return rules.listed(
        call, "registry", "registries", _registry_fields, keep=lambda rule: not kind or rule.body.type == kind
    )


def _show_registry(call: Call) -> Any:
    rule = rules.one(call, "registry", "registry_id")
    return _registry_fields(rule, registry_status(call.context, rule))


def _update_registry(call: Call) -> Any:
    rule = rules.one(call, "registry", "registry_id")
    told = call.json()
    with rules.told_by_code():
        body: Registry = read_body("registry", {**msgspec.to_builtins(rule.body), **told})
        if isinstance(told.get("credential"), dict):
            body = sealed(call.context, body)
        else:
            body = msgspec.structs.replace(body, credential=rule.body.credential)
        update_rule(call.context, rule, body)
    return {}


def _policy_fields(rule: Rule) -> dict[str, Any]:
    return {**msgspec.to_builtins(rule.body), "id": rule.row.id, **rules.times(rule)}


def _check_policy(call: Call, body: ReplicationPolicy) -> None:
    check_policy(call.context, call.instance().id, body)


def _create_policy(call: Call) -> Any:
    with rules.told_by_code():
        body = read_body("replication", call.json())
        _check_policy(call, body)
    return rules.create(call, "replication", body=body)


def _list_policies(call: Call) -> Any:
    registry = call.query_number("registry_id")

    def keep(rule: Rule) -> bool:
        return registry is None or registry in (rule.body.src_registry.id, rule.body.dest_registry.id)

    return rules.listed(call, "replication", "policies", _policy_fields, keep=keep)


def _show_policy(call: Call) -> Any:
    return _policy_fields(rules.one(call, "replication", "policy_id"))


def _execute(call: Call) -> Any:
    number = call.json().get("policy_id")
    if not isinstance(number, int) or isinstance(number, bool):
        raise ApiError(400, "4001014", "policy_id is missing")
    with rules.told_by_code():
        rule = get_rule(call.context, "replication", call.instance().id, number)
    return {"id": start_run(call.context, "replication", rule.row.instance_id, rule.row.id)}


def _runs(call: Call) -> Any:
    return rules.runs(call, "replication", call.query_number("policy_id"), execution_fields)


def _stop(call: Call) -> Any:
    run = rules.run_of(call, "replication")
    with writing(call.context.engine) as connection:
        stop_run(connection, run.id, now())
    return {}


def _parts(call: Call) -> Any:
    run = rules.run_of(call, "replication")
    return rules.parts(call, run, _task_fields if "task_id" not in call.parameters else _subtask_fields)


def _task_fields(part: PartRow) -> dict[str, Any]:
    return {
        "id": part.id,
        "execution_id": part.run_id,
        "resource_type": "image",
        "operation": "copy",
        "job_id": str(part.id),
        "status": part.status,
        "StatusRevision": 0,
        "start_time": time_text(part.created_at),
        "end_time": time_text(part.created_at),
        **rules.values(part.body),
    }


def _subtask_fields(part: PartRow) -> dict[str, Any]:
    return {
        "id": part.id,
        "job_id": str(part.task_id),
        "status": part.status,
        "start_time": time_text(part.created_at),
        "end_time": time_text(part.created_at),
        **rules.values(part.body),
    }


_REGISTRY_BODY: Final = (
    "name",
    "description",
    "type",
    "project_id",
    "region_id",
    "instance_id",
    "url",
    "credential",
    "dns_conf",
    "insecure",
)
_POLICY_BODY: Final = (
    "name",
    "description",
    "src_registry",
    "dest_registry",
    "dest_namespace",
    "filters",
    "repo_scope_mode",
    "trigger",
    "override",
    "enabled",
)

OPERATIONS: Final = (
    Operation(
        name="CreateInstanceRegistry",
        method="POST",
        path=_REGISTRIES,
        action="swr:instance:createRegistry",
        body=_REGISTRY_BODY,
        handle=_create_registry,
        status=201,
    ),
    Operation(
        name="ListInstanceRegistries",
        method="GET",
        path=_REGISTRIES,
        action="swr:instance:listRegistries",
        query=("order_column", "order_type", "name", "type", "offset", "limit"),
        handle=_list_registries,
    ),
    Operation(
        name="ShowInstanceRegistry",
        method="GET",
        path=_REGISTRY,
        action="swr:instance:getRegistry",
        handle=_show_registry,
    ),
    Operation(
        name="UpdateInstanceRegistry",
        method="PUT",
        path=_REGISTRY,
        action="swr:instance:updateRegistry",
        body=_REGISTRY_BODY,
        handle=_update_registry,
    ),
    Operation(
        name="DeleteInstanceRegistry",
        method="DELETE",
        path=_REGISTRY,
        action="swr:instance:deleteRegistry",
        handle=partial(rules.delete, kind="registry", parameter="registry_id"),
        status=204,
    ),
    Operation(
        name="CreateInstanceReplicationPolicy",
        method="POST",
        path=_POLICIES,
        action="swr:instance:createReplicationPolicy",
        body=_POLICY_BODY,
        handle=_create_policy,
        status=201,
    ),
    Operation(
        name="ListInstanceReplicationPolicies",
        method="GET",
        path=_POLICIES,
        action="swr:instance:listReplicationPolicies",
        query=("order_column", "order_type", "name", "registry_id", "offset", "limit"),
        handle=_list_policies,
    ),
    Operation(
        name="ShowInstanceReplicationPolicy",
        method="GET",
        path=_POLICY,
        action="swr:instance:getReplicationPolicy",
        handle=_show_policy,
    ),
    Operation(
        name="UpdateInstanceReplicationPolicy",
        method="PUT",
        path=_POLICY,
        action="swr:instance:updateReplicationPolicy",
        body=_POLICY_BODY,
        handle=partial(rules.update, kind="replication", parameter="policy_id", check=_check_policy),
    ),
    Operation(
        name="DeleteInstanceReplicationPolicy",
        method="DELETE",
        path=_POLICY,
        action="swr:instance:deleteReplicationPolicy",
        handle=partial(rules.delete, kind="replication", parameter="policy_id"),
        status=204,
    ),
    Operation(
        name="ExecuteInstanceReplicationPolicy",
        method="POST",
        path=_RUNS,
        action="swr:instance:executeReplicationPolicy",
        body=("policy_id",),
        handle=_execute,
        status=201,
    ),
    Operation(
        name="ListInstanceReplicationPolicyExecutions",
        method="GET",
        path=_RUNS,
        action="swr:instance:listReplicationPolicyExecutions",
        query=("policy_id", "offset", "limit"),
        handle=_runs,
    ),
    Operation(
        name="StopInstanceReplicationPolicyExecution",
        method="PUT",
        path=_RUN,
        action="swr:instance:stopReplicationPolicyExecution",
        handle=_stop,
    ),
    Operation(
        name="ListInstanceReplicationPolicyExecTasks",
        method="GET",
        path=_RUN + "/tasks",
        action="swr:instance:listReplicationPolicyExecTasks",
        query=("offset", "limit"),
        handle=_parts,
    ),
    Operation(
        name="ListInstanceReplicationPolicyExecSubTasks",
        method="GET",
        path=_RUN + "/tasks/{task_id}/subtasks",
        action="swr:instance:listReplicationPolicyExecSubTasks",
        query=("offset", "limit", "status"),
        handle=_parts,
    ),
)
