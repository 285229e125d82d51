"""Every refusal of SWR and IAM: its status, its code, and a body that clients can read."""

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import sqlalchemy as sa

from api.conftest import PASSWORD, Server
from builders import make_layer
from hullscan.api.swr.operation import Operation
from hullscan.api.swr.routes import OPERATIONS
from hullscan.services.access.accounts import Accounts
from hullscan.services.access.callers import Caller
from hullscan.services.access.people import attach_policy, create_user, put_policy
from hullscan.services.access.secrets import hash_password, token_digest
from hullscan.store.database import writing
from hullscan.store.tables.accounts import account, token, user

_DIGEST = "sha256:" + "a" * 64


def _path(server: Server, **changes: str) -> str:
    parts = {
        "project": server.project,
        "instance": server.instance,
        "namespace": "team",
        "repository": "errors",
        "reference": _DIGEST,
        **changes,
    }
    return (
        "/v2/{project}/instances/{instance}/namespaces/{namespace}/repositories/{repository}"
        "/artifacts/{reference}/vulnerabilities"
    ).format(**parts)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"project": "0" * 32}, 403, "SVCSTG.SWR.4030170"),
        ({"project": "my-project"}, 403, "SVCSTG.SWR.4030170"),
        ({"project": "my-project", "reference": "latest"}, 403, "SVCSTG.SWR.4030170"),
        ({"instance": "nope"}, 404, "SVCSTG.SWR.4040083"),
        ({"namespace": "nope"}, 404, "SVCSTG.SWR.4040058"),
        ({"repository": "nope"}, 404, "SVCSTG.SWR.4040010"),
        ({}, 404, "SVCSTG.SWR.4041060"),
        ({"reference": "latest"}, 400, "SVCSTG.SWR.4000013"),
        ({"reference": "sha256:12"}, 400, "SVCSTG.SWR.4000013"),
        ({"repository": "a/b"}, 404, "APIGW.0101"),
    ],
)
def test_what_is_not_there(server: Server, changes: dict[str, str], status: int, code: str) -> None:
    """Unknown project, instance, namespace, repository, digest; malformed digest, tag, address."""
    server.push("team/errors", [make_layer({"x": b""})])
    with server.client(**{"X-Auth-Token": server.token()}) as client:
        answer = client.get(_path(server, **changes))

    assert (answer.status_code, answer.json()["error_code"]) == (status, code)
    assert answer.json()["error_msg"] and answer.headers["X-Request-Id"]
    if code.startswith("SVCSTG"):
        assert answer.json()["errors"][0]["errorCode"] == code


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Auth-Token": "nonsense"},
        {"Authorization": "SDK-HMAC-SHA256 Access=nobody, SignedHeaders=host;x-sdk-date, Signature=" + "0" * 64},
    ],
    ids=["none", "bad token", "unknown key"],
)
def test_nobody(server: Server, headers: dict[str, str]) -> None:
    """Without good credentials the gateway answers, and the store is not looked into."""
    with server.client(**headers) as client:
        answer = client.get(_path(server, instance="nope"))

    assert (answer.status_code, answer.json()["error_code"]) == (401, "APIGW.0301")
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"]


def test_an_expired_token(server: Server) -> None:
    """The answer says that the token must be updated."""
    text = server.token()
    with writing(server.context.engine) as connection:
        past = datetime.now(UTC) - timedelta(minutes=1)
        connection.execute(sa.update(token).where(token.c.digest == token_digest(text)).values(expires_at=past))
    with server.client(**{"X-Auth-Token": text}) as client:
        answer = client.get(_path(server))

    assert answer.status_code == 401 and "The token must be updated" in answer.json()["error_msg"]


def test_a_body_without_end_is_refused(server: Server) -> None:
    """413, before anything of it is read as JSON; with and without a length."""
    large = b" " * (2 * 1024 * 1024)
    with server.client() as client:
        whole = client.post("/v3/auth/tokens", content=large)
        streamed = client.post("/v3/auth/tokens", content=iter([large[:1_000_000], large[1_000_000:]]))

    assert (whole.status_code, streamed.status_code) == (413, 413)
    assert whole.json()["error_code"] == "APIGW.0201"


@pytest.fixture(scope="module")
def stranger(server: Server) -> str:
    """The token of a user without any right."""
    with writing(server.context.engine) as connection:
        account_id = connection.execute(sa.select(account.c.id)).scalar_one()
        connection.execute(
            sa.insert(user).values(
                id="f" * 32,
                account_id=account_id,
                name="stranger",
                password_hash=hash_password(PASSWORD),
                administrator=False,
                enabled=True,
                created_at=datetime.now(UTC),
            )
        )
    body = {
        "auth": {
            "identity": {
                "methods": ["password"],
                "password": {"user": {"name": "stranger", "password": PASSWORD, "domain": {"name": "hullscan"}}},
            }
        }
    }
    with server.client() as client:
        return str(client.post("/v3/auth/tokens", json=body).headers["X-Subject-Token"])


@pytest.fixture(scope="module")
def member(server: Server) -> Caller:
    """A user of the project whose policies are one document, put anew by each test."""
    create_user(server.context, "member", PASSWORD)
    put_policy(server.context, "mine", json.dumps(_policy([])))
    attach_policy(server.context, "mine", project="local-1", user="member")
    return Accounts(server.context).by_password("member", PASSWORD)


