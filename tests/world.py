"""A store with an instance and a namespace, into which tests push without a server."""

from collections.abc import Mapping
from typing import Any

from builders import digest_of, make_image
from hullscan.services.access.first_start import first_start
from hullscan.services.artifacts.namespaces import create_namespace
from hullscan.services.artifacts.push import accept_manifest
from hullscan.services.artifacts.uploads import Uploads
from hullscan.services.context import Context, now
from hullscan.services.rules.rule import create_rule, read_body
from hullscan.services.upkeep.status import service_status
from hullscan.store.database import reading, writing
from hullscan.store.places.namespaces import NamespaceRow, find_namespace
from hullscan.store.places.repositories import ensure_repository


class World:
    """An instance with a namespace that is scanned on push."""

    def __init__(self, context: Context) -> None:
        first_start(context)
        self.context = context
        self.ids = service_status(context)
        self.instance = str(self.ids["instance_id"])
        create_namespace(context, self.instance, "team", auto_scan=True)
        with reading(context.engine) as connection:
            found = find_namespace(connection, self.instance, "team")
        assert found is not None
        self.space: NamespaceRow = found

    def push(self, name: str, layer: bytes, tag: str) -> str:
        """Push an image of one layer and return its digest."""
        return self.push_manifest(name, *make_image([layer]), tag=tag)

    def push_manifest(self, name: str, manifest: bytes, blobs: Mapping[str, bytes], *, tag: str = "") -> str:
        """Push *manifest* with the *blobs* that it names and return its digest."""
        repository = self.upload(name, blobs)
        digest = digest_of(manifest)
        accept_manifest(
            self.context,
            self.space,
            repository,
            digest=digest,
            tags=(tag,) if tag else (),
            media_type="",
            data=manifest,
            username="me",
        )
        return digest

    def upload(self, name: str, blobs: Mapping[str, bytes]) -> int:
        """Push *blobs* alone and return their repository's number."""
        uploads = Uploads(self.context)
        with writing(self.context.engine) as connection:
            repository = ensure_repository(connection, self.space.id, name, now())
        for digest, data in blobs.items():
            upload_id = uploads.begin(repository)
            uploads.append(upload_id, [data])
            uploads.finish(repository, upload_id, digest)  # type: ignore[arg-type]
        return repository

    def rule(self, kind: str, body: dict[str, Any]) -> int:
        """Keep a rule of the namespace."""
        return create_rule(
            self.context, kind, self.instance, read_body(kind, body), creator="me", namespace_id=self.space.id
        )
