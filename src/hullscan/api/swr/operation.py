"""What the operations of SWR have in common: a table of routes, the caller's right, and where the path leads."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from hullscan.api.errors import ApiError
from hullscan.api.raw_path import decode_repository, decode_segment
from hullscan.errors import NOT_JSON, InvalidReference
from hullscan.model.image import parse_digest
from hullscan.services.access.callers import Caller
from hullscan.services.context import Context
from hullscan.store.access.accounts import InstanceRow, instances, projects
from hullscan.store.artifacts.artifact_rows import ArtifactRow, find_artifact
from hullscan.store.database import reading
from hullscan.store.places.namespaces import NamespaceRow, find_namespace
from hullscan.store.places.repositories import RepositoryRow, find_repository
from hullscan.store.places.resource_tags import resource_tags


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to SWR: its raw path parameters, query and body, and who sent it."""

    context: Context
    caller: Caller
    parameters: dict[str, str]
    query: QueryParams
    body: bytes
    host: str
    _instance: list[InstanceRow] = field(default_factory=list)

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
        """Return the instance that the path names, as it was when first asked for; an error that says there is none."""
        if not self._instance:
            with reading(self.context.engine) as connection:
                found = instances(connection, instance_id=self.segment("instance_id"))
            if not found or ("project_id" in self.parameters and found[0].project_id != self.segment("project_id")):
                raise ApiError(404, "4040083", f"The instance {self.segment('instance_id')} does not exist")
            self._instance.extend(found)
        return self._instance[0]

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

    def resource(self) -> str:
        """
        Return the URN of what the call is about: the repository, what is inside the namespace, or the instance.

        ``swr:REGION:ACCOUNT:repository:INSTANCE/NAMESPACE/REPOSITORY`` (swr-api.md, section 5); the region is the project.
        """
        if "instance_id" not in self.parameters:
            return f"swr:*:{self.caller.account_id}:instance:*"
        with reading(self.context.engine) as connection:
            found = instances(connection, instance_id=self.segment("instance_id"))
            named = projects(connection, project_id=found[0].project_id) if found else ()
        if not found or not named:
            return f"swr:*:{self.caller.account_id}:instance:{self.segment('instance_id')}"
        start = f"swr:{named[0].name}:{named[0].account_id}"
        if "namespace_name" not in self.parameters:
            return f"{start}:instance:{found[0].name}"
        path = f"{found[0].name}/{self.segment('namespace_name')}"
        if "repository_name" in self.parameters:
            path += "/" + decode_repository(self.parameters["repository_name"])
        return f"{start}:repository:{path}"

    def keys(self, request: Request) -> dict[str, str]:
        """Return the condition keys that tell of the request and its resource."""
        keys = {"g:ProjectId": self.project_id, "g:ViaService": "false"}
        if request.client is not None:
            keys["g:SourceIp"] = request.client.host
        agent = request.headers.get("user-agent")
        if agent:
            keys["g:UserAgent"] = agent
        if "instance_id" in self.parameters:
            with reading(self.context.engine) as connection:
                for key, value in resource_tags(connection, self.project_id, "instances", self.segment("instance_id")):
                    keys[f"g:ResourceTag/{key}"] = value
                if "namespace_name" in self.parameters:
                    inside = f"{self.segment('instance_id')}/{self.segment('namespace_name')}"
                    for key, value in resource_tags(connection, self.project_id, "namespaces", inside):
                        keys[f"g:ResourceTag/{key}"] = value
        if b'"public"' in self.body:
            keys["swr:EnablePublicNameSpace"] = str(b'"public": "true"' in self.body or b'"public":"true"' in self.body)
        return keys

    def number(self, name: str) -> int:
        """Return a path parameter that is a number."""
        text = self.segment(name)
        if not text.isdecimal() or len(text) > 18:
            raise ApiError(400, "4000014", f"{name} must be a number, not {text[:100]!r}")
        return int(text)

    def query_number(self, name: str) -> int | None:
        """Return a number of the query, None if it is not there."""
        text = self.query.get(name, "")
        if text and (not text.isdecimal() or len(text) > 18):
            raise ApiError(400, "4000014", f"{name} must be a number, not {text[:100]!r}")
        return int(text) if text else None

    def descending(self) -> bool:
        """Return the order that the query asks for; the newest come first if it does not say."""
        return self.query.get("order_type", "desc") != "asc"

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object; a field that is null counts as not there, as the Terraform provider means it."""
        try:
            value = msgspec.json.decode(self.body)
        except NOT_JSON as error:
            raise ApiError(400, "4001018", f"The body is no JSON: {error}") from error
        if not isinstance(value, dict):
            raise ApiError(400, "4001018", "The body is no JSON object")
        told: dict[str, Any] = _without_nulls(value)
        return told

    def count(self, *, default: int, most: int = 100) -> int:
        """Return the limit of a list that is paged by a marker."""
        found = self.query_number("limit")
        limit = default if found is None else found
        if not 1 <= limit <= most:
            raise ApiError(400, "4000056", f"limit must be 1 to {most}")
        return limit

    def page(self, *, default: int = 10, most: int = 100) -> tuple[int, int]:
        """Return (offset, limit): used together, the offset a multiple of the limit (swr-api.md, section 2)."""
        offset, limit = self.query.get("offset", ""), self.query.get("limit", "")
        if any(text and (not text.isdecimal() or len(text) > 18) for text in (offset, limit)):
            raise ApiError(400, "4000056", "offset and limit must be numbers of at most 18 digits")
        start, count = int(offset or 0), int(limit or default)
        if not 1 <= count <= most or start % count:
            raise ApiError(400, "4000056", f"limit must be 1 to {most}, and offset a multiple of it")
        return start, count

    def flag(self, name: str) -> bool | None:
        """Return a boolean of the query, None if it is not there."""
        text = self.query.get(name, "").lower()
        if text not in ("", "true", "false"):
            raise ApiError(400, "4000014", f"{name} must be true or false, not {text[:100]!r}")
        return text == "true" if text else None


def _without_nulls(value: Any) -> Any:
    if isinstance(value, str) and "\0" in value:
        raise ApiError(400, "4001018", "The body holds a NUL")
    if isinstance(value, dict):
        return {key: _without_nulls(one) for key, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


Handler = Callable[[Call], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """
    One operation: its name in the SDK, method, path, and the action the caller needs the right for.

    An empty action asks for membership in the project only. `handle` returns JSON values, None for an empty body, or
    a whole `Response`. `query` and `body` name what the request may have beside its path, for the description.
    """

    name: str
    method: str
    path: str
    action: str
    handle: Handler
    status: int = 200
    query: tuple[str, ...] = ()
    body: tuple[str, ...] = ()


def check_project(context: Context, project_id: str) -> None:
    """Answer 404 for a project that does not exist."""
    with reading(context.engine) as connection:
        if not projects(connection, project_id=project_id):
            raise ApiError(404, "4040083", f"The project {project_id} does not exist")


def time_text(at: datetime | None) -> str:
    """Return a time as the API's other fields have it (RFC 3339, UTC); "" for none."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""


__all__ = ["Call", "Operation", "Response", "check_project", "time_text"]
