"""The registry's routes."""

import re
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import unquote

from anyio import CapacityLimiter, to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from hullscan.api.registry.access import Access
from hullscan.api.registry.answers import Refused
from hullscan.api.registry.blobs import Blobs
from hullscan.api.registry.fetching import WAITING
from hullscan.api.registry.manifests import Manifests
from hullscan.api.registry.quick import QuickManifests
from hullscan.api.registry.uploads import BlobUploads
from hullscan.errors import StoreError
from hullscan.services.access.accounts import Accounts
from hullscan.services.artifacts.pulls import Pulls
from hullscan.services.context import Context
from hullscan.services.peers.proxy import Proxy

_COMPONENT: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_NAME: Final = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_LONGEST_NAME: Final = 255
_LARGEST_FORM: Final = 64 * 1024

_ROUTE: Final = re.compile(
    r"/v2/(?P<name>.+?)/(?:"
    r"(?P<kind>manifests|referrers)/(?P<reference>[^/]+)"
    r"|(?P<uploads>blobs/uploads)/?"
    r"|blobs/uploads/(?P<upload>[^/]+)"
    r"|blobs/(?P<blob>[^/]+)"
    r"|(?P<tags>tags/list))"
)

_VERSION: Final = {"Docker-Distribution-API-Version": "registry/2.0"}

Handler = Callable[[Request], Awaitable[Response]]


def is_registry_path(path: str) -> bool:
    """Say whether an address under ``/v2/`` could be a repository's."""
    return _ROUTE.fullmatch(path) is not None


class RegistryApp:
    """An ASGI application for ``/v2/`` and what lies under it, but for SWR's addresses."""

    def __init__(self, context: Context, accounts: Accounts, pulls: Pulls, proxy: Proxy) -> None:
        self._access = Access(context, accounts)
        self._proxy = proxy
        self._blobs = Blobs(context, self._access, proxy)
        self._uploads = BlobUploads(context, self._access)
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
        # Whole, as other registries do it: clients write a digest's colon as %3A, and names hold no percent sign.
        path = unquote(request.scope["path"])
        methods = self._methods(path)
        handler = methods.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            allowed = sorted({*methods, *({"HEAD"} if "GET" in methods else ())})
            message = f"{request.method} is not for this address; it knows {', '.join(allowed)}"
            raise Refused("UNSUPPORTED", message, status=405, headers={"Allow": ", ".join(allowed)})
        return await handler(request)

    def _methods(self, path: str) -> dict[str, Handler]:
        """Return what can be done at an address, by method; HEAD goes with GET."""
        blobs, uploads, manifests = self._blobs, self._uploads, self._manifests
        if path in ("/v2", "/v2/"):
            return {"GET": _in_thread(self._ping)}
        if path == "/v2/token":
            return {"GET": self._token, "POST": self._token}
        if path == "/v2/_catalog":
            return {"GET": _in_thread(manifests.catalog)}
        found = _ROUTE.fullmatch(path)
        if found is None:
            raise Refused("NAME_UNKNOWN", f"nothing is at {path[:200]}")
        name = found["name"]
        if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
            raise Refused("NAME_INVALID", f"{name[:260]!r} is no repository name")
        if found["kind"] == "manifests":
            reference = found["reference"]
            return {
                "GET": self._reading(manifests.read, name, reference),
                "PUT": lambda request: manifests.put(request, name, reference),
                "DELETE": _in_thread(manifests.delete, name, reference),
            }
        if found["kind"] == "referrers":
            return {"GET": self._reading(manifests.referrers, name, found["reference"])}
        if found["tags"]:
            return {"GET": self._reading(manifests.tags, name)}
        if found["uploads"]:
            return {"POST": lambda request: uploads.begin(request, name)}
        if upload := found["upload"]:
            return {
                "GET": _in_thread(uploads.status, name, upload),
                "PATCH": lambda request: uploads.patch(request, name, upload),
                "PUT": lambda request: uploads.put(request, name, upload),
                "DELETE": _in_thread(uploads.cancel, name, upload),
            }
        blob = found["blob"]
        return {"GET": self._reading(blobs.read, name, blob), "DELETE": _in_thread(blobs.delete, name, blob)}

    def _reading(self, handler: Callable[..., Response], name: str, *arguments: str) -> Handler:
        """Run a handler that may have to ask another registry first."""
        limiter = WAITING if self._proxy.is_proxy(name.partition("/")[0]) else None
        return _in_thread(handler, name, *arguments, limiter=limiter)

    def _ping(self, request: Request) -> Response:
        self._access.ping(request)
        return Response(b"{}", 200, {"Content-Type": "application/json"})

    async def _token(self, request: Request) -> Response:
        form = b""
        async for chunk in request.stream():
            form += chunk
            if len(form) > _LARGEST_FORM:
                raise Refused("SIZE_INVALID", f"a form has at most {_LARGEST_FORM} bytes", status=413)
        return await to_thread.run_sync(self._access.token, request, form)


def _in_thread(handler: Callable[..., Response], *arguments: str, limiter: CapacityLimiter | None = None) -> Handler:
    async def run(request: Request) -> Response:
        return await to_thread.run_sync(lambda: handler(request, *arguments), limiter=limiter)

    return run
