"""
Every operation of SWR's Enterprise Edition, called through the official SDK in an order that makes sense.

The list comes from the SDK itself (all methods of its client whose path is not of the Basic edition), the values of a
request from what earlier calls answered, the bodies from the table below.
"""

import importlib
import inspect
import re
from dataclasses import dataclass, field
from typing import Any

from huaweicloudsdkcore.exceptions.exceptions import ServiceResponseException

_MODELS = importlib.import_module("huaweicloudsdkswr.v2")

_SELECTORS = {
    "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "**"}],
    "scope_selectors": {"repository": [{"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}]},
    "repo_scope_mode": "regular",
}
_WEBHOOK = {
    "name": "hook",
    "targets": [{"type": "http", "address": "http://127.0.0.1:9/hook", "address_type": "internal"}],
    "event_types": ["PUSH_ARTIFACT"],
    "scope_rules": [_SELECTORS],
    "enabled": False,
}
_RETENTION = {
    "name": "keep",
    "algorithm": "or",
    "enabled": True,
    "rules": [{"template": "latestPushedK", "params": {"latestPushedK": 5}, "action": "retain", **_SELECTORS}],
    "trigger": {"type": "scheduled", "trigger_settings": {"cron": "0 0 2 * * ?"}},
}
_SIGNATURE = {
    "name": "sign",
    "enabled": True,
    "signature_method": "KMS",
    "signature_algorithm": "ECDSA_SHA_256",
    "signature_key": "release",
    "trigger": {"type": "manual"},
    "scope_rules": [_SELECTORS],
}
_REGISTRY = {
    "name": "other",
    "type": "swr-pro",
    "url": "http://127.0.0.1:9",
    "credential": {"type": "basic", "access_key": "me", "access_secret": "mine"},
}

_TAGS = {"tags": [{"key": "team", "value": "red"}]}

BODIES: dict[str, Any] = {
    "AddDomainName": {"domain_name": "registry.example", "certificate_id": "1"},
    "CreateImmutableRule": {"priority": 0, "action": "immutable", "template": "immutable_template", **_SELECTORS},
    "CreateInstance": {"name": "second", "spec": "swr.ee.professional", "charge_mode": "postPaid"},
    "CreateInstanceEndpointPolicy": {"enable": True},
    "CreateInstanceInternalEndpoint": {"vpc_id": "v", "subnet_id": "s"},
    "CreateInstanceLtCredential": {"name": "ci"},
    "CreateInstanceNamespace": {"namespace_name": "covered", "metadata": {"public": "false"}},
    "CreateInstanceRegistry": _REGISTRY,
    "CreateInstanceReplicationPolicy": {
        "name": "copy",
        "dest_registry": {"id": "{registry_id}"},
        "filters": [{"type": "name", "value": "covered/**"}],
        "trigger": {"type": "manual"},
        "enabled": True,
    },
    "CreateInstanceResourceTags": _TAGS,
    "CreateInstanceRetentionPolicy": _RETENTION,
    "CreateInstanceSignPolicy": _SIGNATURE,
    "CreateInstanceWebhook": _WEBHOOK,
    "CreateSubResourceTags": _TAGS,
    "DeleteInstance": {"delete_obs": False},
    "DeleteInstanceResourceTags": _TAGS,
    "DeleteSubResourceTags": _TAGS,
    "ExecuteGcSchedule": {"schedule": {"type": "Manual"}, "parameters": {"dry_run": True}},
    "ExecuteInstanceReplicationPolicy": {"policy_id": "{replication_id}"},
    "ExecuteInstanceRetentionPolicy": {"dry_run": True},
    "ListInstanceResourceInstances": {"tags": [{"key": "team", "values": ["red"]}]},
    "ListSubResourceInstances": {"tags": [{"key": "team", "values": ["red"]}]},
    "ShowInstanceResourceInstancesCount": {"tags": [{"key": "team", "values": []}]},
    "ShowSubResourceInstancesCount": {"tags": []},
    "UpdateDomainName": {"certificate_id": "2"},
    "UpdateGcSchedule": {"schedule": {"type": "Custom", "cron": "0 0 3 * * *"}, "parameters": {"workers": 1}},
    "UpdateImmutableRule": {"disabled": True},
    "UpdateInstanceConfiguration": {"anonymous_access": False},
    "UpdateInstanceEndpointPolicy": {"ip_list": [{"ip": "127.0.0.0/8", "description": "here"}]},
    "UpdateInstanceLtCredential": {"enable": False},
    "UpdateInstanceNamespace": {"metadata": {"auto_scan": "true", "severity": "high"}},
    "UpdateInstanceRegistry": {"description": "the other one"},
    "UpdateInstanceReplicationPolicy": {"description": "copies"},
    "UpdateInstanceRepository": {"description": "the app"},
    "UpdateInstanceRetentionPolicy": {"enabled": False},
    "UpdateInstanceSignPolicy": {"enabled": False},
    "UpdateInstanceWebhook": {"description": "a hook"},
    "UpdateInternalEndpointConnections": {"endpoints": ["e"], "action": "receive"},
    "UpdateInternalEndpointPermissions": {"permissions": ["*"], "action": "add", "permission_type": "domainId"},
}

_QUERY = {"ListAuditLogs": {"operation": "create"}}

_FAMILY = (
    ("ImmutableRule", "immutable"),
    ("Retention", "retention"),
    ("Sign", "signature"),
    ("Webhook", "webhook"),
    ("Replication", "replication"),
    ("Registr", "registry"),
)

_FIRST = ("CreateInstanceNamespace", "PUSH", "CreateInstanceRegistry")
_RANKS = ("Create", "Add", "Start", "Execute", "Update", "List", "Show", "Stop", "Delete")
_LAST = ("DeleteInstanceTag", "DeleteInstanceArtifact", "DeleteInstanceRepository", "DeleteInstanceNamespace")


@dataclass(frozen=True)
class SdkOperation:
    """One operation as the SDK has it."""

    name: str
    method: str
    path: str
    call: str


@dataclass
class Outcome:
    """What came of a call: its status, and the SDK's error code."""

    status: int
    code: str = ""
    message: str = ""


def sdk_operations() -> list[SdkOperation]:
    """Return the Enterprise Edition's operations of the SDK's client, by reflection."""
    found = []
    for name in dir(_MODELS.SwrClient):
        if not name.endswith("_http_info"):
            continue
        source = inspect.getsource(getattr(_MODELS.SwrClient, name))
        method = re.search(r'"method": "(\w+)"', source)
        path = re.search(r'"resource_path": "([^"]+)"', source)
        response = re.search(r'"response_type": "(\w+)Response"', source)
        assert method and path and response
        # The Basic edition is another API (swr-api.md, section 0).
        if not path[1].startswith("/v2/manage"):
            call = name.removeprefix("_").removesuffix("_http_info")
            found.append(SdkOperation(name=response[1], method=method[1], path=path[1], call=call))
    return found


def in_order(operations: list[SdkOperation]) -> list[SdkOperation]:
    """Return *operations* with what makes things first, and what removes them last."""

    def key(one: SdkOperation) -> tuple[int, int, str]:
        if one.name in _FIRST:
            return (0, _FIRST.index(one.name), "")
        if one.name in _LAST:
            return (9, _LAST.index(one.name), "")
        rank = next(number for number, start in enumerate(_RANKS, 1) if one.name.startswith(start))
        # A policy goes before what it uses, and tasks come before what is in them.
        late = one.name == "DeleteInstanceRegistry" or "task_id" in one.path
        return (1, rank, ("z" if late else "") + one.name)

    return sorted(operations, key=key)


@dataclass
class Scenario:
    """Calls operations one after another and remembers the numbers of what they made."""

    client: Any
    values: dict[str, Any]
    made: dict[str, Any] = field(default_factory=dict)

    def call(self, operation: SdkOperation) -> Outcome:
        """Call one operation."""
        request = getattr(_MODELS, operation.name + "Request")()
        family = next((name for part, name in _FAMILY if part in operation.name), "")
        for attribute in request.openapi_types:
            if attribute == "body":
                request.body = self._body(BODIES.get(operation.name, {}))
            elif attribute == "policy_id":
                request.policy_id = self.made.get(f"{family}_id", 0)
            elif attribute == "execution_id":
                request.execution_id = self.made.get(f"{family}_run", 0)
            elif attribute == "task_id":
                request.task_id = self.made.get(f"{family}_task", 0)
            elif attribute in self.values or attribute in self.made:
                setattr(request, attribute, self.made.get(attribute, self.values.get(attribute)))
        for name, value in _QUERY.get(operation.name, {}).items():
            setattr(request, name, value)
        try:
            answer = getattr(self.client, operation.call)(request)
        except ServiceResponseException as error:
            return Outcome(status=error.status_code, code=error.error_code, message=error.error_msg)
        self._remember(operation, family, answer)
        return Outcome(status=answer.status_code)

    def _remember(self, operation: SdkOperation, family: str, answer: Any) -> None:
        number = getattr(answer, "id", None)
        if operation.name.startswith("Execute") and family:
            self.made[f"{family}_run"] = number
        elif operation.name == "ExecuteGcSchedule":
            self.made["gc_id"] = number
        elif operation.name.startswith("Create") and family:
            self.made[f"{family}_id"] = number
            self.made[{"immutable": "immutable_rule_id", "registry": "registry_id"}.get(family, "other")] = number
        elif operation.name == "CreateInstanceLtCredential":
            self.made["credential_id"] = answer.token_id
        elif operation.name.endswith("Tasks") and getattr(answer, "tasks", None) and family:
            self.made[f"{family}_task"] = answer.tasks[0].id

    def _body(self, body: Any) -> Any:
        if isinstance(body, dict):
            return {key: self._body(value) for key, value in body.items()}
        if isinstance(body, list):
            return [self._body(one) for one in body]
        if isinstance(body, str) and body.startswith("{") and body.endswith("_id}"):
            return self.made[body[1:-1]]
        return body
