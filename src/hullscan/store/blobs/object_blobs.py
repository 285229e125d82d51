"""Blobs in an object store (S3 and what speaks like it, Google's, Azure's), by obstore."""

import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Final, cast

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url

from hullscan.errors import NotFound, StoreError
from hullscan.model.image import Digest, parse_digest
from hullscan.store.blobs.blob_store import StoredBlob

_CHUNK: Final = 4 * 1024 * 1024


class ObjectBlobs:
    """
    ``ALGORITHM/first two digits/all digits`` under *url*, such as ``s3://bucket/prefix``; see `BlobStore`.

    Credentials and endpoints come from the environment, as obstore's documentation says (``AWS_ENDPOINT`` and the like).

    Raises (from all):
        StoreError: The store is away, or refused.
    """

    def __init__(self, url: str) -> None:
        try:
            self._store: ObjectStore = from_url(url)
        except (BaseError, ValueError) as error:
            raise StoreError(f"HULLSCAN_BLOBS_URL {url!r} cannot be used: {error}") from error

    def local_path(self, digest: str) -> Path | None:
        """See `BlobStore`."""
        parse_digest(digest)
        return None

    def size(self, digest: str) -> int | None:
        """See `BlobStore`."""
        try:
            return obstore.head(self._store, _key(digest))["size"]
        except FileNotFoundError:
            return None
        except BaseError as error:
            raise _away(digest, error) from error

    def open(self, digest: str) -> IO[bytes]:
        """See `BlobStore`."""
        if self.size(digest) is None:
            raise NotFound(f"the blob {digest} is not in the store")
        return cast(IO[bytes], io.BufferedReader(_Stream(self.read(digest)), _CHUNK))

    def read(self, digest: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """See `BlobStore`."""
        size = self.size(digest)
        if size is None:
            raise NotFound(f"the blob {digest} is not in the store")
        end = size if stop is None else min(stop, size)
        try:
            while start < end:
                step = min(_CHUNK, end - start)
                yield bytes(obstore.get_range(self._store, _key(digest), start=start, length=step))
                start += step
        except FileNotFoundError as error:
            raise NotFound(f"the blob {digest} is not in the store") from error
        except BaseError as error:
            raise _away(digest, error) from error

    def put(self, digest: str, data: bytes) -> None:
        """See `BlobStore`."""
        try:
            obstore.put(self._store, _key(digest), data)
        except BaseError as error:
            raise _away(digest, error) from error

    def adopt(self, path: Path, digest: str) -> None:
        """See `BlobStore`."""
        try:
            obstore.put(self._store, _key(digest), path)
            path.unlink()
        except (BaseError, OSError) as error:
            raise _away(digest, error) from error

    def delete(self, digest: str) -> None:
        """See `BlobStore`."""
        try:
            obstore.delete(self._store, _key(digest))
        except FileNotFoundError:
            return
        except BaseError as error:
            raise _away(digest, error) from error

    def stored(self) -> Iterator[StoredBlob]:
        """See `BlobStore`."""
        try:
            for page in obstore.list(self._store):
                for entry in page:
                    parts = entry["path"].split("/")
                    if len(parts) == 3 and parts[0].startswith("sha"):
                        digest = Digest(f"{parts[0]}:{parts[2]}")
                        yield StoredBlob(digest, entry["size"], entry["last_modified"])
        except BaseError as error:
            raise StoreError(f"the object store cannot be listed: {error}") from error

    def leftovers(self, before: datetime) -> Iterator[Path]:
        """See `BlobStore`: an object is whole or not there."""
        return iter(())


class _Stream(io.RawIOBase):
    """Pieces as a stream that is read from front to back."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def readable(self) -> bool:
        """True."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """See `io.RawIOBase`."""
        if not self._rest:
            self._rest = next(self._pieces, b"")
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def _key(digest: str) -> str:
    algorithm, _, encoded = parse_digest(digest).partition(":")
    return f"{algorithm}/{encoded[:2]}/{encoded}"


def _away(digest: str, error: Exception) -> StoreError:
    return StoreError(f"the object store did not do what was asked of {digest}: {error}")
