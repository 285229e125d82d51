"""
Uploads of blobs: journalled and hashed in one pass, and walked as their file grows.

What arrives is appended to a file of its own at once, so a lost connection or a killed server loses nothing that came
before; the blob becomes visible by one rename after its digest was verified. Its walk may end a little later than that: whoever
needs the layer's inventory waits for it.
"""

import hashlib
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

import sqlalchemy as sa
import structlog

from hullscan.errors import Conflict, DigestMismatch, NotFound, StoreError
from hullscan.layers.budget import MIB
from hullscan.layers.memory import keep_freed_memory
from hullscan.model.image import Digest, digest_of
from hullscan.services.artifacts.early_sync import EarlySync
from hullscan.services.context import Context, now
from hullscan.services.indexing.index import keep_layer
from hullscan.services.walking.walks import Walk
from hullscan.store.blobs.repository_blobs import add_blob
from hullscan.store.database import Queue, reading, writing
from hullscan.store.tables.content import upload

_READ_BYTES: Final = 1024 * 1024
_ID_LENGTH: Final = 32

_WRITE_BYTES: Final = 128 * 1024
"""Linux keeps what is written at once in pieces of memory as large; those of a mebibyte are hard to find for it."""


_MOST_FOLLOWED: Final = 64
"""Of more uploads than that, those that stood still for longest are read once more when they end."""

_log = structlog.get_logger()


@dataclass(slots=True, eq=False)
class _Session:
    """An upload that this process has followed from its first byte."""

    running: "hashlib._Hash"
    sync: EarlySync
    walk: Walk | None = None
    received: int = 0

    def abandon(self) -> None:
        """Give its walk up."""
        walk, self.walk = self.walk, None
        if walk is not None:
            walk.abandon()


