"""Blobs by digest: what a store of them does."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, NamedTuple, Protocol

from hullscan.model.image import Digest


class StoredBlob(NamedTuple):
    """A blob as its store has it."""

    digest: Digest
    size_bytes: int
    modified_at: datetime


class BlobStore(Protocol):
    """Content-addressed bytes, each complete and verified before it is seen."""

    def local_path(self, digest: str) -> Path | None:
        """Return the file that holds a blob; None if it is not there, or not in a file."""
        ...

    def size(self, digest: str) -> int | None:
        """Return a blob's size in bytes, None if it is not there."""
        ...

    def open(self, digest: str) -> IO[bytes]:
        """
        Return a blob as a stream.

        Raises:
            NotFound: It is not there.
        """
        ...

    def read(self, digest: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from *start* up to *stop* in large chunks."""
        ...

    def put(self, digest: str, data: bytes) -> None:
        """Store *data* as the blob *digest*, which the caller has verified."""
        ...

    def adopt(self, path: Path, digest: str) -> None:
        """
        Make the finished file *path* the blob *digest*, at once and for good; the file is gone afterwards.

        Raises:
            StoreError: The store refused.
        """
        ...

    def delete(self, digest: str) -> None:
        """Remove a blob; one that is not there is gone already."""
        ...

    def stored(self) -> Iterator[StoredBlob]:
        """Yield all blobs, in no order."""
        ...

    def leftovers(self, before: datetime) -> Iterator[Path]:
        """Yield files older than *before* that a killed process left half made."""
        ...
