"""The registry's routes."""

import re
from collections.abc import Awaitable, Callable
from typing import Final

from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hullscan.api.registry.access import Access
from hullscan.api.registry.answers import Refused, empty
from hullscan.api.registry.blobs import Blobs
from hullscan.api.registry.manifests import Manifests
from hullscan.api.registry.quick import QuickManifests
from hullscan.errors import StoreError
from hullscan.services.accounts import Accounts
from hullscan.services.context import Context
from hullscan.services.proxy import Proxy
from hullscan.services.pulls import Pulls

_COMPONENT: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_NAME: Final = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_LONGEST_NAME: Final = 255

_ROUTE: Final = re.compile(
    r"/v2/(?P<name>.+?)/(?:"
    r"(?P<kind>manifests|referrers)/(?P<reference>[^/]+)"
    r"|blobs/uploads/(?P<upload>[^/]*)"
    r"|blobs/(?P<blob>[^/]+)"
    r"|(?P<tags>tags/list))"
)

_VERSION: Final = {"Docker-Distribution-API-Version": "registry/2.0"}

Handler = Callable[[Request], Awaitable[Response]]


class RegistryApp:
    """An ASGI application for ``/v2/`` and what lies under it, but for SWR's addresses."""

    def __init__(self, context: Context, accounts: Accounts, pulls: Pulls) -> None:
        self._access = Access(context, accounts)
        self._blobs = Blobs(context, self._access)
        proxy = Proxy(context)
        self._manifests = Manifests(context, self._access, pulls, proxy)
        self._quick = QuickManifests(context, accounts, self._access.gate, pulls, proxy)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if await self._quick.answer(scope, send):
            return
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except Refused as refused:
            response = refused.response()
        except StoreError as error:
            response = Refused("INTERNAL", str(error), status=503).response()
        except ClientDisconnect:
            return
        response.headers.update(_VERSION)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        path = request.scope["path"]
        method = request.method
        if path in ("/v2", "/v2/"):
            await to_thread.run_sync(self._access.ping, request)
            return Response(b"{}", 200, {"Content-Type": "application/json"})
        if path == "/v2/token":
            form = await request.body() if method == "POST" else b""
            return await to_thread.run_sync(self._access.token, request, form)
        if path == "/v2/_catalog":
            return await to_thread.run_sync(self._manifests.catalog, request)
        found = _ROUTE.fullmatch(path)
        if found is None:
            raise Refused("NAME_UNKNOWN", f"nothing is at {path[:200]}")
        name = found["name"]
        if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
            raise Refused("NAME_INVALID", f"{name[:260]!r} is no repository name")
        handler = self._handler(method, found, name)
        if handler is None:
            return empty(405)
        return await handler(request)

    def _handler(self, method: str, found: "re.Match[str]", name: str) -> Handler | None:
        read = method in ("GET", "HEAD")
        blobs, manifests = self._blobs, self._manifests
        if found["kind"] == "manifests":
            reference = found["reference"]
            if read:
                return _in_thread(manifests.read, name, reference)
            if method == "PUT":
                return lambda request: manifests.put(request, name, reference)
            return _in_thread(manifests.delete, name, reference) if method == "DELETE" else None
        if found["kind"] == "referrers":
            return _in_thread(manifests.referrers, name, found["reference"]) if read else None
        if found["tags"]:
            return _in_thread(manifests.tags, name) if read else None
        if found["blob"]:
            if read:
                return _in_thread(blobs.read, name, found["blob"])
            return _in_thread(blobs.delete, name, found["blob"]) if method == "DELETE" else None
        upload = found["upload"]
        if not upload:
            return (lambda request: blobs.begin(request, name)) if method == "POST" else None
        if method == "PATCH":
            return lambda request: blobs.patch(request, name, upload)
        if method == "PUT":
            return lambda request: blobs.put(request, name, upload)
        if read:
            return _in_thread(blobs.status, name, upload)
        return _in_thread(blobs.cancel, name, upload) if method == "DELETE" else None


def _in_thread(handler: Callable[..., Response], *arguments: str) -> Handler:
    async def run(request: Request) -> Response:
        return await to_thread.run_sync(lambda: handler(request, *arguments))

    return run
