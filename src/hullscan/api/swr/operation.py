"""What the operations of SWR have in common: a table of routes, the caller's right, and where the path leads."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from starlette.datastructures import QueryParams
from starlette.responses import Response

from hullscan.api.errors import ApiError
from hullscan.api.raw_path import decode_repository, decode_segment
from hullscan.errors import InvalidReference
from hullscan.model.image import parse_digest
from hullscan.services.accounts import Caller
from hullscan.services.context import Context
from hullscan.store.accounts import InstanceRow, instances, projects
from hullscan.store.artifacts import ArtifactRow, find_artifact
from hullscan.store.database import reading
from hullscan.store.namespaces import NamespaceRow, find_namespace
from hullscan.store.repositories import RepositoryRow, find_repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to SWR: its raw path parameters, query and body, and who sent it."""

    context: Context
    caller: Caller
    parameters: dict[str, str]
    query: QueryParams
    body: bytes
    host: str

    @property
    def project_id(self) -> str:
        """The project that the path names; paths without one are of the instance's project."""
        if "project_id" in self.parameters:
            return self.segment("project_id")
        return self.instance().project_id

    def segment(self, name: str) -> str:
        """Return a path parameter, decoded."""
        return decode_segment(self.parameters[name])

    def instance(self) -> InstanceRow:
        """Return the instance that the path names, or an error that says there is none."""
        with reading(self.context.engine) as connection:
            found = instances(connection, instance_id=self.segment("instance_id"))
        if not found or ("project_id" in self.parameters and found[0].project_id != self.segment("project_id")):
            raise ApiError(404, "4040083", f"The instance {self.segment('instance_id')} does not exist")
        return found[0]

    def space(self) -> NamespaceRow:
        """Return the namespace that the path names."""
        name = self.segment("namespace_name")
        with reading(self.context.engine) as connection:
            found = find_namespace(connection, self.instance().id, name)
        if found is None:
            raise ApiError(404, "4040058", f"The namespace {name} does not exist")
        return found

    def repository(self) -> RepositoryRow:
        """Return the repository that the path names."""
        space = self.space()
        name = decode_repository(self.parameters["repository_name"])
        if "%" in name or not name or name.startswith("/") or name.endswith("/") or "//" in name:
            raise ApiError(400, "4001029", f"{name!r} is not a repository name")
        with reading(self.context.engine) as connection:
            found = find_repository(connection, space.instance_id, space.name, name)
        if found is None:
            raise ApiError(404, "4040010", f"The repository {space.name}/{name} does not exist")
        return found

    def artifact(self) -> tuple[RepositoryRow, ArtifactRow]:
        """Return the artifact that the path names by digest, and its repository."""
        reference = self.segment("reference")
        try:
            digest = parse_digest(reference)
        except InvalidReference as error:
            raise ApiError(
                400, "4000013", f"Invalid digest: {reference[:100]!r}; give sha256: and 64 digits"
            ) from error
        repository = self.repository()
        with reading(self.context.engine) as connection:
            found = find_artifact(connection, repository.id, digest)
        if found is None:
            raise ApiError(404, "4041060", f"The artifact {digest} does not exist")
        return repository, found

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object."""
        try:
            value = msgspec.json.decode(self.body)
        except msgspec.DecodeError as error:
            raise ApiError(400, "4001018", f"The body is no JSON: {error}") from error
        if not isinstance(value, dict):
            raise ApiError(400, "4001018", "The body is no JSON object")
        return value

    def page(self, *, default: int = 10, most: int = 100) -> tuple[int, int]:
        """
        Return (offset, limit): used together, the offset a multiple of the limit (swr-api.md, section 2).
        """
        offset, limit = self.query.get("offset", ""), self.query.get("limit", "")
        if (offset and not offset.isdecimal()) or (limit and not limit.isdecimal()):
            raise ApiError(400, "4000056", "offset and limit must be numbers")
        start, count = int(offset or 0), int(limit or default)
        if not 1 <= count <= most or start % count:
            raise ApiError(400, "4000056", f"limit must be 1 to {most}, and offset a multiple of it")
        return start, count

    def flag(self, name: str) -> bool | None:
        """Return a boolean of the query, None if it is not there."""
        text = self.query.get(name)
        if text is None or text == "":
            return None
        return text.lower() == "true"


Handler = Callable[[Call], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """
    One operation: its name in the SDK, method, path, and the action the caller needs the right for.

    An empty action asks for membership in the project only. `handle` returns JSON values, None for an empty body, or
    a whole `Response`.
    """

    name: str
    method: str
    path: str
    action: str
    handle: Handler
    status: int = 200


def check_project(context: Context, project_id: str) -> None:
    """Answer 404 for a project that does not exist."""
    with reading(context.engine) as connection:
        if not projects(connection, project_id=project_id):
            raise ApiError(404, "4040083", f"The project {project_id} does not exist")


def time_text(at: datetime | None) -> str:
    """Return a time as the API's other fields have it (RFC 3339, UTC); "" for none."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""


__all__ = ["Call", "Operation", "Response", "check_project", "time_text"]
