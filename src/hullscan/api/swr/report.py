"""
The seed's operation: "Querying Vulnerability Information About an Artifact Scan".

It is asked more often than all others, so it has a handler of its own that sends stored bytes.
"""

import zlib
from collections import OrderedDict
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from hullscan.api.conditions import has_tag, takes_gzip
from hullscan.api.raw_path import decode_repository, decode_segment
from hullscan.api.swr.operation import Call
from hullscan.services.access.callers import Caller
from hullscan.services.context import Context, now
from hullscan.services.reports.report import report_tag, stored_report
from hullscan.store.reports.report_lookup import ReportFinder

_KEPT_BYTES: Final = 64 * 1024 * 1024


class Reports:
    """Sends reports; keeps the bodies of the last ones, compressed and plain, by ETag."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._finder = ReportFinder(context.engine)
        self._bodies: OrderedDict[tuple[str, bool], bytes] = OrderedDict()
        self._kept = 0

    def answer(self, call: Call, request: Request) -> Response:
        """Answer one request: 200 with the report, ``{}`` where no scan has finished, 304 for what the client has."""
        _, artifact = call.artifact()
        return self.send(artifact.digest, request)

    def quick_answer(self, request: Request, caller: Caller, parts: dict[str, str]) -> Response | None:
        """
        Answer from memory and one short statement, on the event loop; None where there is more to do or to say.

        *parts* are the address's raw segments. What this does not answer goes the long way, which knows every refusal.
        """
        project = parts["project_id"]
        if not caller.belongs_to(project):
            return None
        digest = decode_segment(parts["reference"])
        found = self._finder.find(
            project=project,
            instance=decode_segment(parts["instance_id"]),
            space=decode_segment(parts["namespace_name"]),
            repository=decode_repository(parts["repository_name"]),
            digest=digest,
        )
        if found is None or found.stale or (found.valid_until is not None and now() >= found.valid_until):
            return None
        etag = f'"{found.body_digest}"'
        packed = takes_gzip(request.headers)
        if not _has_it(request, etag, found.generated_at) and (etag, packed) not in self._bodies:
            return None
        return self._respond(digest, etag, found.generated_at, request)

    def send(self, digest: str, request: Request) -> Response:
        """Send the report in force of the artifact *digest*."""
        found = report_tag(self._context, digest)
        if found is None:
            return Response(b"{}", 200, {"Content-Type": "application/json"})
        return self._respond(digest, *found, request)

    def _respond(self, digest: str, etag: str, generated_at: datetime, request: Request) -> Response:
        headers = {
            "ETag": etag,
            "Last-Modified": format_datetime(generated_at, usegmt=True),
            "Vary": "Accept-Encoding, X-Auth-Token, Authorization",
            "Cache-Control": "private, no-cache",
        }
        if _has_it(request, etag, generated_at):
            return Response(None, 304, headers)
        compressed = takes_gzip(request.headers)
        if compressed:
            headers["Content-Encoding"] = "gzip"
        headers["Content-Type"] = "application/json"
        return Response(self._body(digest, etag, compressed=compressed), 200, headers)

    def _body(self, digest: str, etag: str, *, compressed: bool) -> bytes:
        key = (etag, compressed)
        known = self._bodies.get(key)
        if known is not None:
            self._bodies.move_to_end(key)
            return known
        stored = stored_report(self._context, digest)
        assert stored is not None, "its tag was just read"
        body = stored.body if compressed else zlib.decompress(stored.body, wbits=31)
        if stored.etag == etag:
            self._keep(key, body)
        return body

    def _keep(self, key: tuple[str, bool], body: bytes) -> None:
        self._bodies[key] = body
        self._kept += len(body)
        while self._kept > _KEPT_BYTES and self._bodies:
            _, dropped = self._bodies.popitem(last=False)
            self._kept -= len(dropped)


def _has_it(request: Request, etag: str, generated_at: datetime) -> bool:
    """Whether the client's copy is the one in force (RFC 9110, 13.1.2 and 13.1.3)."""
    tagged = has_tag(request.headers, etag)
    if tagged is not None:
        return tagged
    since = request.headers.get("if-modified-since")
    if since is None:
        return False
    try:
        return generated_at <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False
