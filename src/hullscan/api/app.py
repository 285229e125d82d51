"""The whole service as one ASGI application: IAM, SWR, the registry, health."""

import re
from typing import Final

import structlog
from fastapi import Request
from prometheus_client import CollectorRegistry, Counter, generate_latest
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hullscan.api.bodies import Bodies
from hullscan.api.errors import ApiError, GatewayError, error_response, json_response, new_request_id, no_such_api
from hullscan.api.fleet import fleet_router
from hullscan.api.iam import iam_router
from hullscan.api.openapi import DescribedApi
from hullscan.api.proxies import Proxies
from hullscan.api.registry.answers import cut_off, unforeseen
from hullscan.api.registry.app import RegistryApp, is_registry_path
from hullscan.api.swr.report import Reports
from hullscan.api.swr.routes import swr_router
from hullscan.services.access.accounts import Accounts
from hullscan.services.artifacts.pulls import Pulls
from hullscan.services.context import Context
from hullscan.services.peers.proxy import Proxy

_SWR: Final = re.compile(r"/v2/(?:[0-9a-f]{32}|%7B[^/]*|\{[^/]*)/|/v2/instances/")
"""Addresses of SWR among those under ``/v2/``; namespaces may not have such names (`services.artifacts.namespaces`)."""

_MISNAMED: Final = re.compile(r"/v2/[^/]+/(?:instances|jobs|repositories|feature-gates)(?:/.*)?")
"""Addresses of SWR whose project is none; SWR says so, in its own words."""

_REPORT: Final = re.compile(
    r"/v2/(?P<project_id>[^/]+)/instances/(?P<instance_id>[^/]+)/namespaces/(?P<namespace_name>[^/]+)"
    r"/repositories/(?P<repository_name>[^/]+)/artifacts/(?P<reference>[^/]+)/vulnerabilities"
)

_NUL: Final = re.compile(r"%(?:25)*00")
"""What no name holds, and PostgreSQL's texts cannot; the registry's names are checked letter by letter."""

_LARGEST_BODY: Final = 1024 * 1024

_log = structlog.get_logger()


class App:
    """
    Hands each request to its API by the address as it came over the wire, undecoded.

    Every answer carries ``X-Request-Id``; an error that nobody foresaw is logged with it and answered 500.
    """

    def __init__(self, context: Context) -> None:
        accounts = Accounts(context)
        self._accounts = accounts
        self._reports = Reports(context)
        self.pulls = Pulls(context)
        self.proxy = Proxy(context)
        self.bodies = Bodies()
        self._registry = RegistryApp(context, accounts, self.pulls, self.proxy)
        self._proxies = Proxies(context.settings.trusted_proxies)
        self._api = _api(context, accounts, self._reports)
        self._metrics = CollectorRegistry()
        self._requests = Counter("hullscan_requests", "Requests answered", ["api", "status"], registry=self._metrics)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._api(scope, receive, send)
            return
        raw = scope.get("raw_path") or scope["path"].encode()
        path = raw.decode("latin-1").partition("?")[0]
        request_id = new_request_id()
        scope = {**self._proxies.apply(scope), "path": path, "hullscan.request_id": request_id}
        name, app = self._choose(path)
        if name != "registry" and (_NUL.search(path) or b"%00" in scope["query_string"]):
            name, app = "other", error_response(ApiError(400, "4000014", "The address holds a NUL"), request_id)
        started = False
        body = self.bodies.of(scope, receive)

        async def send_with_id(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
                if not await body.is_read() and scope.get("http_version") == "1.1":
                    message["headers"].append((b"connection", b"close"))
                self._requests.labels(name, str(message["status"])).inc()
            await send(message)

        try:
            quick = self._quick_report(scope, path) if name == "swr" else None
            await (quick or app)(scope, body.receive if name == "registry" else _limited(body.receive), send_with_id)
            if body.cut and not started:
                await cut_off(body.cut)(scope, receive, send_with_id)
        except Exception as error:  # noqa: BLE001 (a request's edge: logged with its traceback, answered 500)
            _log.exception("request failed", request_id=request_id, path=path)
            if not started:
                answer = unforeseen() if name == "registry" else error_response(_api_error(error), request_id)
                await answer(scope, receive, send_with_id)

    def _quick_report(self, scope: Scope, path: str) -> Response | None:
        """The seed's operation for a client with a token, where nothing has to be rendered or refused."""
        found = _REPORT.fullmatch(path)
        if found is None or scope["method"] != "GET":
            return None
        request = Request(scope)
        token = request.headers.get("x-auth-token")
        if token is None or "authorization" in request.headers:
            return None
        caller = self._accounts.remembered_token(token)
        return self._reports.quick_answer(request, caller, found.groupdict()) if caller is not None else None

    def _choose(self, path: str) -> tuple[str, ASGIApp]:
        if _SWR.match(path) or (_MISNAMED.fullmatch(path) and not is_registry_path(path)):
            return "swr", self._api
        if path == "/v2" or path.startswith("/v2/"):
            return "registry", self._registry
        if path == "/metrics":
            return "metrics", self._send_metrics
        return "iam" if path.startswith(("/v3/", "/v5/")) else "other", self._api

    async def _send_metrics(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = Response(generate_latest(self._metrics), 200, {"Content-Type": "text/plain; version=0.0.4"})
        await answer(scope, receive, send)


def _limited(receive: Receive) -> Receive:
    """Refuse a body that is larger than any of the APIs' requests; the registry has limits of its own."""
    total = 0

    async def limited() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > _LARGEST_BODY:
            raise GatewayError(413, "APIGW.0201", f"The request entity is too large: more than {_LARGEST_BODY} bytes")
        return message

    return limited


def _api(context: Context, accounts: Accounts, reports: Reports) -> ASGIApp:
    api = DescribedApi(
        title="hullscan",
        description="Artifact scans as SWR Enterprise Edition answers them.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )

    @api.get("/healthz", include_in_schema=False)
    def health() -> Response:
        return json_response({"status": "ok"})

    @api.get("/", operation_id="ListApiVersions")
    def versions() -> Response:
        return json_response({"versions": [_VERSION]})

    @api.get("/v2.0", operation_id="ShowApiVersion")
    def version() -> Response:
        return json_response({"version": _VERSION})

    api.include_router(iam_router(accounts))
    api.include_router(swr_router(context, accounts, reports))
    api.include_router(fleet_router(context, accounts))

    async def answer(request: Request, error: Exception) -> Response:
        return error_response(_api_error(error), request.scope["hullscan.request_id"])

    for kind in (ApiError, HTTPException, Exception):
        api.add_exception_handler(kind, answer)
    return api


def _api_error(error: Exception) -> ApiError:
    if isinstance(error, ApiError):
        return error
    if isinstance(error, HTTPException):
        return no_such_api()
    return ApiError(500, "5000001", "Internal error; the server's log has more under this request's id")


_VERSION: Final = {
    "id": "v2",
    "version": "",
    "status": "CURRENT",
    "min_version": "",
    "updated": "2025-07-20T00:00:00Z",
    "links": [{"href": "/v2", "rel": "self"}],
}
