"""Credentials for docker login (swr-api.md, 2.7)."""

from typing import Any, Final

from hullscan.api.errors import ApiError
from hullscan.api.swr.operation import Call, Operation, time_text
from hullscan.api.swr.rules import told_by_code
from hullscan.services.access.credentials import Issued, issue, list_for, switch, withdraw
from hullscan.store.access.credentials import CredentialRow

_BASE: Final = "/v2/{project_id}/instances/{instance_id}"
_LONG_TERM: Final = _BASE + "/long-term-credentials"
_ONE: Final = _LONG_TERM + "/{credential_id}"


def _temporary(call: Call) -> Any:
    return _issued(issue(call.context, call.instance().id, call.caller))


def _create(call: Call) -> Any:
    name = call.json().get("name")
    if not isinstance(name, str) or not name:
        raise ApiError(400, "4001014", "name is missing")
    with told_by_code():
        return _issued(issue(call.context, call.instance().id, call.caller, name=name))


def _list(call: Call) -> Any:
    offset, limit = call.page(default=100)
    everybody = call.flag("self_only") is False
    rows = list_for(call.context, call.instance().id, call.caller, self_only=not everybody)
    return {"auth_tokens": [_fields(row) for row in rows[offset : offset + limit]], "total": len(rows)}


def _update(call: Call) -> Any:
    enable = call.json().get("enable")
    if not isinstance(enable, bool):
        raise ApiError(400, "4001014", "enable must be true or false")
    with told_by_code():
        switch(call.context, call.instance().id, call.segment("credential_id"), call.caller, enabled=enable)
    return {}


def _delete(call: Call) -> Any:
    with told_by_code():
        withdraw(call.context, call.instance().id, call.segment("credential_id"), call.caller)
    return None


def _issued(made: Issued) -> dict[str, Any]:
    return {
        "user_id": made.row.user_id,
        "auth_token": made.token,
        "token_id": made.row.id,
        "created_at": time_text(made.row.created_at),
        "expire_date": time_text(made.row.expires_at),
    }


def _fields(row: CredentialRow) -> dict[str, Any]:
    return {
        "token_id": row.id,
        "name": row.name,
        "instance_id": row.instance_id,
        "user_id": row.user_id,
        "user_profile": row.user_name,
        "enable": row.enabled,
        "created_at": time_text(row.created_at),
        "expire_date": time_text(row.expires_at),
    }


OPERATIONS: Final = (
    Operation(
        name="CreateInstanceTempCredential",
        method="POST",
        path=_BASE + "/temp-credential",
        action="swr:instance:createTempCredential",
        handle=_temporary,
        status=201,
    ),
    Operation(
        name="CreateInstanceLtCredential",
        method="POST",
        path=_BASE + "/long-term-credential",
        action="swr:instance:createLTCredential",
        body=("name",),
        handle=_create,
        status=201,
    ),
    Operation(
        name="ListInstanceLtCredentials",
        method="GET",
        path=_LONG_TERM,
        action="swr:instance:listLTCredentials",
        query=("offset", "limit", "self_only"),
        handle=_list,
    ),
    Operation(
        name="UpdateInstanceLtCredential",
        method="PUT",
        path=_ONE,
        action="swr:instance:updateLTCredential",
        body=("enable",),
        handle=_update,
    ),
    Operation(
        name="DeleteInstanceLtCredential",
        method="DELETE",
        path=_ONE,
        action="swr:instance:deleteLTCredential",
        handle=_delete,
        status=204,
    ),
)
