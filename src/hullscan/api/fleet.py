"""
Questions about all artifacts at once: ``/api/v1/…``.

Answers are pages of JSON (``{"items": […], "next": CURSOR}``), or one JSON object a line, all of them, where the client accepts
``application/x-ndjson``. The caller needs ``swr:instance:listAllArtifacts`` in the instance's project.
"""

import dataclasses
import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from hullscan.api.errors import ApiError, json_response
from hullscan.api.iam import caller_of
from hullscan.errors import HullscanError, InvalidReference, NotFound
from hullscan.model.image import parse_digest
from hullscan.reports.json import base_json
from hullscan.services.access.accounts import Accounts
from hullscan.services.access.first_start import INSTANCE, PROJECT
from hullscan.services.context import Context
from hullscan.services.indexing.base_images import bases_of_artifact
from hullscan.services.reports import fleet
from hullscan.store.access.accounts import instances, projects
from hullscan.store.database import reading

ACTION: Final = "swr:instance:listAllArtifacts"
_LIMIT: Final = 100
_MOST: Final = 1_000
_LINES: Final = "application/x-ndjson"

PATHS: Final = ("/api/v1/artifacts", "/api/v1/changes", "/api/v1/diff", "/api/v1/fixes", "/api/v1/bases")


def fleet_router(context: Context, accounts: Accounts) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["fleet"])

    def add(path: str, name: str, answer: Callable[[Context, Request], Response]) -> None:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            return await to_thread.run_sync(_checked, context, accounts, request, body, answer)

        router.add_api_route(path, endpoint, methods=["GET"], operation_id=name, name=name)

    for path, name, answer in zip(
        PATHS,
        ("FindArtifacts", "ListChanges", "DiffImages", "ListTopFixes", "ListBaseImages"),
        (_artifacts, _changes, _diff, _fixes, _bases),
        strict=True,
    ):
        add(path, name, answer)
    return router


def _checked(
    context: Context, accounts: Accounts, request: Request, body: bytes, answer: Callable[[Context, Request], Response]
) -> Response:
    caller = caller_of(accounts, request, body)
    with reading(context.engine) as connection:
        project = projects(connection, name=PROJECT)[0]
        instance = next(one for one in instances(connection, project_id=project.id) if one.name == INSTANCE)
    resource = f"swr:{PROJECT}:{caller.account_id}:instance:{instance.name}"
    if not caller.may(ACTION, project.id, resource=resource):
        raise ApiError(403, "4030170", f"Insufficient permissions: {ACTION} is not granted")
    try:
        return answer(context, request)
    except NotFound as error:
        raise ApiError(404, "4041060", str(error)) from error
    except HullscanError as error:
        raise ApiError(400, "4000014", str(error)) from error


def _artifacts(context: Context, request: Request) -> Response:
    """``?flaw=CVE-…``, or ``?package=NAME`` with ``below=VERSION`` and ``type=deb``: which artifacts hold it."""
    query = request.query_params
    flaw, name = query.get("flaw", ""), query.get("package", "")
    if bool(flaw) == bool(name):
        raise InvalidReference("ask for either flaw or package")
    found = (
        fleet.with_flaw(context, flaw, after=_cursor(request))
        if flaw
        else fleet.with_package(
            context, name, below=query.get("below", ""), kind=query.get("type", ""), after=_cursor(request)
        )
    )
    rows = ({**dataclasses.asdict(one.place), "holds": one.what} for one in found)
    return _answer(request, rows)


def _changes(context: Context, request: Request) -> Response:
    """``?since=2026-01-31T00:00:00Z``: what moved in reports."""
    rows = (
        {**dataclasses.asdict(one), "at": one.at.strftime("%Y-%m-%dT%H:%M:%SZ")}
        for one in fleet.changes(context, _time(request), after=_cursor(request))
    )
    return _answer(request, rows)


def _diff(context: Context, request: Request) -> Response:
    """``?from=DIGEST&to=DIGEST``: packages and flaws that came and went."""
    before, after = request.query_params.get("from", ""), request.query_params.get("to", "")
    if not before or not after:
        raise InvalidReference("give two digests: from and to")
    return json_response(dataclasses.asdict(fleet.difference(context, before, after)))


def _fixes(context: Context, request: Request) -> Response:
    """``?limit=20``: the updates that remove most findings."""
    keys = ("ecosystem", "package", "fix_version", "findings", "artifacts")
    rows = [dict(zip(keys, row, strict=True)) for row in fleet.top_fixes(context, _limit(request))]
    return json_response({"items": rows})


def _bases(context: Context, request: Request) -> Response:
    """``?digest=DIGEST``: the base image of an artifact, of an index those of its images."""
    digest = parse_digest(request.query_params.get("digest", ""))
    return json_response({"items": [base_json(one) for one in bases_of_artifact(context, digest)]})


def _answer(request: Request, rows: Iterable[dict[str, Any]]) -> Response:
    if _LINES in request.headers.get("accept", ""):
        return StreamingResponse(_lines(rows), media_type=_LINES)
    limit = _limit(request)
    page = list(itertools.islice(iter(rows), limit + 1))
    more = len(page) > limit
    page = page[:limit]
    return json_response({"items": page, "next": str(page[-1]["id"]) if more else None})


def _lines(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    for row in rows:
        yield json.dumps(row).encode() + b"\n"


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(_LIMIT))
    if not text.isdecimal() or len(text) > 18 or not 1 <= int(text) <= _MOST:
        raise InvalidReference(f"limit must be 1 to {_MOST}")
    return int(text)


def _cursor(request: Request) -> int:
    text = request.query_params.get("cursor", "0")
    if not text.isdecimal() or len(text) > 18:
        raise InvalidReference("cursor must be what the page before said")
    return int(text)


def _time(request: Request) -> datetime:
    text = request.query_params.get("since", "")
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidReference(f"since must be a time such as 2026-01-31T00:00:00Z, not {text[:40]!r}") from error
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
