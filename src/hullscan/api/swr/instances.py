"""Instances and feature gates (swr-api.md, 2.6 and 2.9)."""

from typing import Any, Final

from hullscan.api.swr.operation import Call, Operation, time_text
from hullscan.store.accounts import InstanceRow, instances
from hullscan.store.database import reading

_BASE: Final = "/v2/{project_id}/instances"

INSTANCE_VERSION: Final = "25.7.20"
"""The first version of SWR that has artifact scans (the seed's constraint)."""


def _list(call: Call) -> Any:
    offset, limit = call.page(default=100)
    with reading(call.context.engine) as connection:
        rows = instances(connection, project_id=call.project_id)
    if call.query.get("status") not in (None, "", "Running"):
        rows = ()
    return {"instances": [_fields(row, call.host) for row in rows[offset : offset + limit]], "total": len(rows)}


def _show(call: Call) -> Any:
    return _fields(call.instance(), call.host)


def _feature_gates(call: Call) -> Any:
    call.instance()
    return {
        "enableDomainName": False,
        "enableCombinationRetention": False,
        "enableArtifactScanning": True,
        "enableArtifactGc": False,
    }


def _fields(row: InstanceRow, host: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "spec": "swr.ee.professional",
        "version": INSTANCE_VERSION,
        "charge_mode": "postPaid",
        "access_address": host,
        "created_at": time_text(row.created_at),
        "updated_at": time_text(row.updated_at),
        "expires_at": "",
        "status": "Running",
        "project_id": row.project_id,
        "enterprise_project_id": "0",
        "obs_bucket_name": "",
        "user_def_obs": False,
        "vpc_id": "",
        "vpc_name": "",
        "vpc_cidr": "",
        "subnet_id": "",
        "subnet_name": "",
        "subnet_cidr": "",
        "vpcep_service_id": "",
        "product_id": "",
        "order_id": "",
    }


OPERATIONS: Final = (
    Operation(name="ListInstance", method="GET", path=_BASE, action="swr:instance:list", handle=_list),
    Operation(
        name="ShowInstance",
        method="GET",
        path=_BASE + "/{instance_id}",
        action="swr:instance:get",
        handle=_show,
    ),
    Operation(
        name="ListFeatureGates",
        method="GET",
        path=_BASE + "/{instance_id}/feature-gates",
        action="",
        handle=_feature_gates,
    ),
)
