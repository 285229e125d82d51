"""IAM, as far as clients of SWR need it: tokens by password, their validation, projects (swr-api.md, 3.1 and 3.3)."""

from datetime import datetime
from typing import Any, Final

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response

from hullscan.api.caller import identify
from hullscan.api.errors import ApiError, json_response
from hullscan.errors import NOT_JSON, NotAuthenticated, StoreError
from hullscan.services.access.accounts import Accounts
from hullscan.services.access.callers import Caller
from hullscan.store.access.accounts import ProjectRow, TokenRow

_SCOPES: Final = frozenset({"project", "domain"})


def iam_router(accounts: Accounts) -> APIRouter:
    """Return the routes under ``/v3``."""
    router = APIRouter(tags=["IAM"])

    @router.post("/v3/auth/tokens", operation_id="KeystoneCreateUserTokenByPassword", status_code=201)
    async def create_token(request: Request) -> Response:
        return await to_thread.run_sync(_create_token, accounts, await request.body())

    @router.get("/v3/auth/tokens", operation_id="KeystoneValidateToken")
    async def validate_token(request: Request) -> Response:
        return await to_thread.run_sync(_validate_token, accounts, request, await request.body())

    @router.delete("/v3/auth/tokens", operation_id="KeystoneRevokeToken", status_code=204)
    async def revoke_token(request: Request) -> Response:
        return await to_thread.run_sync(_revoke_token, accounts, request, await request.body())

    @router.get("/v3/projects", operation_id="KeystoneListProjects")
    async def list_projects(request: Request) -> Response:
        return await to_thread.run_sync(_list_projects, accounts, request, await request.body())

    @router.get("/v3/auth/projects", operation_id="KeystoneListAuthProjects")
    async def list_auth_projects(request: Request) -> Response:
        return await to_thread.run_sync(_list_projects, accounts, request, await request.body())

    @router.get("/v3/auth/domains", operation_id="KeystoneListAuthDomains")
    async def list_domains(request: Request) -> Response:
        return await to_thread.run_sync(_list_domains, accounts, request, await request.body())

    @router.post("/v5/decode-authorization-message", operation_id="DecodeAuthorizationMessage")
    async def decode(request: Request) -> Response:
        return await to_thread.run_sync(_decode_message, accounts, request, await request.body())

    return router


def caller_of(accounts: Accounts, request: Request, body: bytes) -> Caller:
    """Return who sent *request*."""
    return identify(
        accounts,
        method=request.method,
        raw_path=request.scope["path"],
        raw_query=request.scope["query_string"].decode("latin-1"),
        headers=dict(request.headers),
        body=body,
    )


def _create_token(accounts: Accounts, body: bytes) -> Response:
    auth = _auth_object(body)
    name, password, account = _credentials(auth)
    try:
        caller = accounts.by_password(name, password, account=account)
    except NotAuthenticated as error:
        raise ApiError(401, "IAM.0101", f"The username or password is wrong: {error}") from error
    project = _scope(accounts, caller, auth.get("scope"))
    text, row = accounts.issue_token(caller, project.id if project else "")
    return json_response({"token": _token_fields(caller, row, project)}, 201, {"X-Subject-Token": text})


def _validate_token(accounts: Accounts, request: Request, body: bytes) -> Response:
    caller_of(accounts, request, body)
    subject = request.headers.get("x-subject-token", "")
    try:
        row, _ = accounts.token(subject)
    except NotAuthenticated as error:
        raise ApiError(404, "IAM.0004", f"The subject token could not be found: {error}") from error
    caller = accounts.by_token(subject)
    found = [one for one in accounts.projects_of(caller) if one.id == row.project_id]
    fields = _token_fields(caller, row, found[0] if found else None)
    return json_response({"token": fields}, 200, {"X-Subject-Token": subject})


def _revoke_token(accounts: Accounts, request: Request, body: bytes) -> Response:
    caller = caller_of(accounts, request, body)
    subject = request.headers.get("x-subject-token", "")
    try:
        _, owner = accounts.token(subject)
    except NotAuthenticated as error:
        raise ApiError(404, "IAM.0004", f"The subject token could not be found: {error}") from error
    if owner.id != caller.user_id and not caller.administrator:
        raise ApiError(403, "IAM.0003", "Only the owner or an administrator may revoke a token")
    accounts.revoke_token(subject)
    return Response(None, 204)


def _list_projects(accounts: Accounts, request: Request, body: bytes) -> Response:
    caller = caller_of(accounts, request, body)
    found = accounts.projects_of(caller, name=request.query_params.get("name", ""))
    return json_response(
        {
            "projects": [
                {
                    "id": one.id,
                    "name": one.name,
                    "domain_id": one.account_id,
                    "parent_id": one.account_id,
                    "is_domain": False,
                    "enabled": True,
                    "description": "",
                    "links": {},
                }
                for one in found
            ],
            "links": {"next": None, "previous": None},
        }
    )


