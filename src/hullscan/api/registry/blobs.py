"""Blobs: read, whole or a range of them, and deleted."""

from collections.abc import AsyncIterator
from typing import Final

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from hullscan.api.conditions import UnmetRange, has_tag, wanted_range
from hullscan.api.registry.access import Access, Place
from hullscan.api.registry.answers import Refused, empty
from hullscan.api.registry.fetching import fetching
from hullscan.api.registry.references import read_digest
from hullscan.model.image import Digest
from hullscan.services.context import Context, now
from hullscan.services.peers.proxy import Proxy
from hullscan.services.upkeep.collect import DEFAULT_GRACE
from hullscan.store.blobs.repository_blobs import link_blob, seen_blob, unlink_blob
from hullscan.store.database import reading, writing

_TOUCH_AFTER: Final = DEFAULT_GRACE / 2


class Blobs:
    """Handlers of ``/v2/NAME/blobs/DIGEST``."""

    def __init__(self, context: Context, access: Access, proxy: Proxy) -> None:
        self._context = context
        self._access = access
        self._proxy = proxy

    def read(self, request: Request, name: str, reference: str) -> Response:
        """``GET`` and ``HEAD``, whole or a range."""
        place = self._access.place(request, name, "pull")
        digest = read_digest(reference)
        if place.repository is not None and self._proxy.is_proxy(place.space.name):
            with fetching():
                self._proxy.ensure_blob(place.space, place.name, digest)
        size = self._size(place, digest)
        headers = {
            "Docker-Content-Digest": digest,
            "Content-Type": "application/octet-stream",
            "Accept-Ranges": "bytes",
            "ETag": f'"{digest}"',
            "Cache-Control": "max-age=31536000, immutable",
        }
        if has_tag(request.headers, headers["ETag"]):
            return Response(None, 304, headers)
        start, stop, status = 0, size, 200
        if request.method == "GET" and (part := _range(request, size, headers["ETag"])) is not None:
            start, stop = part
            status = 206
            headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
        headers["Content-Length"] = str(stop - start)
        if request.method == "HEAD":
            return Response(None, status, headers)
        path = self._context.blobs.local_path(digest)
        if path is not None and status == 200 and "http.response.pathsend" in request.scope.get("extensions", {}):
            return _WholeFile(str(path), headers)
        return StreamingResponse(self._stream(digest, start, stop), status, headers)

    def delete(self, request: Request, name: str, reference: str) -> Response:
        """``DELETE``: hidden here; another repository that has it keeps it."""
        place = self._access.place(request, name, "delete")
        digest = read_digest(reference)
        repository = place.existing().id
        with writing(self._context.engine) as connection:
            removed = unlink_blob(connection, repository, digest)
        if not removed:
            raise Refused("BLOB_UNKNOWN", f"there is no blob {digest} here")
        return empty(202)

    async def _stream(self, digest: Digest, start: int, stop: int) -> AsyncIterator[bytes]:
        pieces = self._context.blobs.read(digest, start, stop)
        while (piece := await to_thread.run_sync(next, pieces, b"")) != b"":
            yield piece

    def _size(self, place: Place, digest: Digest) -> int:
        if place.repository is not None:
            with reading(self._context.engine) as connection:
                found = seen_blob(connection, place.repository.id, digest)
            # What the disk lost is not here: a client that is told so sends it again, which heals.
            if found is not None and self._context.blobs.size(digest) is not None:
                size, used_at = found
                if now() - used_at > _TOUCH_AFTER:
                    # The client will not send what it is told is here, so it has to stay until its manifest comes.
                    with writing(self._context.engine) as connection:
                        link_blob(connection, place.repository.id, digest, now())
                return size
        raise Refused("BLOB_UNKNOWN", f"there is no blob {digest} here")


class _WholeFile(Response):
    """A file that the server sends by itself, without passing through Python."""

    def __init__(self, path: str, headers: dict[str, str]) -> None:
        super().__init__(None, 200, headers)
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await send({"type": "http.response.pathsend", "path": self._path})


def _range(request: Request, size: int, etag: str) -> tuple[int, int] | None:
    try:
        return wanted_range(request.headers, size, etag)
    except UnmetRange as error:
        text = request.headers["range"][:100]
        raise Refused(
            "RANGE_INVALID", f"{text!r} holds no byte", headers={"Content-Range": f"bytes */{size}"}
        ) from error
