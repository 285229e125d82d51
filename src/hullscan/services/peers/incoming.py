"""Artifacts that come from another registry: whole, or first their manifest and what it names when that is asked for."""

from collections.abc import Callable
from dataclasses import dataclass

from hullscan.errors import DigestMismatch, HullscanError, NotFound
from hullscan.model.image import Digest, digest_of, parse_digest
from hullscan.registry.manifest import Manifest, parse_manifest
from hullscan.registry.peer import Peer
from hullscan.services.artifacts.push import accept_manifest
from hullscan.services.artifacts.uploads import Uploads
from hullscan.services.context import Context, now
from hullscan.services.rules.quota import check_blob
from hullscan.store.artifacts.artifact_rows import find_artifact
from hullscan.store.blobs.repository_blobs import seen_blobs
from hullscan.store.database import reading, writing
from hullscan.store.places.namespaces import NamespaceRow, find_namespace, list_namespaces
from hullscan.store.places.repositories import ensure_repository, find_repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """What comes from the repository *source* of *peer* into a *repository* (by its number) of *space*."""

    context: Context
    peer: Peer
    source: str
    space: NamespaceRow
    repository: int
    username: str

    def take(self, digest: str, data: bytes, kind: str, tags: tuple[str, ...]) -> None:
        """Take an artifact with all that it names."""

        def child(part: str) -> None:
            name, content, child_kind = fetch_manifest(self.peer, self.source, part)
            self.take(name, content, child_kind, ())

        hand_on(parse_manifest(data, kind), self.take_blob, child)
        self._accept(digest, data, kind, tags, sparse=False)

    def take_manifest(self, digest: str, data: bytes, kind: str, tags: tuple[str, ...]) -> None:
        """Take an artifact, and what it names not yet."""
        self._accept(digest, data, kind, tags, sparse=True)

    def take_blob(self, digest: str, size_bytes: int) -> None:
        """
        Take a blob, if it is not here.

        Raises:
            QuotaExceeded: The namespace has no room for it.
            DigestMismatch: The registry sent another content.
        """
        with reading(self.context.engine) as connection:
            if digest in seen_blobs(connection, self.repository, [digest]):
                return
            check_blob(connection, self.space, digest, size_bytes)
        uploads = Uploads(self.context)
        upload_id = uploads.begin(self.repository)
        received = 0
        try:
            for piece in self.peer.read_blob(self.source, digest):
                received += len(piece)
                if received > size_bytes:
                    raise DigestMismatch(f"the registry sends more than {size_bytes} bytes for the blob {digest}")
                uploads.append(upload_id, [piece])
            uploads.finish(self.repository, upload_id, parse_digest(digest))
        except HullscanError:
            uploads.cancel(upload_id)
            raise

    def _accept(self, digest: str, data: bytes, kind: str, tags: tuple[str, ...], *, sparse: bool) -> None:
        accept_manifest(
            self.context,
            self.space,
            self.repository,
            digest=digest,
            tags=tags,
            media_type=kind,
            data=data,
            username=self.username,
            sparse=sparse,
        )


def fetch_manifest(peer: Peer, source: str, reference: str) -> tuple[str, bytes, str]:
    """
    Return digest, bytes and media type of a manifest of the repository *source*.

    Raises:
        NotFound: There is none.
        DigestMismatch: It is another than the digest *reference* says.
    """
    data, kind = peer.manifest(source, reference)
    if ":" not in reference:
        return digest_of(data), data, kind
    if digest_of(data, reference.partition(":")[0]) != reference:
        raise DigestMismatch(f"the registry sent another manifest for {reference}")
    return reference, data, kind


def hand_on(manifest: Manifest, blob: Callable[[Digest, int], None], child: Callable[[Digest], None]) -> None:
    """Hand on what a manifest names, so that it is there before the manifest comes; layers kept elsewhere are left there."""
    for one in manifest.blobs:
        if not one.is_foreign:
            blob(one.digest, one.size_bytes)
    for one in manifest.children:
        child(one.digest)


def held_digest(context: Context, instance_id: str, full: str, reference: str) -> str:
    """Return the digest that ``NAMESPACE/REPOSITORY`` has under a tag or digest, "" if it has none."""
    space, _, name = full.partition("/")
    with reading(context.engine) as connection:
        row = find_repository(connection, instance_id, space, name)
        found = find_artifact(connection, row.id, reference) if row is not None else None
    return found.digest if found is not None else ""


def ensure_target(context: Context, instance_id: str, full: str) -> tuple[NamespaceRow, int]:
    """
    Return the namespace of ``NAMESPACE/REPOSITORY`` and the repository's number; it appears with that.

    Raises:
        NotFound: There is no such namespace.
    """
    name, _, rest = full.partition("/")
    with writing(context.engine) as connection:
        space = find_namespace(connection, instance_id, name)
        if space is None or not rest:
            known = ", ".join(row.name for row in list_namespaces(connection, instance_id))
            raise NotFound(f"namespace {name} does not exist here; make it first (there are: {known})")
        return space, ensure_repository(connection, space.id, rest, now())