def _list_domains(accounts: Accounts, request: Request, body: bytes) -> Response:
    caller = caller_of(accounts, request, body)
    domain = {"id": caller.account_id, "name": caller.account_name, "enabled": True, "description": "", "links": {}}
    return json_response({"domains": [domain], "links": {"next": None, "previous": None}})


def _decode_message(accounts: Accounts, request: Request, body: bytes) -> Response:
    caller = caller_of(accounts, request, body)
    if not caller.administrator:
        raise ApiError(403, "IAM.0003", "Only an administrator may read why something was not allowed")
    try:
        value = msgspec.json.decode(body)
    except NOT_JSON as error:
        raise ApiError(400, "IAM.0011", f"The body is no JSON: {error}") from error
    text = value.get("encoded_message") if isinstance(value, dict) else None
    if not isinstance(text, str):
        raise ApiError(400, "IAM.0011", "encoded_message is missing")
    try:
        return json_response({"decoded_message": accounts.open_reason(text)})
    except StoreError as error:
        raise ApiError(400, "IAM.0011", "encoded_message is none of this server") from error


def _auth_object(body: bytes) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(body)
    except NOT_JSON as error:
        raise ApiError(400, "IAM.0011", f"The body is no JSON: {error}") from error
    auth = value.get("auth") if isinstance(value, dict) else None
    if not isinstance(auth, dict):
        raise ApiError(400, "IAM.0011", "auth is missing")
    return auth


def _credentials(auth: dict[str, Any]) -> tuple[str, str, str]:
    identity = auth.get("identity")
    methods = identity.get("methods") if isinstance(identity, dict) else None
    if methods != ["password"]:
        raise ApiError(400, "IAM.0011", 'identity.methods must be ["password"]: no other way is supported')
    assert isinstance(identity, dict)
    password = identity.get("password")
    user = password.get("user") if isinstance(password, dict) else None
    domain = user.get("domain") if isinstance(user, dict) else None
    if (
        not isinstance(user, dict)
        or not isinstance(user.get("name"), str)
        or not isinstance(user.get("password"), str)
        or not isinstance(domain, dict)
        or not isinstance(domain.get("name"), str)
        or "\0" in user["name"] + domain["name"]
    ):
        raise ApiError(400, "IAM.0011", "password.user needs name, password and domain.name")
    return user["name"], user["password"], domain["name"]


def _scope(accounts: Accounts, caller: Caller, scope: Any) -> ProjectRow | None:
    """Exactly one of project and domain, by id or name; without a scope the token is the account's."""
    if scope is None:
        return None
    named = next(iter(scope.values())) if isinstance(scope, dict) and len(scope) == 1 else None
    if not isinstance(named, dict) or not (named.get("id") or named.get("name")) or not _SCOPES.issuperset(scope):
        raise ApiError(400, "IAM.0011", "scope is exactly one of project {id | name} and domain {id | name}")
    if "domain" in scope:
        if named.get("id", caller.account_id) == caller.account_id and (
            named.get("name", caller.account_name) == caller.account_name
        ):
            return None
        raise ApiError(401, "IAM.0101", f"The user is not of the account {named.get('id') or named.get('name')}")
    project = named
    for one in accounts.projects_of(caller):
        if project.get("id") == one.id or (not project.get("id") and project.get("name") == one.name):
            return one
    raise ApiError(401, "IAM.0101", f"There is no project {project.get('id') or project.get('name')} for this user")


def _token_fields(caller: Caller, row: TokenRow, project: ProjectRow | None) -> dict[str, Any]:
    domain = {"id": caller.account_id, "name": caller.account_name}
    fields: dict[str, Any] = {
        "expires_at": _time(row.expires_at),
        "issued_at": _time(row.issued_at),
        "methods": ["password"],
        "user": {
            "id": caller.user_id,
            "name": caller.name,
            "domain": domain,
            "password_expires_at": "",
        },
        "roles": [{"id": "0", "name": "te_admin" if caller.administrator else policy} for policy in _policies(caller)],
        "catalog": [],
    }
    if project is not None:
        fields["project"] = {
            "id": project.id,
            "name": project.name,
            "domain": {"id": project.account_id, "name": project.account_name},
        }
    else:
        fields["domain"] = domain
    return fields


def _policies(caller: Caller) -> list[str]:
    return ["te_admin"] if caller.administrator else sorted({name for _, name, _ in caller.policies})


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
