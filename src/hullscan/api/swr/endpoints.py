"""From where the instance may be called: the endpoint policy; and what the cloud has beside it (the SDK's models)."""

from functools import partial
from ipaddress import ip_network
from typing import Any, Final

import msgspec

from hullscan.api.errors import ApiError
from hullscan.api.swr import rules
from hullscan.api.swr.operation import Call, Operation
from hullscan.api.swr.refused import NO_DOMAINS, NO_VPC, refuse
from hullscan.model.rules import EndpointPolicy
from hullscan.services.rules.rule import Rule, create_rule, read_body, rules_of, update_rule
from hullscan.store.database import reading

_BASE: Final = "/v2/{project_id}/instances/{instance_id}"
_POLICY: Final = _BASE + "/endpoint-policy"
_INTERNAL: Final = _BASE + "/internal-endpoints"
_CONNECTIONS: Final = _BASE + "/internal-endpoint/connections"
_PERMISSIONS: Final = _BASE + "/internal-endpoint/permissions"
_DOMAINS: Final = _BASE + "/domainname"
_KIND: Final = "endpoint"
_MOST: Final = 100


def _current(call: Call) -> Rule | None:
    with reading(call.context.engine) as connection:
        found = rules_of(connection, _KIND, call.instance().id)
    return found[0] if found else None


def _keep(call: Call, body: EndpointPolicy) -> None:
    rule = _current(call)
    if rule is not None:
        update_rule(call.context, rule, body)
    else:
        create_rule(call.context, _KIND, call.instance().id, body, creator=call.caller.name)


def _switch(call: Call) -> Any:
    enable = call.json().get("enable")
    if not isinstance(enable, bool):
        raise ApiError(400, "4001014", "enable must be true or false")
    rule = _current(call)
    _keep(call, EndpointPolicy(enable=enable, ip_list=rule.body.ip_list if rule else []))
    return {}


def _show(call: Call) -> Any:
    rule = _current(call)
    body = rule.body if rule else EndpointPolicy()
    return {"status": "Enable" if body.enable else "Disable", "ip_list": msgspec.to_builtins(body.ip_list)}


def _update(call: Call) -> Any:
    rule = _current(call)
    told = call.json()
    if "ip_list" not in told:
        raise ApiError(400, "4001014", "ip_list is missing; it replaces the list that is there")
    with rules.told_by_code():
        body: EndpointPolicy = read_body(_KIND, {**told, "enable": rule.body.enable if rule else True})
    if len(body.ip_list) > _MOST:
        raise ApiError(400, "4000014", f"ip_list has at most {_MOST} addresses")
    for one in body.ip_list:
        try:
            ip_network(one.ip, strict=False)
        except ValueError as error:
            raise ApiError(400, "4000014", f"{one.ip!r} is no address or network: {error}") from error
    _keep(call, body)
    return {}


def _no_endpoints(call: Call) -> Any:
    call.page(default=100)
    call.instance()
    return {"internal_endpoints": [], "total": 0}


def _no_endpoint(call: Call) -> Any:
    call.instance()
    raise ApiError(404, "4040083", f"The internal endpoint {call.segment('internal_endpoints_id')} does not exist")


def _nothing(call: Call, answer: dict[str, Any]) -> Any:
    call.page(default=100)
    call.instance()
    return answer


def _no_domain(call: Call) -> Any:
    call.instance()
    raise ApiError(404, "4040083", f"The domain name {call.segment('domainname_id')} does not exist")


OPERATIONS: Final = (
    Operation(
        name="CreateInstanceEndpointPolicy",
        method="POST",
        path=_POLICY,
        action="swr:instance:createEndpointPolicy",
        body=("enable",),
        handle=_switch,
        status=201,
    ),
    Operation(
        name="ShowInstanceEndpointPolicy",
        method="GET",
        path=_POLICY,
        action="swr:instance:getEndpointPolicy",
        handle=_show,
    ),
    Operation(
        name="UpdateInstanceEndpointPolicy",
        method="PUT",
        path=_POLICY,
        action="swr:instance:updateEndpointPolicy",
        body=("ip_list",),
        handle=_update,
    ),
    Operation(
        name="CreateInstanceInternalEndpoint",
        method="POST",
        path=_INTERNAL,
        action="swr:instance:createInternalEndpoint",
        body=("project_id", "vpc_id", "subnet_id", "description"),
        handle=refuse(NO_VPC),
    ),
    Operation(
        name="ListInstanceInternalEndpoints",
        method="GET",
        path=_INTERNAL,
        action="swr:instance:listInternalEndpoints",
        query=("offset", "limit"),
        handle=_no_endpoints,
    ),
    Operation(
        name="ShowInstanceInternalEndpoint",
        method="GET",
        path=_INTERNAL + "/{internal_endpoints_id}",
        action="swr:instance:getInternalEndpoint",
        handle=_no_endpoint,
    ),
    Operation(
        name="DeleteInstanceInternalEndpoint",
        method="DELETE",
        path=_INTERNAL + "/{internal_endpoints_id}",
        action="swr:instance:deleteInternalEndpoint",
        handle=_no_endpoint,
    ),
    Operation(
        name="ListInternalEndpointConnections",
        method="GET",
        path=_CONNECTIONS,
        action="swr:instance:listInternalEndpointConnections",
        query=("limit", "offset", "status", "id"),
        handle=partial(_nothing, answer={"connections": [], "total_count": 0}),
    ),
    Operation(
        name="UpdateInternalEndpointConnections",
        method="POST",
        path=_CONNECTIONS + "/action",
        action="swr:instance:updateInternalEndpointConnections",
        body=("endpoints", "action"),
        handle=refuse(NO_VPC),
    ),
    Operation(
        name="ListInternalEndpointPermissions",
        method="GET",
        path=_PERMISSIONS,
        action="swr:instance:listInternalEndpointPermissions",
        query=("limit", "offset", "permission"),
        handle=partial(_nothing, answer={"permissions": [], "total_count": 0}),
    ),
    Operation(
        name="UpdateInternalEndpointPermissions",
        method="POST",
        path=_PERMISSIONS + "/action",
        action="swr:instance:updateInternalEndpointPermissions",
        body=("permissions", "action", "permission_type"),
        handle=refuse(NO_VPC),
    ),
    Operation(
        name="AddDomainName",
        method="POST",
        path=_DOMAINS,
        action="swr:instance:addDomainName",
        body=("domain_name", "certificate_id"),
        handle=refuse(NO_DOMAINS),
    ),
    Operation(
        name="ListDomainNames",
        method="GET",
        path=_DOMAINS,
        action="swr:instance:listDomainNames",
        query=("uid", "domain_name"),
        handle=partial(_nothing, answer={"domain_name_infos": []}),
    ),
    Operation(
        name="UpdateDomainName",
        method="PUT",
        path=_DOMAINS + "/{domainname_id}",
        action="swr:instance:updateDomainName",
        body=("certificate_id",),
        handle=_no_domain,
    ),
    Operation(
        name="DeleteDomainName",
        method="DELETE",
        path=_DOMAINS + "/{domainname_id}",
        action="swr:instance:deleteDomainName",
        handle=_no_domain,
    ),
)
