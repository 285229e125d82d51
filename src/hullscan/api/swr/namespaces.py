"""Namespaces: create, list, show, update, delete (swr-api.md, 2.4)."""

from datetime import UTC, datetime
from typing import Any, Final

from hullscan.api.errors import ApiError
from hullscan.api.swr.operation import Call, Operation, time_text
from hullscan.errors import Conflict, InvalidReference, NotFound
from hullscan.services.artifacts.namespaces import create_namespace, delete_namespace, update_namespace
from hullscan.store.database import reading
from hullscan.store.places.namespaces import NamespaceRow, count_namespaces, list_namespaces

_LAST_SECOND: Final = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())
_BASE: Final = "/v2/{project_id}/instances/{instance_id}/namespaces"


def _create(call: Call) -> Any:
    body = call.json()
    name = body.get("namespace_name")
    if not isinstance(name, str) or not name:
        raise ApiError(400, "4001014", "namespace_name is missing")
    metadata = _metadata(body.get("metadata"))
    try:
        made = create_namespace(
            call.context,
            call.instance().id,
            name,
            public=bool(metadata.get("public")),
            auto_scan=bool(metadata.get("auto_scan")),
            prevent_vul=bool(metadata.get("prevent_vul")),
            severity=str(metadata.get("severity", "none")),
        )
    except InvalidReference as error:
        raise ApiError(400, "4001028", str(error)) from error
    except Conflict as error:
        raise ApiError(409, "4090060", str(error)) from error
    return {"id": made}


def _list(call: Call) -> Any:
    offset, limit = call.page()
    # Whatever it says that is not true means false (swr-api.md, 2.4).
    told = call.query.get("public", "")
    public = told.lower() == "true" if told else None
    contains = call.query.get("name", "")
    instance = call.instance()
    with reading(call.context.engine) as connection:
        rows = list_namespaces(
            connection,
            instance.id,
            contains=contains,
            public=public,
            order=call.query.get("order_column", "updated_at"),
            descending=call.query.get("order_type", "desc") != "asc",
            offset=offset,
            limit=limit,
        )
        total = count_namespaces(connection, instance.id, contains=contains, public=public)
    return {"namespaces": [_fields(row) for row in rows], "total": total}


def _show(call: Call) -> Any:
    return _fields(call.space())


def _update(call: Call) -> Any:
    body = call.json()
    metadata = _metadata(body.get("metadata"))
    allowlist, expires = _allowlist(body.get("cve_allowlist"))
    try:
        row = update_namespace(
            call.context,
            call.instance().id,
            call.segment("namespace_name"),
            public=metadata.get("public"),
            auto_scan=metadata.get("auto_scan"),
            prevent_vul=metadata.get("prevent_vul"),
            severity=metadata.get("severity"),
            allowlist=allowlist,
            allowlist_expires_at=expires,
        )
    except NotFound as error:
        raise ApiError(404, "4040058", str(error)) from error
    except InvalidReference as error:
        raise ApiError(400, "4000014", str(error)) from error
    fields = _fields(row)
    return {
        "namespace_name": row.name,
        "metadata": fields["metadata"],
        "cve_allowlist": fields["cve_allowlist"],
    }


def _delete(call: Call) -> Any:
    try:
        delete_namespace(call.context, call.instance().id, call.segment("namespace_name"))
    except NotFound as error:
        raise ApiError(404, "4040058", str(error)) from error
    except Conflict as error:
        raise ApiError(409, "4060074", str(error)) from error
    return None


def _metadata(value: Any) -> dict[str, Any]:
    """All of it strings, booleans too: ``"true"`` and ``"false"`` (swr-api.md, 2.4)."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ApiError(400, "4000014", "metadata is no object")
    found: dict[str, Any] = {}
    for key in ("public", "auto_scan", "prevent_vul"):
        text = value.get(key)
        if text is None:
            continue
        if str(text).lower() not in ("true", "false"):
            raise ApiError(400, "4000014", f"metadata.{key} must be the string true or false")
        found[key] = str(text).lower() == "true"
    if value.get("severity") is not None:
        found["severity"] = str(value["severity"])
    return found


def _allowlist(value: Any) -> tuple[tuple[str, ...] | None, datetime | None]:
    if value is None:
        return None, None
    items = value.get("items") if isinstance(value, dict) else None
    if not isinstance(items, list):
        raise ApiError(400, "4000014", "cve_allowlist.items is no list")
    cves = []
    for item in items:
        if not isinstance(item, dict) or not isinstance(item.get("cve_id"), str) or not item["cve_id"]:
            raise ApiError(400, "4000014", "every item of cve_allowlist has a cve_id")
        cves.append(item["cve_id"])
    expires = value.get("expires_at")
    if expires is not None and (not isinstance(expires, int) or isinstance(expires, bool) or expires > _LAST_SECOND):
        raise ApiError(400, "4000014", "cve_allowlist.expires_at is a number of seconds since 1970")
    return tuple(cves), datetime.fromtimestamp(expires, UTC) if expires else None


def _fields(row: NamespaceRow) -> dict[str, Any]:
    allowlist: dict[str, Any] = {
        "id": row.id,
        "namespace_id": row.id,
        "items": [{"cve_id": cve} for cve in row.allowlist],
        "creation_time": time_text(row.allowlist_created_at or row.created_at),
        "update_time": time_text(row.allowlist_updated_at or row.created_at),
    }
    if row.allowlist_expires_at is not None:
        allowlist["expires_at"] = int(row.allowlist_expires_at.timestamp())
    return {
        "name": row.name,
        "namespace_id": row.id,
        "metadata": {
            "public": str(row.public).lower(),
            "auto_scan": str(row.auto_scan).lower(),
            "prevent_vul": str(row.prevent_vul).lower(),
            "severity": row.severity,
        },
        "created_at": time_text(row.created_at),
        "updated_at": time_text(row.updated_at),
        "repo_count": row.repositories,
        "cve_allowlist": allowlist,
    }


OPERATIONS: Final = (
    Operation(
        name="CreateInstanceNamespace",
        method="POST",
        path=_BASE,
        action="swr:repository:createNamespace",
        body=("namespace_name", "metadata"),
        handle=_create,
        status=201,
    ),
    Operation(
        name="ListInstanceNamespaces",
        method="GET",
        path=_BASE,
        action="swr:repository:listNamespaces",
        query=("offset", "limit", "order_column", "order_type", "name", "public"),
        handle=_list,
    ),
    Operation(
        name="ShowInstanceNamespace",
        method="GET",
        path=_BASE + "/{namespace_name}",
        action="swr:repository:getNamespace",
        handle=_show,
    ),
    Operation(
        name="UpdateInstanceNamespace",
        method="PUT",
        path=_BASE + "/{namespace_name}",
        action="swr:repository:updateNamespace",
        body=("metadata", "cve_allowlist"),
        handle=_update,
    ),
    Operation(
        name="DeleteInstanceNamespace",
        method="DELETE",
        path=_BASE + "/{namespace_name}",
        action="swr:repository:deleteNamespace",
        handle=_delete,
        status=204,
    ),
)