class Uploads:
    """All uploads of a server; one process follows each, another can take over from the journal."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._folder = context.settings.data_dir / "uploads"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._sessions: dict[str, _Session] = {}
        self._busy: set[str] = set()
        self._given_up: set[str] = set()
        self._lock = threading.Lock()
        keep_freed_memory(MIB)

    def begin(self, repository_id: int) -> str:
        """
        Start an upload and return its id.

        Raises:
            StoreError: The disk refused.
        """
        upload_id = uuid.uuid4().hex
        at = now()
        try:
            self._path(upload_id).touch()
        except OSError as error:
            raise StoreError(f"no upload can be begun: {error.strerror}") from error
        with writing(self._context.engine) as connection:
            connection.execute(
                sa.insert(upload).values(
                    id=upload_id, repository_id=repository_id, received_bytes=0, started_at=at, updated_at=at
                )
            )
        session = _Session(running=hashlib.sha256(), sync=EarlySync(self._path(upload_id)))
        self._follow(upload_id, session)
        return upload_id

    def received(self, repository_id: int, upload_id: str) -> int:
        """
        Return how many bytes of an upload have come.

        Raises:
            NotFound: There is no such upload in this repository.
        """
        if len(upload_id) != _ID_LENGTH or not upload_id.isalnum():
            raise NotFound(f"there is no upload {upload_id[:64]}")
        with reading(self._context.engine) as connection:
            known = connection.execute(
                sa.select(upload.c.id).where(upload.c.id == upload_id, upload.c.repository_id == repository_id)
            ).first()
        try:
            size = self._path(upload_id).stat().st_size
        except FileNotFoundError:
            known = None
        if known is None:
            raise NotFound(f"there is no upload {upload_id}: it was finished, cancelled or never begun")
        return size

    @contextmanager
    def alone(self, upload_id: str) -> Iterator[None]:
        """
        Keep an upload to one request.

        Raises:
            Conflict: Another request is sending to it.
        """
        with self._lock:
            if upload_id in self._busy:
                raise Conflict("another request is sending to this upload")
            self._busy.add(upload_id)
        try:
            yield
        finally:
            with self._lock:
                self._busy.discard(upload_id)
                given_up = upload_id in self._given_up
                self._given_up.discard(upload_id)
            if given_up:
                # The request wrote on after `cancel`, to a new file of the name.
                self._drop(upload_id)

    def append(self, upload_id: str, chunks: Sequence[bytes]) -> None:
        """
        Take the next bytes, in pieces of any size.

        Raises:
            StoreError: The disk refused; what was written stays, and the upload can be resumed from there.
        """
        session = self._leave(upload_id)
        path = self._path(upload_id)
        try:
            with path.open("ab") as stream:
                for piece in chain.from_iterable(map(_pieces, chunks)):
                    stream.write(piece)
                    if session is not None:
                        session.running.update(piece)
        except OSError as error:
            if session is not None:
                session.abandon()
            raise StoreError(f"the upload could not be kept: {error.strerror}") from error
        if session is None:
            return
        session.received += sum(map(len, chunks))
        try:
            session.sync.grown(session.received)
        except StoreError:
            self._give_up(upload_id, session)
            raise
        if session.walk is None:
            session.walk = self._context.walks.begin(path)
        session.walk.grown(session.received)
        self._follow(upload_id, session)

    def finish(self, repository_id: int, upload_id: str, digest: Digest) -> int:
        """
        Make the upload the blob *digest* and return its size; the layer's inventory is kept with it.

        Raises:
            NotFound: It was cancelled meanwhile.
            DigestMismatch: The bytes have another digest; the upload is over and must be begun anew.
        """
        path = self._path(upload_id)
        try:
            size = path.stat().st_size
        except FileNotFoundError as error:
            raise NotFound(f"there is no upload {upload_id}: it was cancelled") from error
        session = self._leave(upload_id)
        try:
            found = self._digest(path, size, digest.partition(":")[0], session)
            if found != digest:
                self.cancel(upload_id)
                raise DigestMismatch(f"the bytes received have the digest {found}, not {digest}")
            if session is not None:
                self._settle(upload_id, session)
            self._make_visible(repository_id, upload_id, digest, size)
            if session is not None and session.walk is not None and session.received == size:
                walk, session.walk = session.walk, None
                self._context.walks.finish(walk, digest, size, partial(self._keep, digest))
        finally:
            if session is not None:
                session.abandon()
        return size

    def put(self, repository_id: int, content: bytes) -> None:
        """Make *content*, which is whole and small, a blob of a repository."""
        upload_id = self.begin(repository_id)
        self.append(upload_id, [content])
        self.finish(repository_id, upload_id, digest_of(content))

    def cancel(self, upload_id: str) -> None:
        """Forget an upload and its bytes; what a request under way still sends to it goes when that ends."""
        with writing(self._context.engine) as connection:
            connection.execute(sa.delete(upload).where(upload.c.id == upload_id))
        with self._lock:
            if upload_id in self._busy:
                self._given_up.add(upload_id)
        self._drop(upload_id)

    def _drop(self, upload_id: str) -> None:
        session = self._leave(upload_id)
        if session is not None:
            session.abandon()
        self._path(upload_id).unlink(missing_ok=True)

    def _follow(self, upload_id: str, session: _Session) -> None:
        with self._lock:
            self._sessions[upload_id] = session
            idle = next(iter(self._sessions)) if len(self._sessions) > _MOST_FOLLOWED else None
            left = self._sessions.pop(idle) if idle is not None else None
        if idle is not None and left is not None:
            left.abandon()
            with suppress(StoreError):
                self._settle(idle, left)

    def _settle(self, upload_id: str, session: _Session) -> None:
        """
        Wait for the bytes under way to the disk.

        Raises:
            StoreError: Some were lost; the upload is over and must be begun anew.
        """
        try:
            session.sync.close()
        except StoreError:
            self._give_up(upload_id, session)
            raise

    def _give_up(self, upload_id: str, session: _Session) -> None:
        """Forget an upload that the disk lost bytes of: who opens its file after this would be told that all is well (fsync(2))."""
        session.abandon()
        self.cancel(upload_id)

    def _leave(self, upload_id: str) -> _Session | None:
        """Return an upload's session, which nobody else sees until it is followed again."""
        with self._lock:
            return self._sessions.pop(upload_id, None)

    def _make_visible(self, repository_id: int, upload_id: str, digest: Digest, size: int) -> None:
        path = self._path(upload_id)
        blobs = self._context.blobs
        if blobs.size(digest) is None:
            blobs.adopt(path, digest)
        with writing(self._context.engine, Queue.BLOBS) as connection:
            # Garbage collection may have taken the old copy since.
            if blobs.size(digest) is None:
                if not path.exists():
                    raise StoreError("the blob was collected while it came; send it again")
                blobs.adopt(path, digest)
            add_blob(connection, repository_id, digest, size, now())
            connection.execute(sa.delete(upload).where(upload.c.id == upload_id))
        path.unlink(missing_ok=True)

    def _keep(self, digest: Digest, body: bytes | None) -> None:
        if body is None:
            _log.warning("a process that walks layers was ended from outside; is there enough memory?", digest=digest)
        elif body:
            keep_layer(self._context, digest, body)

    def _digest(self, path: Path, size: int, algorithm: str, session: _Session | None) -> str:
        if session is not None and session.received == size and algorithm == "sha256":
            return f"sha256:{session.running.hexdigest()}"
        # Another worker began it, or the algorithm was only named now: one more pass over the journal.
        running = hashlib.new(algorithm)
        with path.open("rb") as stream:
            while chunk := stream.read(_READ_BYTES):
                running.update(chunk)
        return f"{algorithm}:{running.hexdigest()}"

    def _path(self, upload_id: str) -> Path:
        return self._folder / Path(upload_id).name


def _pieces(chunk: bytes) -> Iterator[memoryview]:
    view = memoryview(chunk)
    for start in range(0, len(view), _WRITE_BYTES):
        yield view[start : start + _WRITE_BYTES]
