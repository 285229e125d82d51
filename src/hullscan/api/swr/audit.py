"""Audit logs (swr-api.md, 2.8)."""

from typing import Any, Final

from hullscan.api.errors import ApiError
from hullscan.api.swr.operation import Call, Operation, time_text
from hullscan.store.database import reading
from hullscan.store.rules.audit import list_acts

_OPERATIONS: Final = ("pull", "delete", "create")


def _list(call: Call) -> Any:
    operation = call.query.get("operation", "")
    if operation not in _OPERATIONS:
        raise ApiError(400, "4001014", f"operation is mandatory: {', '.join(_OPERATIONS)}")
    offset, limit = call.page()
    with reading(call.context.engine) as connection:
        acts, total = list_acts(connection, call.instance().id, operation, offset=offset, limit=limit)
    return {
        "audit_logs": [
            {
                "id": one.id,
                "operation": one.operation,
                "resource_type": one.resource_type,
                "resource": one.resource,
                "username": one.username,
                "op_time": time_text(one.at),
            }
            for one in acts
        ],
        "total": total,
    }


OPERATIONS: Final = (
    Operation(
        name="ListAuditLogs",
        method="GET",
        path="/v2/{project_id}/instances/{instance_id}/audit-logs",
        action="swr:instance:getAuditLogs",
        query=("operation", "offset", "limit"),
        handle=_list,
    ),
)
