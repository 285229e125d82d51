"""hullscan's own report and SBOM, attached to an artifact as referrers (OCI distribution 1.1, "Listing referrers")."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hullscan.errors import NotFound, UnreadableInput
from hullscan.model.image import Digest, digest_of
from hullscan.registry.manifest import is_attestation, parse_manifest
from hullscan.registry.source import DEEPEST_INDEX
from hullscan.reports.bills import cyclonedx
from hullscan.services.artifacts.push import accept_manifest, read_manifest
from hullscan.services.artifacts.removal import delete_artifact
from hullscan.services.artifacts.uploads import Uploads
from hullscan.services.context import Context
from hullscan.services.indexing.index import config_of, inventory_of
from hullscan.services.reports.report import SCANNER, stored_report
from hullscan.store.artifacts.artifact_rows import find_artifact, list_artifacts
from hullscan.store.database import reading
from hullscan.store.places.namespaces import NamespaceRow, find_namespace
from hullscan.store.places.repositories import RepositoryRow, find_repository

SBOM_TYPE: Final = "application/vnd.cyclonedx+json"
REPORT_TYPE: Final = "application/vnd.hullscan.report.v1+json"

_MANIFEST_TYPE: Final = "application/vnd.oci.image.manifest.v1+json"
_EMPTY_TYPE: Final = "application/vnd.oci.empty.v1+json"
_USER: Final = "hullscan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """What hangs on the image *subject* now: digest of each referrer, and whether it is another than before."""

    subject: str
    kind: str
    digest: str
    changed: bool


def attach(context: Context, instance_id: str, namespace: str, repository: str, reference: str) -> list[Attached]:
    """
    Attach SBOM and report to an image; what has not changed is left as it is, what has replaces the old one.

    Of an index to each of its images that is here.

    Raises:
        NotFound: There is no such artifact, or no scan of it has finished.
        UnreadableInput: It is no image.
    """
    with reading(context.engine) as connection:
        space = find_namespace(connection, instance_id, namespace)
        row = find_repository(connection, instance_id, namespace, repository) if space else None
        artifact = find_artifact(connection, row.id, reference) if row else None
    if space is None or row is None or artifact is None:
        raise NotFound(f"there is no artifact {namespace}/{repository}:{reference}")
    images = list(dict.fromkeys(_images(context, row.id, artifact.digest)))
    if not images:
        raise UnreadableInput(f"{namespace}/{repository}:{reference} is no image")
    return [one for digest in images for one in _attach_to(context, space, row, digest)]


def _images(context: Context, repository: int, reference: str, depth: int = 0) -> Iterator[str]:
    """Yield the digests of the images that *reference* names, by itself or as an index, and that are here."""
    try:
        digest, media_type, data, _ = read_manifest(context, repository, reference)
    except NotFound:
        return
    manifest = parse_manifest(data, media_type)
    if manifest.is_image:
        yield digest
    elif depth < DEEPEST_INDEX:
        for child in manifest.children:
            if not is_attestation(child):
                yield from _images(context, repository, child.digest, depth + 1)


def _attach_to(context: Context, space: NamespaceRow, row: RepositoryRow, reference: str) -> list[Attached]:
    digest, media_type, data, artifact_id = read_manifest(context, row.id, reference)
    manifest = parse_manifest(data, media_type)
    report = stored_report(context, digest)
    if report is None:
        raise NotFound(f"no scan of {space.name}/{row.name}@{digest} has finished; start one first")
    with reading(context.engine) as connection:
        (artifact,) = list_artifacts(connection, repository_id=row.id, only=artifact_id)
    image = manifest.image(Digest(digest), config_of(context, manifest))
    sbom = cyclonedx(
        inventory_of(context, image),
        target=f"{space.name}/{row.name}",
        digest=digest,
        scanner=SCANNER,
        # The same content must give the same bytes, so it is not the time of day.
        at=artifact.push_time,
    )
    subject = {"mediaType": media_type, "digest": digest, "size": len(data)}
    return [
        _put(context, space, row, SBOM_TYPE, sbom, subject),
        _put(context, space, row, REPORT_TYPE, gzip.decompress(report.body), subject),
    ]


def _put(
    context: Context, space: NamespaceRow, row: RepositoryRow, kind: str, content: bytes, subject: dict[str, object]
) -> Attached:
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": _MANIFEST_TYPE,
            "artifactType": kind,
            "config": _descriptor(_EMPTY_TYPE, b"{}"),
            "layers": [_descriptor(kind, content)],
            "subject": subject,
            "annotations": {"org.opencontainers.image.vendor": SCANNER.vendor},
        }
    ).encode()
    digest = digest_of(manifest)
    with reading(context.engine) as connection:
        ours = [
            one
            for one in list_artifacts(connection, repository_id=row.id, accessory_of=str(subject["digest"]))
            if one.artifact_type == kind and one.annotations.get("org.opencontainers.image.vendor") == SCANNER.vendor
        ]
    if any(one.digest == digest for one in ours):
        return Attached(subject=str(subject["digest"]), kind=kind, digest=digest, changed=False)
    uploads = Uploads(context)
    for part in (b"{}", content):
        uploads.put(row.id, part)
    accept_manifest(
        context, space, row.id, digest=digest, tags=(), media_type=_MANIFEST_TYPE, data=manifest, username=_USER
    )
    for old in ours:
        delete_artifact(context, space, row, old.digest, username=_USER)
    return Attached(subject=str(subject["digest"]), kind=kind, digest=digest, changed=True)


def _descriptor(kind: str, content: bytes) -> dict[str, object]:
    return {"mediaType": kind, "digest": digest_of(content), "size": len(content)}
