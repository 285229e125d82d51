"""The service's description at ``/openapi.json``: what FastAPI knows of the routes, completed with what they have in common."""

import re
from typing import Any, Final

from fastapi import FastAPI

_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_WITH_BODY: Final = frozenset({"post", "put", "patch"})
_OPEN: Final = frozenset({"/", "/v3/auth/tokens"})
"""Addresses that answer without credentials (the second only to POST, which gives them)."""

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
            if method in _WITH_BODY:
                operation["requestBody"] = {"content": {"application/json": {"schema": {"type": "object"}}}}
            if not (path in _OPEN and (path == "/" or method == "post")):
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
