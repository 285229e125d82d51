"""Triggers (webhooks) and their deliveries (swr-api.md, 2.8)."""

from functools import partial
from typing import Any, Final

from hullscan.api.errors import ApiError
from hullscan.api.swr import rules
from hullscan.api.swr.operation import Call, Operation, time_text
from hullscan.services.runs.delivery import delivery_of
from hullscan.store.rules.runs import RunRow

_BASE: Final = "/v2/{project_id}/instances/{instance_id}"
_OF_NAMESPACE: Final = _BASE + "/namespaces/{namespace_name}/webhook/policies"
_ONE: Final = _OF_NAMESPACE + "/{policy_id}"
_KIND: Final = "webhook"
_STATES: Final = ("", "Initialized", "Pending", "InProgress", "Succeed", "Failed", "Stopped")


def _list(call: Call) -> Any:
    return rules.listed(call, _KIND, "policies", rules.whole)


def _show(call: Call) -> Any:
    return rules.whole(rules.one(call, _KIND, "policy_id"))


def _jobs(call: Call) -> Any:
    rule = rules.one(call, _KIND, "policy_id")
    status = call.query.get("status", "")
    if status not in _STATES:
        raise ApiError(400, "4001025", f"status must be one of {', '.join(_STATES[1:])}")
    found, total = rules.page_of_runs(call, _KIND, rule.row.id, status)
    return {"jobs": [_job_fields(run) for run in found], "total": total}


def _job_fields(run: RunRow) -> dict[str, Any]:
    body = delivery_of(run.body)
    return {
        "id": run.id,
        "policy_id": run.rule_id,
        "event_type": body["event_type"],
        "notify_type": "http",
        "status": run.status,
        "status_text": run.status_text,
        "job_detail": body["payload"],
        "created_at": time_text(run.created_at),
        "updated_at": time_text(run.updated_at),
    }


_POLICY_BODY: Final = ("name", "description", "targets", "scope_rules", "event_types", "enabled")

OPERATIONS: Final = (
    Operation(
        name="CreateInstanceWebhook",
        method="POST",
        path=_OF_NAMESPACE,
        action="swr:repository:createWebhook",
        body=_POLICY_BODY,
        handle=partial(rules.create, kind=_KIND),
        status=201,
    ),
    Operation(
        name="ListInstanceWebhooks",
        method="GET",
        path=_BASE + "/webhook/policies",
        action="swr:repository:listWebhooks",
        query=("order_column", "order_type", "name", "namespace_id", "offset", "limit"),
        handle=_list,
    ),
    Operation(
        name="ShowInstanceWebhook",
        method="GET",
        path=_ONE,
        action="swr:repository:getWebhook",
        handle=_show,
    ),
    Operation(
        name="UpdateInstanceWebhook",
        method="PUT",
        path=_ONE,
        action="swr:repository:updateWebhook",
        body=_POLICY_BODY,
        handle=partial(rules.update, kind=_KIND, parameter="policy_id"),
    ),
    Operation(
        name="DeleteInstanceWebhook",
        method="DELETE",
        path=_ONE,
        action="swr:repository:deleteWebhook",
        handle=partial(rules.delete, kind=_KIND, parameter="policy_id"),
        status=204,
    ),
    Operation(
        name="ListInstanceWebhookJobs",
        method="GET",
        path=_ONE + "/jobs",
        action="swr:repository:listWebhookJobs",
        query=("offset", "limit", "status"),
        handle=_jobs,
    ),
)
