"""Manifests accepted, tagged, deleted; and what follows from a push."""

from datetime import datetime

import sqlalchemy as sa
import structlog

from hullscan.errors import HullscanError, InvalidReference, NotFound, UnreadableInput
from hullscan.model.image import parse_digest
from hullscan.registry.manifest import Manifest, parse_pushed_manifest
from hullscan.services.context import Context, now
from hullscan.services.indexing.accessories import accessory_of
from hullscan.services.indexing.chains import chain_of
from hullscan.services.indexing.index import index_manifest
from hullscan.services.indexing.parts import parts_of
from hullscan.services.rules.events import Event, emit, start_followers
from hullscan.services.rules.immutability import refuse_immutable
from hullscan.services.rules.quota import check_artifact
from hullscan.services.scans.scan import look_again, request_scan
from hullscan.store.artifacts.artifact_rows import find_artifact, put_artifact, put_tag
from hullscan.store.artifacts.chains import put_chain
from hullscan.store.blobs.repository_blobs import seen_blobs
from hullscan.store.database import Queue, reading, writing
from hullscan.store.places.namespaces import NamespaceRow
from hullscan.store.places.repositories import find_repository_by_id
from hullscan.store.rules.audit import Act, note_acts

_log = structlog.get_logger()


class MissingBlobs(NotFound):
    """A manifest names blobs that were never pushed to its repository."""

    def __init__(self, digests: tuple[str, ...]) -> None:
        super().__init__("the manifest names blobs that were never pushed here: " + ", ".join(digests[:5]))
        self.digests = digests


def accept_manifest(
    context: Context,
    space: NamespaceRow,
    repository_id: int,
    *,
    digest: str,
    tags: tuple[str, ...],
    media_type: str,
    data: bytes,
    username: str = "",
    sparse: bool = False,
) -> Manifest:
    """
    Accept a manifest whose digest was verified, index what it names, and scan it if its namespace says so.

    With *sparse* what it names may come later, and it is scanned then.

    Raises:
        UnreadableInput: It is no manifest, or says sizes that its parts have not.
        MissingBlobs: It names what was never pushed (an instance setting accepts that, too).
        QuotaExceeded: The namespace may hold no artifact more.
        ImmutableTag: A rule holds a tag that would move.
    """
    manifest = parse_pushed_manifest(data, media_type)
    parts = parts_of(manifest)
    chain = chain_of(context, digest, manifest)
    context.blobs.put(digest, data)
    at = now()
    with writing(context.engine, Queue.BLOBS) as connection:
        if not (sparse or context.settings.sparse_manifests):
            _refuse_missing(connection, repository_id, manifest)
        check_artifact(connection, space, repository_id, digest)
        # Garbage collection may have taken an old copy that nothing named since.
        if context.blobs.size(digest) is None:
            context.blobs.put(digest, data)
        repository = find_repository_by_id(connection, repository_id)
        if repository is None:
            raise NotFound("the repository was deleted while this was pushed; push again")
        moved = [name for name in tags if _moves(connection, repository_id, name, digest)]
        refuse_immutable(connection, space, repository.name, moved)
        accessory = accessory_of(manifest, tags)
        artifact_id = put_artifact(
            connection,
            repository_id,
            {
                "digest": digest,
                "media_type": manifest.media_type,
                "config_media_type": manifest.config_media_type,
                "artifact_type": manifest.artifact_type,
                "subject": manifest.subject.digest if manifest.subject else "",
                "accessory_type": accessory[0],
                "accessory_of": accessory[1],
                "annotations": dict(manifest.annotations),
                "manifest_bytes": len(data),
                "size_bytes": len(data) + sum(part.size_bytes for part in parts),
            },
            parts,
            at,
        )
        if chain is not None:
            put_chain(connection, digest, chain)
        for name in tags:
            put_tag(connection, repository_id, name, artifact_id, at)
        full = f"{space.name}/{repository.name}"
        acts = [("artifact", f"{full}@{digest}"), *(("tag", f"{full}:{name}") for name in tags)]
        note_acts(connection, [_created(space.instance_id, kind, what, username, at) for kind, what in acts])
        if tags and not accessory[1]:
            start_followers(connection, repository, tags, at)
        emit(connection, repository, Event(type="PUSH_ARTIFACT", operator=username, digest=digest, tags=tags), at)
    _after_push(context, space, repository_id, digest, scan=space.auto_scan and not sparse)
    return manifest


def _moves(connection: sa.Connection, repository_id: int, name: str, digest: str) -> bool:
    known = find_artifact(connection, repository_id, name)
    return known is not None and known.digest != digest


def _created(instance_id: str, kind: str, what: str, username: str, at: datetime) -> Act:
    return Act(instance_id=instance_id, operation="create", resource_type=kind, resource=what, username=username, at=at)


def read_manifest(context: Context, repository_id: int, reference: str) -> tuple[str, str, bytes, int]:
    """
    Return (digest, media type, bytes, artifact id) of a manifest by tag or digest.

    Raises:
        NotFound: The repository has none of that name.
    """
    with reading(context.engine) as connection:
        row = find_artifact(connection, repository_id, reference)
    if row is None:
        raise NotFound(f"there is no manifest {reference} here")
    data = b"".join(context.blobs.read(row.digest))
    return row.digest, row.media_type, data, row.id


def _refuse_missing(connection: sa.Connection, repository_id: int, manifest: Manifest) -> None:
    blobs = [one.digest for one in manifest.blobs if not one.is_foreign]
    seen = seen_blobs(connection, repository_id, blobs)
    missing = [digest for digest in blobs if digest not in seen]
    for child in manifest.children:
        known = find_artifact(connection, repository_id, child.digest)
        if known is None:
            missing.append(child.digest)
        else:
            seen[child.digest] = known.manifest_bytes
    if missing:
        raise MissingBlobs(tuple(missing))
    for part in parts_of(manifest):
        size = seen.get(part.digest, part.size_bytes)
        if size != part.size_bytes:
            # Clients check the size before the digest (OCI `descriptor.md`): nobody could pull it.
            raise UnreadableInput(f"the manifest says {part.size_bytes} bytes for {part.digest}, which has {size}")


def _after_push(context: Context, space: NamespaceRow, repository_id: int, digest: str, *, scan: bool) -> None:
    """Index and scan; a failure here leaves the push accepted, and a later scan tells what is wrong."""
    try:
        index_manifest(context, repository_id, digest)
        if scan:
            request_scan(context, instance_id=space.instance_id, repository_id=repository_id, digest=digest)
        look_again(context, digest)
    except HullscanError as error:
        _log.warning("artifact not indexed", digest=digest, reason=str(error))


def check_reference(reference: str) -> str:
    """
    Return *reference* if it is a digest or a tag.

    Raises:
        InvalidReference: It is neither (OCI distribution, "Pulling manifests").
    """
    if ":" in reference:
        return parse_digest(reference)
    if not 1 <= len(reference) <= 128 or not all(c.isascii() and (c.isalnum() or c in "._-") for c in reference):
        raise InvalidReference(f"{reference[:140]!r} is no tag: up to 128 letters, digits, . _ -")
    if reference[0] in ".-":
        raise InvalidReference(f"{reference[:140]!r} is no tag: it may not begin with . or -")
    return reference
