"""Manifests, tags, referrers and the catalog."""

import hashlib
import json
from typing import Final
from urllib.parse import urlencode

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from hullscan.api.conditions import has_tag
from hullscan.api.registry.access import Access
from hullscan.api.registry.answers import Refused, empty, json_answer
from hullscan.api.registry.fetching import fetching
from hullscan.api.registry.references import read_digest, read_reference
from hullscan.errors import ImmutableTag, NotFound, QuotaExceeded, UnreadableInput
from hullscan.model.image import Descriptor, Digest
from hullscan.registry.manifest import OCI_INDEX
from hullscan.services.artifacts.pull_policy import PullPolicy
from hullscan.services.artifacts.pulls import Pulls
from hullscan.services.artifacts.push import MissingBlobs, accept_manifest, read_manifest
from hullscan.services.artifacts.removal import delete_artifact, delete_tag
from hullscan.services.context import Context
from hullscan.services.peers.proxy import Proxy
from hullscan.store.artifacts.artifact_rows import (
    ArtifactRow,
    list_artifacts,
    tags_of,
)
from hullscan.store.database import reading
from hullscan.store.places.repositories import list_repositories

_LARGEST: Final = 4 * 1024 * 1024
"""Bytes of a manifest (distribution-spec: registries should accept at least 4 MiB)."""

_LARGEST_PAGE: Final = _LARGEST - 1024
"""Bytes of a list of referrers, without what is around its descriptors."""

_LONGEST_NUMBER: Final = 18


