"""Checks the store: every byte against its digest, files against rows and rows against files."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hullscan.errors import HullscanError
from hullscan.registry.manifest import parse_manifest
from hullscan.services.context import Context
from hullscan.services.indexing.parts import parts_of
from hullscan.services.progress import Progress, Silent
from hullscan.store.artifacts.garbage import held
from hullscan.store.batches import batches
from hullscan.store.blobs.blob_store import StoredBlob
from hullscan.store.blobs.content import Expected, expected_blobs, forget_blob, manifest_rows, missing_parts
from hullscan.store.database import Queue, reading, writing

_BATCH: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """
    One thing that is not as it must be.

    `code` is missing (a row without its file), size, damaged (other bytes than its digest says), unreadable (a manifest
    that is none), parts (the rows of what a manifest names differ from it) or incomplete (it names what is not here).
    """

    code: str
    digest: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check saw; `unnamed` files have no row and wait for garbage collection, which is no fault."""

    blobs: int
    checked_bytes: int
    unnamed: int
    faults: tuple[Fault, ...]
    repaired: int = 0


def check_store(
    context: Context, *, quick: bool = False, repair: bool = False, progress: Progress | None = None
) -> Checked:
    """
    Compare blob store and database, both ways.

    Args:
        quick: Sizes and names only, no hashing.
        repair: Drop missing and damaged blobs from store and database, so that clients send them again; manifests that
            name them stay, and are incomplete until then.
    """
    progress = progress or Silent()
    faults: list[Fault] = []
    unnamed = 0
    with reading(context.engine) as connection:
        expected = {one.digest: one for one in expected_blobs(connection)}
    # Files are listed after the rows, so a file that goes meanwhile is looked up once more before it counts as missing.
    seen: set[str] = set()
    checked_bytes = 0
    for batch in batches(context.blobs.stored(), _BATCH):
        with reading(context.engine) as connection:
            named = held(connection, [one.digest for one in batch])
        for one in batch:
            seen.add(one.digest)
            unnamed += one.digest not in named
            faults += _check_file(context, one, expected.get(one.digest), quick=quick)
            checked_bytes += one.size_bytes
        progress.advance("blobs checked", len(batch), len(expected))
    gone = [digest for digest in expected if digest not in seen and context.blobs.size(digest) is None]
    with reading(context.engine) as connection:
        still = held(connection, gone)
        faults += [
            Fault(code="missing", digest=digest, message="the database has it, the blob store has not")
            for digest in gone
            if digest in still
        ]
        if not context.settings.sparse_manifests:
            faults += [
                Fault(code="incomplete", digest=manifest, message=f"it names {part}, which is not here")
                for manifest, part in missing_parts(connection)
            ]
    damaged = {one.digest for one in faults}
    faults += _check_manifests(
        context, [one for one in expected.values() if one.manifest and one.digest not in damaged]
    )
    repaired = _repair(context, faults) if repair else 0
    return Checked(
        blobs=len(expected), checked_bytes=checked_bytes, unnamed=unnamed, faults=tuple(faults), repaired=repaired
    )


def _check_file(context: Context, one: StoredBlob, expected: Expected | None, *, quick: bool) -> Iterator[Fault]:
    if expected is not None and expected.size_bytes != one.size_bytes:
        yield Fault(
            code="size",
            digest=one.digest,
            message=f"it has {one.size_bytes} bytes where the database says {expected.size_bytes}",
        )
    if quick:
        return
    running = hashlib.new(one.digest.partition(":")[0])
    try:
        for piece in context.blobs.read(one.digest):
            running.update(piece)
    except HullscanError:
        return  # collected since it was listed
    if running.hexdigest() != one.digest.partition(":")[2]:
        yield Fault(code="damaged", digest=one.digest, message=f"its bytes have the digest {running.hexdigest()}")


def _check_manifests(context: Context, manifests: list[Expected]) -> Iterator[Fault]:
    for one in manifests:
        try:
            manifest = parse_manifest(b"".join(context.blobs.read(one.digest)))
        except HullscanError as error:
            with reading(context.engine) as connection:
                if one.digest in held(connection, [one.digest]):
                    yield Fault(code="unreadable", digest=one.digest, message=str(error))
            continue
        with reading(context.engine) as connection:
            rows = manifest_rows(connection, one.digest)
            if rows != [(part.kind, part.digest) for part in parts_of(manifest)] and held(connection, [one.digest]):
                yield Fault(code="parts", digest=one.digest, message="the database names other parts than it does")


def _repair(context: Context, faults: list[Fault]) -> int:
    count = 0
    for digest in dict.fromkeys(one.digest for one in faults if one.code in ("missing", "size", "damaged")):
        with writing(context.engine, Queue.BLOBS) as connection:
            forget_blob(connection, digest)
            context.blobs.delete(digest)
        count += 1
    return count