def _policy(denied: list[str], allowed: tuple[str, ...] = ("*",)) -> dict[str, object]:
    statements: list[dict[str, object]] = [{"Effect": "Allow", "Action": list(allowed)}]
    if denied:
        statements.append({"Effect": "Deny", "Action": denied})
    return {"Version": "5.0", "Statement": statements}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation_asks_who_calls(server: Server, stranger: str, member: Caller, operation: Operation) -> None:
    """Each route × (nobody, another project's user, one without the action, one with nothing but it): 401, 403, 403, in."""
    values = defaultdict(
        lambda: "1",
        project_id=server.project,
        instance_id=server.instance,
        namespace_name="nowhere",
        repository_name="errors",
        reference=_DIGEST,
        resource_type="instances",
        resource_id=server.instance,
        sub_resource_type="namespaces",
    )
    path = operation.path.format_map(values)
    accounts = Accounts(server.context)

    def ask(token: str) -> httpx.Response:
        with server.client(**({"X-Auth-Token": token} if token else {})) as client:
            return client.request(operation.method, path)

    put_policy(server.context, "mine", json.dumps(_policy([operation.action] if operation.action else [])))
    without = ask(accounts.issue_token(member, server.project)[0])
    put_policy(server.context, "mine", json.dumps(_policy([], (operation.action or "swr:none:none",))))
    right = ask(accounts.issue_token(member, server.project)[0])

    assert (ask("").status_code, ask(stranger).status_code) == (401, 403)
    if operation.action:
        assert without.status_code == 403
        with server.client(**{"X-Auth-Token": server.token()}) as client:
            sealed = {"encoded_message": without.json()["encoded_authorization_message"]}
            told = client.post("/v5/decode-authorization-message", json=sealed).json()["decoded_message"]
        assert json.loads(told)["reason"] == "denied by the policy mine"
    assert right.status_code not in (401, 403, 500)


def _asked(scope: object) -> dict[str, object]:
    """The administrator's right password, for *scope*."""
    user = {"name": "admin", "password": PASSWORD, "domain": {"name": "hullscan"}}
    return {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"auth": {}}, 400),
        ({"auth": {"identity": {"methods": ["totp"]}}}, 400),
        (
            {
                "auth": {
                    "identity": {
                        "methods": ["password"],
                        "password": {"user": {"name": "x", "password": "y", "domain": {"name": "hullscan"}}},
                    }
                }
            },
            401,
        ),
        (_asked({"domain": {"name": "another"}}), 401),
        (_asked({"domain": {"id": "0" * 32}}), 401),
        (_asked({"project": {"name": "another"}}), 401),
        (_asked({"project": {"name": "local-1"}, "domain": {"name": "hullscan"}}), 400),
        (_asked({"domain": {}}), 400),
        (_asked({"domain": "hullscan"}), 400),
        (_asked({"system": {"all": True}}), 400),
        (_asked([]), 400),
        (_asked({"domain": {"name": "hullscan"}}), 201),
        (_asked({"project": {"name": "local-1"}}), 201),
    ],
)
def test_a_token_is_not_given_to_everybody(server: Server, body: dict[str, object], status: int) -> None:
    """Malformed requests, wrong passwords, scopes that are not the user's."""
    with server.client() as client:
        assert client.post("/v3/auth/tokens", json=body).status_code == status


@pytest.mark.parametrize("body", [b'{"namespace_name": "\xff"}', b"[" * 100_000, b"", b"\x00", b"[]"])
def test_a_body_that_is_no_json_object(server: Server, body: bytes) -> None:
    """Bytes that are no text and brackets without end are bad requests, to SWR, to IAM and to the registry."""
    headers = {"X-Auth-Token": server.token(), "Content-Type": "application/json"}
    with server.client(**headers) as client:
        assert client.post(f"{server.base}/namespaces", content=body).status_code == 400
        assert client.post("/v3/auth/tokens", content=body).status_code == 400
    kind = {"Content-Type": "application/vnd.oci.image.manifest.v1+json"}
    with server.registry() as client:
        answer = client.put("/v2/team/broken/manifests/1", content=body, headers=kind)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "MANIFEST_INVALID")


@pytest.mark.parametrize(
    ("method", "address", "body"),
    [
        ("GET", "{base}/namespaces/te%00am/repositories", None),
        ("GET", "{base}/namespaces/team/repositories/a%252Fb%2500/artifacts", None),
        ("GET", "{base}/namespaces?name=%00", None),
        ("GET", "/v3/projects?name=%00", None),
        ("GET", "/api/v1/artifacts?flaw=%00", None),
        ("POST", "{base}/namespaces", {"namespace_name": "a\0"}),
        ("PUT", "{base}/namespaces/team", {"cve_allowlist": {"items": [{"cve_id": "CVE\0"}]}}),
        ("POST", "/v3/auth/tokens", {"auth": {"identity": {"methods": ["password"], "password": {"user": {
            "name": "a\0", "password": "x", "domain": {"name": "hullscan"}}}}}}),
    ],
)  # fmt: skip
def test_no_name_holds_a_nul(server: Server, method: str, address: str, body: object) -> None:
    """PostgreSQL's texts cannot hold one: a bad request, never a failure."""
    with server.client(**{"X-Auth-Token": server.token()}) as client:
        answer = client.request(method, address.format(base=server.base), json=body)

    assert answer.status_code == 400
    assert answer.json()["error_code"]
