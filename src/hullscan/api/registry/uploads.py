"""Uploads of blobs: in one piece or in chunks, or none at all where the blob is mounted from another repository."""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Final

from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from hullscan.api.registry.access import Access, Place
from hullscan.api.registry.answers import Refused, empty
from hullscan.api.registry.references import read_digest
from hullscan.errors import Conflict, DigestMismatch, NotFound, QuotaExceeded, StoreError
from hullscan.model.image import Digest
from hullscan.services.artifacts.uploads import Uploads
from hullscan.services.context import Context, now
from hullscan.services.rules.quota import check_blob, check_bytes, room
from hullscan.services.scans.scan import look_again
from hullscan.store.blobs.repository_blobs import blob_size, link_blob
from hullscan.store.database import reading, writing

_GATHER_BYTES: Final = 1024 * 1024
_MOST_CHUNKS: Final = 1024
"""A client may send any number of small ones, and each takes some fifty bytes more than it holds."""

_CONTENT_RANGE: Final = re.compile(r"(?:bytes[ =])?(\d+)-(\d+)(?:/(?:\d+|\*))?")


class BlobUploads:
    """Handlers of ``/v2/NAME/blobs/uploads/…``."""

    def __init__(self, context: Context, access: Access) -> None:
        self._context = context
        self._access = access
        self._uploads = Uploads(context)
        self._counting = threading.Lock()

    async def begin(self, request: Request, name: str) -> Response:
        """``POST …/blobs/uploads/``: begin, or do it all at once (``digest``), or mount (``mount``)."""
        place, repository = await to_thread.run_sync(self._place_to_push, request, name)
        query = request.query_params
        if "mount" in query:
            mounted = await to_thread.run_sync(
                self._mount, request, name, place, repository, query["mount"], query.get("from", "")
            )
            if mounted is not None:
                return _created(place, mounted)
        digest = read_digest(query["digest"]) if "digest" in query else None
        room = await to_thread.run_sync(self._room, place)
        upload_id = await to_thread.run_sync(self._uploads.begin, repository)
        if digest is None:
            return _accepted(place, upload_id, 0, 202)
        try:
            await self._receive(request, place, upload_id, room)
            await to_thread.run_sync(self._finish, place, repository, upload_id, digest)
        except (ClientDisconnect, StoreError):
            # Nobody was told its address, so nobody can go on with it.
            await to_thread.run_sync(self._uploads.cancel, upload_id)
            raise
        return _created(place, digest)

    async def patch(self, request: Request, name: str, upload_id: str) -> Response:
        """``PATCH``: the next chunk, or a stream of unsaid length."""
        place, repository = await to_thread.run_sync(self._place_to_push, request, name)
        with self._alone(upload_id):
            # Not before: a request whose line broke may still be writing what came by it.
            received = await to_thread.run_sync(self._received, repository, upload_id)
            self._check_order(request, place, upload_id, received)
            room = await to_thread.run_sync(self._room, place, received)
            received += await self._receive(request, place, upload_id, room)
        return _accepted(place, upload_id, received, 202)

    async def put(self, request: Request, name: str, upload_id: str) -> Response:
        """
        ``PUT``: the last chunk, perhaps empty, and the digest.

        One that is sent again, since its answer was lost, is answered again (GoogleContainerTools/jib#4301).
        """
        place, repository = await to_thread.run_sync(self._place_to_push, request, name)
        digest = read_digest(request.query_params.get("digest", ""))
        with self._alone(upload_id):
            try:
                received = await to_thread.run_sync(self._received, repository, upload_id)
            except Refused:
                if await to_thread.run_sync(self._is_seen, repository, digest):
                    return _created(place, digest)
                raise
            self._check_order(request, place, upload_id, received)
            room = await to_thread.run_sync(self._room, place, received)
            await self._receive(request, place, upload_id, room)
            await to_thread.run_sync(self._finish, place, repository, upload_id, digest)
        return _created(place, digest)

    def status(self, request: Request, name: str, upload_id: str) -> Response:
        """``GET``: how much has come."""
        place, repository = self._place_to_push(request, name)
        return _accepted(place, upload_id, self._received(repository, upload_id), 204)

    def cancel(self, request: Request, name: str, upload_id: str) -> Response:
        """``DELETE``: forget it."""
        _, repository = self._place_to_push(request, name)
        self._received(repository, upload_id)
        self._uploads.cancel(upload_id)
        return Response(None, 204)

    def _place_to_push(self, request: Request, name: str) -> tuple[Place, int]:
        place = self._access.place(request, name, "push")
        return place, self._access.repository_id(place)

    def _mount(
        self, request: Request, name: str, place: Place, repository: int, digest_text: str, source: str
    ) -> Digest | None:
        digest = read_digest(digest_text)
        if source:
            try:
                found = self._access.place(request, source, "pull").repository
            except Refused as refused:
                if refused.status == 401:
                    # The token is good, but not for the source: the client is told to ask for one that is for both.
                    raise self._access.wider(request, name, source) from refused
                return None
            sources = [found.id] if found is not None else []
        else:
            sources = self._access.repositories_with(request, digest)
        is_here = self._context.blobs.size(digest) is not None
        with writing(self._context.engine) as connection:
            sizes = [size for one in sources if (size := blob_size(connection, one, digest)) is not None]
            if not sizes or not is_here:
                return None
            with _counted():
                check_blob(connection, place.space, digest, sizes[0])
            link_blob(connection, repository, digest, now())
        return digest

    def _room(self, place: Place, received: int = 0) -> int | None:
        """Return how many bytes may still come, None for any number."""
        if place.space.quota_bytes is None:
            return None
        with reading(self._context.engine) as connection:
            left = room(connection, place.space)
        _check_room(place, left, received)
        return None if left is None else left - received

    async def _receive(self, request: Request, place: Place, upload_id: str, room: int | None) -> int:
        """Append the body as it comes; what came is written and hashed while more is gathered."""
        length = request.headers.get("content-length", "")
        _check_room(place, room, int(length) if length.isdecimal() else 0)
        gathered: list[bytes] = []
        held = total = 0
        pending: asyncio.Task[None] | None = None

        async def hand_over() -> None:
            nonlocal pending, gathered, held
            if pending is not None:
                await pending
            chunks, gathered, held = gathered, [], 0
            pending = asyncio.create_task(to_thread.run_sync(self._uploads.append, upload_id, chunks))

        try:
            async for chunk in request.stream():
                total += len(chunk)
                if room is not None and total > room:
                    if pending is not None:
                        await pending
                    await to_thread.run_sync(self._uploads.cancel, upload_id)
                    _check_room(place, room, total)
                gathered.append(chunk)
                held += len(chunk)
                if held >= _GATHER_BYTES or len(gathered) == _MOST_CHUNKS:
                    await hand_over()
        except ClientDisconnect:
            # What came before the line broke stays, and the upload can be resumed.
            if held:
                await hand_over()
            if pending is not None:
                await pending
            raise
        if held:
            await hand_over()
        if pending is not None:
            await pending
        return total

    def _finish(self, place: Place, repository: int, upload_id: str, digest: Digest) -> None:
        # Uploads that came at once were each told of the same room.
        with self._counting if place.space.quota_bytes is not None else nullcontext():
            self._check_whole(place, repository, upload_id, digest)
            self._make(repository, upload_id, digest)
        if self._context.settings.sparse_manifests:
            look_again(self._context, digest)

    def _check_whole(self, place: Place, repository: int, upload_id: str, digest: Digest) -> None:
        if place.space.quota_bytes is None:
            return
        size = self._received(repository, upload_id)
        try:
            with _counted(), reading(self._context.engine) as connection:
                check_blob(connection, place.space, digest, size)
        except Refused:
            self._uploads.cancel(upload_id)
            raise

    def _is_seen(self, repository: int, digest: Digest) -> bool:
        with reading(self._context.engine) as connection:
            found = blob_size(connection, repository, digest)
        return found is not None and self._context.blobs.size(digest) == found

    def _make(self, repository: int, upload_id: str, digest: Digest) -> None:
        try:
            self._uploads.finish(repository, upload_id, digest)
        except NotFound as error:
            raise Refused("BLOB_UPLOAD_UNKNOWN", str(error)) from error
        except DigestMismatch as error:
            raise Refused("DIGEST_INVALID", str(error)) from error

    def _received(self, repository: int, upload_id: str) -> int:
        try:
            return self._uploads.received(repository, upload_id)
        except NotFound as error:
            raise Refused("BLOB_UPLOAD_UNKNOWN", str(error)) from error

    def _alone(self, upload_id: str) -> "_Alone":
        return _Alone(self._uploads, upload_id)

    def _check_order(self, request: Request, place: Place, upload_id: str, received: int) -> None:
        text = request.headers.get("content-range", "")
        if not text:
            return
        found = _CONTENT_RANGE.fullmatch(text.strip())
        if found is None or int(found[1]) != received or int(found[2]) < int(found[1]):
            raise Refused(
                "RANGE_INVALID",
                f"the next byte is {received}, not {text}",
                headers=_upload_headers(place, upload_id, received),
            )
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length) != int(found[2]) - int(found[1]) + 1:
            raise Refused("SIZE_INVALID", "Content-Range and Content-Length differ")


