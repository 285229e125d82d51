"""Blobs in a local folder."""

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from hullscan.errors import NotFound, StoreError
from hullscan.model.image import Digest, parse_digest
from hullscan.store.blobs.blob_store import StoredBlob

_CHUNK: Final = 1024 * 1024


class LocalBlobs:
    """
    ``ALGORITHM/first two digits/all digits``; see `BlobStore`.

    Plain files and not obstore's local store: an upload becomes a blob by one rename, after its bytes have reached the
    disk, and the server sends the file itself. obstore offers none of the three.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def local_path(self, digest: str) -> Path | None:
        """See `BlobStore`."""
        path = self._path(digest)
        return path if path.is_file() else None

    def size(self, digest: str) -> int | None:
        """See `BlobStore`."""
        try:
            return self._path(digest).stat().st_size
        except FileNotFoundError:
            return None

    def open(self, digest: str) -> IO[bytes]:
        """See `BlobStore`."""
        try:
            return self._path(digest).open("rb")
        except FileNotFoundError as error:
            raise NotFound(f"the blob {digest} is not in the store") from error

    def read(self, digest: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """See `BlobStore`."""
        with self.open(digest) as stream:
            stream.seek(start)
            left = -1 if stop is None else stop - start
            while left and (chunk := stream.read(_CHUNK if left < 0 else min(_CHUNK, left))):
                left = left if left < 0 else left - len(chunk)
                yield chunk

    def put(self, digest: str, data: bytes) -> None:
        """See `BlobStore`."""
        path: Path | None = None
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._root, delete=False) as stream:
                path = Path(stream.name)
                stream.write(data)
        except OSError as error:
            if path is not None:
                path.unlink(missing_ok=True)
            raise StoreError(f"the blob {digest} could not be kept: {error.strerror}") from error
        self.adopt(path, digest)

    def adopt(self, path: Path, digest: str) -> None:
        """See `BlobStore`."""
        target = self._path(digest)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
            path.replace(target)
            _sync_folder(target.parent)
        except OSError as error:
            raise StoreError(f"the blob {digest} could not be kept: {error}") from error

    def delete(self, digest: str) -> None:
        """See `BlobStore`."""
        self._path(digest).unlink(missing_ok=True)

    def stored(self) -> Iterator[StoredBlob]:
        """See `BlobStore`."""
        for path in self._root.glob("sha*/*/*"):
            try:
                found = path.stat()
            except FileNotFoundError:
                continue
            modified = datetime.fromtimestamp(found.st_mtime, UTC)
            yield StoredBlob(Digest(f"{path.parts[-3]}:{path.name}"), found.st_size, modified)

    def leftovers(self, before: datetime) -> Iterator[Path]:
        """See `BlobStore`."""
        for path in self._root.glob("tmp*"):
            if path.is_file() and path.stat().st_mtime < before.timestamp():
                yield path

    def _path(self, digest: str) -> Path:
        algorithm, _, encoded = parse_digest(digest).partition(":")
        return self._root / algorithm / encoded[:2] / encoded


def _sync_folder(path: Path) -> None:
    """Bring a rename to the disk: without it a power cut may take the name away again."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
