"""All of SWR's operations as routes, each with its right; the one table that tests walk."""

from collections.abc import Callable
from typing import Final

from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from hullscan.api.errors import ApiError, json_response
from hullscan.api.iam import caller_of
from hullscan.api.openapi import described
from hullscan.api.swr import (
    artifacts,
    audit,
    credentials,
    endpoints,
    gc,
    immutable,
    instances,
    jobs,
    namespaces,
    replication,
    repositories,
    resource_tags,
    retention,
    signature,
    webhooks,
)
from hullscan.api.swr.operation import Call, Operation, check_project
from hullscan.api.swr.report import Reports
from hullscan.services.access.accounts import Accounts
from hullscan.services.context import Context

_FAMILIES: Final[tuple[Operation, ...]] = (
    *artifacts.OPERATIONS,
    *repositories.OPERATIONS,
    *namespaces.OPERATIONS,
    *instances.OPERATIONS,
    *credentials.OPERATIONS,
    *immutable.OPERATIONS,
    *retention.OPERATIONS,
    *signature.OPERATIONS,
    *replication.OPERATIONS,
    *webhooks.OPERATIONS,
    *gc.OPERATIONS,
    *endpoints.OPERATIONS,
    *audit.OPERATIONS,
    *jobs.OPERATIONS,
    *resource_tags.OPERATIONS,
)

OPERATIONS: Final = tuple(sorted(_FAMILIES, key=lambda one: [part.startswith("{") for part in one.path.split("/")]))
"""Routes are tried in this order: a word goes before a parameter at the same place (`instances/tags`, an instance's id)."""

_WITHOUT_BODY: Final = (202, 204)

_REPORT_NAME: Final = "ListInstanceArtifactVulnerabilities"


def swr_router(context: Context, accounts: Accounts, reports: Reports) -> APIRouter:
    """Return the routes of SWR; path parameters arrive as they came over the wire."""
    router = APIRouter(tags=["SWR"])

    async def report(request: Request) -> Response:
        body = await request.body()
        call = await to_thread.run_sync(_call, context, accounts, request, body, "")
        return await to_thread.run_sync(reports.answer, call, request)

    router.add_api_route(artifacts.REPORT_PATH, report, methods=["GET"], operation_id=_REPORT_NAME, name=_REPORT_NAME)
    for operation in OPERATIONS:
        router.add_api_route(
            operation.path,
            _endpoint(context, accounts, operation),
            methods=[operation.method],
            operation_id=operation.name,
            name=operation.name,
            status_code=operation.status,
            response_class=Response if operation.status in _WITHOUT_BODY else JSONResponse,
            openapi_extra=described(query=operation.query, body=operation.body),
        )
    return router


def _endpoint(context: Context, accounts: Accounts, operation: Operation) -> Callable[..., object]:
    def run(request: Request, body: bytes) -> Response:
        result = operation.handle(_call(context, accounts, request, body, operation.action))
        if result is None:
            # 202 and 204 have no body; the SDK parses what there is as JSON.
            return Response(None if operation.status == 204 else b"", operation.status)
        return json_response(result, operation.status)

    async def endpoint(request: Request) -> Response:
        return await to_thread.run_sync(run, request, await request.body())

    return endpoint


def _call(context: Context, accounts: Accounts, request: Request, body: bytes, action: str) -> Call:
    """Say who calls and whether they may, before anything of the store is told."""
    caller = caller_of(accounts, request, body)
    for name in request.query_params:
        if len(request.query_params.getlist(name)) > 1:
            raise ApiError(400, "4000014", f"{name[:100]!r} is in the query twice")
    call = Call(
        context=context,
        caller=caller,
        parameters=request.path_params,
        query=request.query_params,
        body=body,
        host=request.headers.get("host", ""),
    )
    project = call.project_id
    if not caller.belongs_to(project):
        raise ApiError(403, "4030170", "Insufficient permissions: the credentials are not of this project")
    if "instance_id" in call.parameters:
        call.instance()
    else:
        check_project(context, project)
    # The administrator may do everything; for others the policies are asked about this very resource.
    if action and not caller.administrator:
        resource, keys = call.resource(), call.keys(request)
        if not caller.may(action, project, resource=resource, keys=keys):
            reason = caller.why_not(action, project, resource=resource, keys=keys)
            raise ApiError(
                403,
                "4030170",
                f"Insufficient permissions: {action} on {resource} is not granted",
                encoded=accounts.seal_reason(
                    {"action": action, "resource": resource, "user": caller.name, "reason": reason}
                ),
            )
    return call