class Manifests:
    """Handlers of ``/v2/NAME/manifests|tags|referrers`` and ``/v2/_catalog``."""

    def __init__(self, context: Context, access: Access, pulls: Pulls, proxy: Proxy) -> None:
        self._context = context
        self._access = access
        self._pulls = pulls
        self._policy = PullPolicy(context)
        self._proxy = proxy

    def read(self, request: Request, name: str, reference: str) -> Response:
        """``GET`` and ``HEAD`` by tag or digest."""
        place = self._access.place(request, name, "pull")
        checked = read_reference(reference, unknown="MANIFEST_UNKNOWN")
        if self._proxy.is_proxy(place.space.name):
            with fetching():
                self._proxy.ensure(place.space, place.name, checked)
            # The repository may have appeared with that.
            place = self._access.place(request, name, "pull")
        try:
            digest, media_type, data, artifact_id = read_manifest(self._context, place.existing().id, checked)
        except NotFound as error:
            raise Refused("MANIFEST_UNKNOWN", str(error)) from error
        headers = {"Docker-Content-Digest": digest, "ETag": f'"{digest}"'}
        if request.method == "GET" and (blocked := self._policy.refusal(place.space, digest, data)):
            raise Refused("PROJECTPOLICYVIOLATION", blocked)
        if has_tag(request.headers, headers["ETag"]):
            return Response(None, 304, headers)
        headers |= {"Content-Type": media_type, "Content-Length": str(len(data))}
        if request.method == "HEAD":
            return Response(None, 200, headers)
        tag = "" if ":" in checked else checked
        self._pulls.note(place.existing().id, artifact_id, tag)
        self._pulls.act(place.space.instance_id, f"{name}:{tag}" if tag else f"{name}@{digest}", place.username)
        return Response(data, 200, headers)

    async def put(self, request: Request, name: str, reference: str) -> Response:
        """``PUT`` under a tag or the manifest's digest, with further tags in ``?tag=``."""
        data = b""
        async for chunk in request.stream():
            data += chunk
            if len(data) > _LARGEST:
                raise Refused("SIZE_INVALID", f"a manifest has at most {_LARGEST} bytes", status=413)
        return await to_thread.run_sync(self._put, request, name, reference, data)

    def delete(self, request: Request, name: str, reference: str) -> Response:
        """``DELETE``: a tag, or an artifact with all its tags."""
        place = self._access.place(request, name, "delete")
        checked = read_reference(reference)
        repository = place.existing()
        delete = delete_artifact if ":" in checked else delete_tag
        try:
            delete(self._context, place.space, repository, checked, username=place.username)
        except NotFound as error:
            raise Refused("MANIFEST_UNKNOWN", str(error)) from error
        except ImmutableTag as error:
            raise Refused("PROJECTPOLICYVIOLATION", str(error)) from error
        return empty(202)

    def tags(self, request: Request, name: str) -> Response:
        """``GET …/tags/list``, in byte order, in pages of ``n`` after ``last``; of a proxy with what it could fetch."""
        place = self._access.place(request, name, "pull")
        found = set(self._proxy.tags(place.space, place.name))
        if not found or place.repository is not None:
            with reading(self._context.engine) as connection:
                found.update(one.name for one in tags_of(connection, place.existing().id))
        names = sorted(found)
        page, headers = _page(request, names, f"/v2/{name}/tags/list")
        return json_answer({"name": name, "tags": page}, headers=headers)

    def catalog(self, request: Request) -> Response:
        """``GET /v2/_catalog``."""
        self._access.catalog(request)
        instance = self._access.instance()
        with reading(self._context.engine) as connection:
            rows = list_repositories(connection, instance.id, order="name")
        page, headers = _page(request, sorted(f"{row.namespace}/{row.name}" for row in rows), "/v2/_catalog")
        return json_answer({"repositories": page}, headers=headers)

    def referrers(self, request: Request, name: str, reference: str) -> Response:
        """
        ``GET …/referrers/DIGEST``: an index of what names it as its subject; empty where nothing does.

        One that would be larger than a manifest comes in pages (OCI distribution, "Listing Referrers"), since clients read no
        more. A shorter one is never cut: not all clients ask for the next page (google/go-containerregistry#2446).
        """
        digest = read_digest(reference)
        place = self._access.place(request, name, "pull")
        rows: tuple[ArtifactRow, ...] = ()
        if place.repository is not None:
            with reading(self._context.engine) as connection:
                rows = list_artifacts(connection, repository_id=place.repository.id, subject=digest)
        wanted = request.query_params.get("artifactType", "")
        here = {row.digest for row in rows}
        listed = [
            *(_referrer(row) for row in sorted(rows, key=lambda row: row.id)),
            *(one for one in self._proxy.referrers(place.space, place.name, digest) if one.digest not in here),
        ]
        manifests = [_descriptor(one) for one in listed if not wanted or one.artifact_type == wanted]
        headers = {"Content-Type": OCI_INDEX}
        if wanted:
            headers["OCI-Filters-Applied"] = "artifactType"
        page, is_last = _page_of_bytes(manifests, request.query_params.get("last", ""))
        if not is_last:
            query = {"last": page[-1]["digest"], **({"artifactType": wanted} if wanted else {})}
            headers["Link"] = f'</v2/{name}/referrers/{digest}?{urlencode(query)}>; rel="next"'
        return json_answer({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": page}, headers=headers)

    def _put(self, request: Request, name: str, reference: str, data: bytes) -> Response:
        place = self._access.place(request, name, "push")
        checked = read_reference(reference)
        algorithm = checked.partition(":")[0] if ":" in checked else "sha256"
        digest = f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"
        if ":" in checked and checked != digest:
            raise Refused("DIGEST_INVALID", f"the manifest has the digest {digest}, not {checked}")
        more = [read_reference(one) for one in request.query_params.getlist("tag")]
        tags = tuple(dict.fromkeys([*([] if ":" in checked else [checked]), *more]))
        media_type = request.headers.get("content-type", "").partition(";")[0].strip()
        try:
            manifest = accept_manifest(
                self._context,
                place.space,
                self._access.repository_id(place),
                digest=digest,
                tags=tags,
                media_type=media_type,
                data=data,
                username=place.username,
            )
        except MissingBlobs as error:
            raise Refused("MANIFEST_BLOB_UNKNOWN", str(error)) from error
        except QuotaExceeded as error:
            raise Refused("DENIED", str(error)) from error
        except ImmutableTag as error:
            raise Refused("PROJECTPOLICYVIOLATION", str(error)) from error
        except UnreadableInput as error:
            raise Refused("MANIFEST_INVALID", str(error)) from error
        headers = {"Location": f"/v2/{name}/manifests/{digest}", "Docker-Content-Digest": digest}
        if manifest.subject is not None:
            headers["OCI-Subject"] = manifest.subject.digest
        if more:
            headers["OCI-Tag"] = ", ".join(more)
        return empty(201, headers)


def _referrer(row: ArtifactRow) -> Descriptor:
    return Descriptor(
        media_type=row.media_type,
        digest=Digest(row.digest),
        size_bytes=row.manifest_bytes,
        artifact_type=row.artifact_type or row.config_media_type,
        annotations=tuple(row.annotations.items()),
    )


def _descriptor(one: Descriptor) -> dict[str, object]:
    """Return a descriptor of a list of referrers as JSON (OCI distribution, "Listing Referrers")."""
    fields: dict[str, object] = {"mediaType": one.media_type, "digest": one.digest, "size": one.size_bytes}
    if one.artifact_type:
        fields["artifactType"] = one.artifact_type
    if one.annotations:
        fields["annotations"] = dict(one.annotations)
    return fields


def _page_of_bytes(manifests: list[dict[str, object]], last: str) -> tuple[list[dict[str, object]], bool]:
    """
    Return those of *manifests* after the digest *last* that one answer has room for, and whether no other is left.

    Where *last* was deleted meanwhile it is the first page again: some come twice, and none is lost.
    """
    position = next((number for number, one in enumerate(manifests, 1) if one["digest"] == last), 0)
    rest, total = manifests[position:], 0
    for number, one in enumerate(rest):
        total += len(json.dumps(one)) + len(", ")
        if number and total > _LARGEST_PAGE:
            return rest[:number], False
    return rest, True


def _page(request: Request, names: list[str], address: str) -> tuple[list[str], dict[str, str]]:
    """One page of sorted *names*: those after ``last``, at most ``n``, with a Link to the next if more are left."""
    query = request.query_params
    last, number = query.get("last", ""), query.get("n", "")
    rest = [name for name in names if name > last] if last else names
    if not number:
        return rest, {}
    if not (number.isascii() and number.isdecimal()) or len(number) > _LONGEST_NUMBER:
        raise Refused("PAGINATION_NUMBER_INVALID", f"n must be a number, not {number[:40]!r}")
    count = int(number)
    page = rest[:count]
    if not page or len(rest) <= count:
        return page, {}
    return page, {"Link": f'<{address}?n={count}&last={page[-1]}>; rel="next"'}
