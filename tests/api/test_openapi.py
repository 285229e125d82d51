"""The description at ``/openapi.json`` is whole: clients are generated from it."""

import importlib
import inspect
import re
from typing import Any

import pytest

from api.conftest import Server
from api.swr_scenario import SdkOperation, sdk_operations

_SDK = importlib.import_module("huaweicloudsdkswr.v2")
_OPEN = (("/", "get"), ("/v2.0", "get"), ("/v3/auth/tokens", "post"))
_BASIC = ("ListRepoDetails", "ListRepositoryTag", "ListSharedRepoDetails")
"""Of the Basic edition, whose API this is not."""
_KINDS = {"str": "string", "int": "integer", "bool": "boolean"}


def test_every_operation_is_described(server: Server) -> None:
    """Each parameter of a path is declared, once; credentials and errors are told; names are unique."""
    with server.client() as client:
        schema = client.get("/openapi.json").json()
        again = client.get("/openapi.json").json()

    assert schema == again
    assert schema["openapi"].startswith("3.1")
    names = []
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            names.append(operation["operationId"] if path != "/" else "")
            declared = [one["name"] for one in operation["parameters"] if one["in"] == "path"]
            assert sorted(declared) == sorted(re.findall(r"{(\w+)}", path)), path
            assert "default" in operation["responses"], path
            assert "requestBody" not in operation or method != "get", path
            assert "security" in operation or (path, method) in _OPEN
    assert len(names) == len(set(names)) > 120


@pytest.mark.parametrize("operation", sdk_operations(), ids=lambda one: one.name)
def test_requests_have_what_the_sdk_sends(server: Server, operation: SdkOperation) -> None:
    """Query parameters and fields of the body, by name and kind; the SDK's own models are the reference."""
    if operation.name in _BASIC:
        return
    source = inspect.getsource(getattr(_SDK.SwrClient, f"_{operation.call}_http_info"))
    request = getattr(_SDK, operation.name + "Request").openapi_types
    query = {name: _kind(request[name]) for name in re.findall(r"query_params\.append\(\('(\w+)'", source)}
    fields = getattr(_SDK, request["body"]).openapi_types if "body" in request else {}

    described = _described(server)[operation.name]

    assert {one["name"]: one["schema"]["type"] for one in described["parameters"] if one["in"] == "query"} == {
        # A marker is a number in one list and a text in others: what the page before said.
        name: "string" if name == "marker" else kind
        for name, kind in query.items()
    }
    body = described.get("requestBody", {"content": {"application/json": {"schema": {"properties": {}}}}})
    properties = body["content"]["application/json"]["schema"]["properties"]
    # A field that is null counts as one that is not there.
    assert {name: one["type"] for name, one in properties.items()} == {
        name: [_kind(kind), "null"] for name, kind in fields.items()
    }


def _described(server: Server) -> dict[str, Any]:
    with server.client() as client:
        paths = client.get("/openapi.json").json()["paths"]
    return {one["operationId"]: one for operations in paths.values() for one in operations.values()}


def _kind(text: str) -> str:
    return "array" if text.startswith("list[") else _KINDS.get(text, "object")