class _Alone:
    """`Uploads.alone` with the registry's error."""

    def __init__(self, uploads: Uploads, upload_id: str) -> None:
        self._manager = uploads.alone(upload_id)

    def __enter__(self) -> None:
        try:
            self._manager.__enter__()
        except Conflict as error:
            raise Refused("BLOB_UPLOAD_INVALID", str(error), status=409) from error

    def __exit__(self, *exc: object) -> None:
        self._manager.__exit__(None, None, None)


def _check_room(place: Place, left: int | None, size_bytes: int) -> None:
    with _counted():
        check_bytes(place.space, left, size_bytes)


@contextmanager
def _counted() -> Iterator[None]:
    """
    Raises:
        Refused: The namespace has no room.
    """
    try:
        yield
    except QuotaExceeded as error:
        raise Refused("DENIED", str(error)) from error


def _upload_headers(place: Place, upload_id: str, received: int) -> dict[str, str]:
    return {
        "Location": f"/v2/{place.space.name}/{place.name}/blobs/uploads/{upload_id}",
        "Range": f"0-{max(received - 1, 0)}",
        "Docker-Upload-UUID": upload_id,
    }


def _accepted(place: Place, upload_id: str, received: int, status: int) -> Response:
    headers = _upload_headers(place, upload_id, received)
    return Response(None, 204, headers) if status == 204 else empty(status, headers)


def _created(place: Place, digest: Digest) -> Response:
    return empty(
        201,
        {
            "Location": f"/v2/{place.space.name}/{place.name}/blobs/{digest}",
            "Docker-Content-Digest": digest,
        },
    )
