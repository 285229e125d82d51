"""The description at ``/openapi.json`` is whole: clients are generated from it."""

import re

from api.conftest import Server


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
            assert ("requestBody" in operation) == (method in ("post", "put", "patch")), path
            assert "security" in operation or (path, method) in (("/", "get"), ("/v3/auth/tokens", "post"))
    assert len(names) == len(set(names)) > 120
