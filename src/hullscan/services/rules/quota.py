"""How much a namespace may hold."""

import sqlalchemy as sa

from hullscan.errors import QuotaExceeded
from hullscan.store.places.namespaces import NamespaceRow
from hullscan.store.places.usage import artifact_count, held_bytes, holds_blob


def room(connection: sa.Connection, space: NamespaceRow) -> int | None:
    """Return how many bytes more *space* may hold, None if there is no limit; each blob counts once in a namespace."""
    if space.quota_bytes is None:
        return None
    return max(space.quota_bytes - held_bytes(connection, space.id), 0)


def check_bytes(space: NamespaceRow, left: int | None, size_bytes: int) -> None:
    """
    Raises:
        QuotaExceeded: *size_bytes* are more than the *left* that `room` said.
    """
    if left is not None and size_bytes > left:
        raise QuotaExceeded(
            f"namespace {space.name} may hold {space.quota_bytes:,} bytes and has room for {left:,}; "
            "delete artifacts and run `hullscan gc`, or raise its quota"
        )


def check_blob(connection: sa.Connection, space: NamespaceRow, digest: str, size_bytes: int) -> None:
    """
    Raises:
        QuotaExceeded: *space* has no room for a blob that it does not show yet.
    """
    if space.quota_bytes is not None and not holds_blob(connection, space.id, digest):
        check_bytes(space, room(connection, space), size_bytes)


def check_artifact(connection: sa.Connection, space: NamespaceRow, repository_id: int, digest: str) -> None:
    """
    Raises:
        QuotaExceeded: One artifact more would be too many.
    """
    if space.quota_artifacts is None:
        return
    if artifact_count(connection, space.id, besides=(repository_id, digest)) >= space.quota_artifacts:
        raise QuotaExceeded(
            f"namespace {space.name} may hold {space.quota_artifacts} artifacts and does; delete some, or raise its quota"
        )
