"""Instances and feature gates (swr-api.md, 2.6 and 2.9)."""

from typing import Any, Final

from hullscan.api.errors import ApiError
from hullscan.api.swr.operation import Call, Operation, time_text
from hullscan.api.swr.refused import ONE_INSTANCE, refuse
from hullscan.services.artifacts.namespaces import allow_anonymous
from hullscan.store.access.accounts import InstanceRow, instances
from hullscan.store.access.credentials import list_credentials
from hullscan.store.database import reading
from hullscan.store.places.usage import usage
from hullscan.store.rules.rule_rows import count_rules

_NO_LIMIT: Final = 2_147_483_647
"""Quotas of the cloud's plans: here the disk is the limit, and namespaces have quotas of their own."""

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


def _configuration(call: Call) -> Any:
    return {"anonymous_access": call.instance().anonymous_access}


def _configure(call: Call) -> Any:
    row = call.instance()
    allowed = call.json().get("anonymous_access")
    if not isinstance(allowed, bool):
        raise ApiError(400, "4001014", "anonymous_access must be true or false")
    allow_anonymous(call.context, row.id, allowed=allowed)
    return {}


def _statistics(call: Call) -> Any:
    row = call.instance()
    with reading(call.context.engine) as connection:
        held = usage(connection, row.id)
        rules = count_rules(connection, row.id)
        credentials = len(list_credentials(connection, row.id))
    return {
        "storage_used": held.bytes,
        "total_namespace_count": held.namespaces,
        "total_image_count": held.artifacts,
        "namespace_quota": _NO_LIMIT,
        "image_repo_quota": _NO_LIMIT,
        "replica_policy_quota": _NO_LIMIT,
        "retention_policy_quota": _NO_LIMIT,
        "notify_policy_quota": _NO_LIMIT,
        "replica_registry_quota": _NO_LIMIT,
        "sign_policy_quota": _NO_LIMIT,
        "replica_policy_count": rules.get("replication", 0),
        "retention_policy_count": rules.get("retention", 0),
        "notify_policy_count": rules.get("webhook", 0),
        "replica_registry_count": rules.get("registry", 0),
        "intranet_endpoint_quota": 0,
        "intranet_endpoint_count": 0,
        "long_term_quota": _NO_LIMIT,
        "long_term_count": credentials,
        "sign_policy_count": rules.get("signature", 0),
    }


def _global_gates(call: Call) -> Any:
    del call
    return {
        "enableUserDefObs": False,
        "enableEnterprise": True,
        "cerAvailable": False,
        "enableIntranetAccessSwitch": False,
        "enableConsoleAgency": False,
        "enableV5CustomAgency": False,
        "agencyName": "",
    }


def _feature_gates(call: Call) -> Any:
    call.instance()
    return {
        "enableDomainName": False,
        "enableCombinationRetention": False,
        "enableArtifactScanning": True,
        "enableArtifactGc": True,
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
    Operation(
        name="CreateInstance",
        method="POST",
        path=_BASE,
        action="swr:instance:create",
        body=(
            "name",
            "description",
            "spec",
            "vpc_id",
            "subnet_id",
            "project_id",
            "charge_mode",
            "enterprise_project_id",
            "resource_tags",
            "obs_encrypt",
            "encrypt_type",
            "obs_bucket_name",
            "enable_intranet_access",
            "obs_enc_kms_key_id",
        ),
        handle=refuse(ONE_INSTANCE),
    ),
    Operation(
        name="DeleteInstance",
        method="DELETE",
        path=_BASE + "/{instance_id}",
        action="swr:instance:delete",
        body=("delete_obs", "delete_dns"),
        handle=refuse(ONE_INSTANCE),
    ),
    Operation(
        name="ShowInstanceConfiguration",
        method="GET",
        path=_BASE + "/{instance_id}/configurations",
        action="swr:instance:getConfiguration",
        handle=_configuration,
    ),
    Operation(
        name="UpdateInstanceConfiguration",
        method="PUT",
        path=_BASE + "/{instance_id}/configurations",
        action="swr:instance:updateConfiguration",
        body=("anonymous_access",),
        handle=_configure,
    ),
    Operation(
        name="ListInstanceStatistics",
        method="GET",
        path=_BASE + "/{instance_id}/statistics",
        action="swr:instance:getStatistics",
        handle=_statistics,
    ),
    Operation(
        name="ListGlobalFeatureGates",
        method="GET",
        path="/v2/{project_id}/feature-gates",
        action="",
        handle=_global_gates,
    ),
    Operation(
        name="ListInstance",
        method="GET",
        path=_BASE,
        action="swr:instance:list",
        query=("offset", "limit", "status", "enterprise_project_id"),
        handle=_list,
    ),
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
