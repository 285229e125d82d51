"""Manifests that are asked for again and again, answered on the event loop: one statement, bytes from memory."""

import re
from collections import OrderedDict
from typing import Final

from starlette.types import Scope, Send

from hullscan.api.registry.gate import Gate
from hullscan.errors import NotFound
from hullscan.services.access.accounts import Accounts
from hullscan.services.access.first_start import INSTANCE, PROJECT
from hullscan.services.artifacts.pulls import Pulls
from hullscan.services.context import Context
from hullscan.services.peers.proxy import Proxy
from hullscan.store.artifacts.manifest_lookup import ManifestFinder

_ROUTE: Final = re.compile(r"/v2/([a-z0-9][a-z0-9._-]*)/([a-z0-9][a-z0-9._/-]*)/manifests/([\w.:-]+)", re.ASCII)
_KEPT_BYTES: Final = 64 * 1024 * 1024


class QuickManifests:
    """
    Answers ``GET`` and ``HEAD`` of manifests for callers that were checked a moment ago.

    Whatever is not plain (no or new credentials, a blocked namespace, nothing there, a condition) is left to `Manifests`,
    which knows every refusal.
    """

    def __init__(self, context: Context, accounts: Accounts, gate: Gate, pulls: Pulls, proxy: Proxy) -> None:
        self._context = context
        self._accounts = accounts
        self._gate = gate
        self._pulls = pulls
        self._proxy = proxy
        self._finder = ManifestFinder(context.engine)
        self._bodies: OrderedDict[str, bytes] = OrderedDict()
        self._kept = 0

    async def answer(self, scope: Scope, send: Send) -> bool:
        """Answer the request if it is plain; False if it was not."""
        found = _ROUTE.fullmatch(scope["path"])
        if found is None or scope["method"] not in ("GET", "HEAD") or self._gate.is_closed():
            return False
        headers = dict(scope["headers"])
        if b"if-none-match" in headers:
            return False
        authorization = headers.get(b"authorization", b"")
        caller = self._accounts.remembered(authorization)
        if caller is None:
            return False
        space, repository, reference = found[1], found[2], found[3]
        full = f"{space}/{repository}"
        if not caller.reaches(full, "pull") or self._proxy.is_proxy(space):
            return False
        row = self._finder.find(instance=INSTANCE, space=space, repository=repository, reference=reference)
        if row is None or row.prevent_vul:
            return False
        resource = f"swr:{PROJECT}:{caller.account_id}:repository:{row.instance_name}/{full}"
        if not caller.may("swr:repository:getArtifact", row.project_id, resource=resource):
            return False
        try:
            body = self._body(row.digest)
        except NotFound:
            return False
        answer = [
            (b"content-type", row.media_type.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"docker-content-digest", row.digest.encode()),
            (b"etag", f'"{row.digest}"'.encode()),
            (b"docker-distribution-api-version", b"registry/2.0"),
        ]
        if scope["method"] == "GET":
            tag = "" if ":" in reference else reference
            self._pulls.note(row.repository_id, row.artifact_id, tag)
            self._pulls.act(row.instance_id, f"{full}:{tag}" if tag else f"{full}@{row.digest}", caller.name)
        else:
            body = b""
        await send({"type": "http.response.start", "status": 200, "headers": answer})
        await send({"type": "http.response.body", "body": body})
        return True

    def _body(self, digest: str) -> bytes:
        """A manifest never changes under its digest, so it is kept; garbage collection takes it from the store only."""
        known = self._bodies.get(digest)
        if known is not None:
            self._bodies.move_to_end(digest)
            return known
        body = b"".join(self._context.blobs.read(digest))
        self._bodies[digest] = body
        self._kept += len(body)
        while self._kept > _KEPT_BYTES:
            _, dropped = self._bodies.popitem(last=False)
            self._kept -= len(dropped)
        return body
