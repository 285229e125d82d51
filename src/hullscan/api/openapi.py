"""The service's description at ``/openapi.json``: what FastAPI knows of the routes, completed with what they have in common."""

import re
from collections.abc import Iterable
from typing import Any, Final

from fastapi import FastAPI

_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_WITH_BODY: Final = frozenset({"post", "put", "patch"})
_OPEN: Final = frozenset({("get", "/"), ("get", "/v2.0"), ("post", "/v3/auth/tokens")})
"""What answers without credentials; the last gives them."""

_ERROR: Final = {
    "type": "object",
    "description": "SWR's, IAM's and the gateway's errors (swr-api.md, section 6)",
    "properties": {
        "error_code": {"type": "string"},
        "error_msg": {"type": "string"},
        "request_id": {"type": "string"},
        "encoded_authorization_message": {"type": "string"},
    },
}

_SECURITY: Final = {
    "token": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"},
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "SDK-HMAC-SHA256, with X-Sdk-Date",
    },
}

_QUERY: Final[dict[str, dict[str, Any]]] = {
    "offset": {"type": "integer", "minimum": 0},
    "limit": {"type": "integer", "minimum": 1},
    "namespace_id": {"type": "integer", "minimum": 0},
    "policy_id": {"type": "integer", "minimum": 0},
    "registry_id": {"type": "integer", "minimum": 0},
    "is_accessory": {"type": "boolean"},
    "self_only": {"type": "boolean"},
    "with_scan_overview": {"type": "boolean"},
}
"""Parameters of the query that are no text."""

_BODY: Final[dict[str, tuple[str, ...]]] = {
    "integer": ("priority", "policy_id"),
    "boolean": (
        "anonymous_access", "delete_dns", "delete_obs", "disabled", "dry_run", "enable", "enable_intranet_access",
        "enabled", "insecure", "obs_encrypt", "override",
    ),
    "array": (
        "endpoints", "event_types", "filters", "ip_list", "permissions", "resource_tags", "rules", "scope_rules",
        "tag_selectors", "tags", "targets",
    ),
    "object": (
        "credential", "cve_allowlist", "dest_registry", "dns_conf", "metadata", "parameters", "schedule",
        "scope_selectors", "src_registry", "trigger",
    ),
}  # fmt: skip
"""Fields of bodies that are no text, by kind; what is inside of them, SWR's own documents say."""

_KIND_OF: Final = {name: kind for kind, names in _BODY.items() for name in names}


def described(*, query: Iterable[str], body: Iterable[str]) -> dict[str, Any]:
    """Return what an operation's request has beside its path, by its names."""
    parameters = [{"name": name, "in": "query", "schema": _QUERY.get(name, {"type": "string"})} for name in query]
    fields = {name: {"type": [_KIND_OF.get(name, "string"), "null"]} for name in body}
    return {
        **({"parameters": parameters} if parameters else {}),
        **({"requestBody": _json_body({"type": "object", "properties": fields})} if fields else {}),
    }


def _json_body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


class DescribedApi(FastAPI):
    """FastAPI for endpoints that read the request themselves, so that it cannot see their parameters, bodies and errors."""

    def openapi(self) -> dict[str, Any]:
        """Return the description in OpenAPI 3.1, made when it is first asked for."""
        if self.openapi_schema is None:
            _complete(super().openapi())
        return super().openapi()


def _complete(schema: dict[str, Any]) -> None:
    parts = schema.setdefault("components", {})
    parts["securitySchemes"] = _SECURITY
    parts.setdefault("schemas", {})["Error"] = _ERROR
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            operation["parameters"] = [
                *operation.get("parameters", ()),
                *({"name": name, "in": "path", "required": True, "schema": _kind(name)} for name in _names(path)),
            ]
            # SWR's operations say of their own whether there is a body; the others take what they are sent.
            if method in _WITH_BODY and "SWR" not in operation.get("tags", ()):
                operation["requestBody"] = _json_body({"type": "object"})
            if (method, path) not in _OPEN:
                operation["security"] = [{"token": []}, {"signature": []}]
            operation["responses"]["default"] = {
                "description": "The request was refused, or failed",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            }


def _names(path: str) -> list[str]:
    return _PARAMETER.findall(path)


def _kind(name: str) -> dict[str, Any]:
    if name == "repository_name":
        return {"type": "string", "minLength": 1, "description": "a slash in it as %2F or %252F"}
    return {"type": "string", "minLength": 1}
