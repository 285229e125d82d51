"""Repositories and tags (swr-api.md, 2.3 and 2.5)."""

from typing import Any, Final

import sqlalchemy as sa

from hullscan.api.errors import ApiError
from hullscan.api.swr.kinds import kind_of
from hullscan.api.swr.operation import Call, Operation, time_text
from hullscan.api.swr.rules import told_by_code
from hullscan.errors import Conflict, NotFound
from hullscan.services.artifacts.removal import delete_repository, delete_tag
from hullscan.services.context import now
from hullscan.store.access.accounts import instances, projects
from hullscan.store.artifacts.artifact_rows import list_artifacts
from hullscan.store.database import reading, writing
from hullscan.store.places.repositories import RepositoryRow, count_repositories, list_repositories
from hullscan.store.tables.places import repository as repository_table

_BASE: Final = "/v2/{project_id}/instances/{instance_id}"
_TAGS: Final = "/v2/instances/{instance_id}/namespaces/{namespace_name}/repositories/{repository_name}/tags"


def _list(call: Call) -> Any:
    return _page(call, namespace_id=call.query_number("namespace_id"))


def _list_of_namespace(call: Call) -> Any:
    return _page(call, namespace_id=call.space().id)


def _page(call: Call, *, namespace_id: int | None) -> Any:
    offset, limit = call.page()
    instance = call.instance()
    with reading(call.context.engine) as connection:
        rows = list_repositories(
            connection,
            instance.id,
            namespace_id=namespace_id,
            order=call.query.get("order_column", "updated_at"),
            descending=call.query.get("order_type", "desc") != "asc",
            offset=offset,
            limit=limit,
        )
        total = count_repositories(connection, instance.id, namespace_id=namespace_id)
    return {"repositories": [_fields(row) for row in rows], "total": total}


def _show(call: Call) -> Any:
    return _fields(call.repository())


def _update(call: Call) -> Any:
    row = call.repository()
    description = call.json().get("description")
    if not isinstance(description, str):
        raise ApiError(400, "4001014", "description is missing")
    with writing(call.context.engine) as connection:
        connection.execute(
            sa.update(repository_table)
            .where(repository_table.c.id == row.id)
            .values(description=description, updated_at=now())
        )
    return _fields(call.repository())


def _delete(call: Call) -> Any:
    with told_by_code():
        delete_repository(call.context, call.space(), call.repository(), username=call.caller.name)
    return None


def _tags(call: Call) -> Any:
    offset, limit = call.page()
    row = call.repository()
    with reading(call.context.engine) as connection:
        artifacts = list_artifacts(connection, repository_id=row.id)
    if call.flag("is_accessory") is False:
        artifacts = tuple(one for one in artifacts if not one.accessory_of)
    tags = [
        {
            "id": tag.id,
            "name": tag.name,
            "repository_id": row.id,
            "artifact_id": artifact.id,
            "digest": artifact.digest,
            "type": kind_of(artifact),
            "namespace_id": row.namespace_id,
            "media_type": artifact.config_media_type,
            "manifest_media_type": artifact.media_type,
            "pull_time": time_text(tag.pull_time),
            "push_time": time_text(tag.push_time),
            "size": artifact.size_bytes,
        }
        for artifact in artifacts
        for tag in artifact.tags
    ]
    return {"tags": tags[offset : offset + limit], "total": len(tags)}


def _delete_tag(call: Call) -> Any:
    row = call.repository()
    name = call.segment("tag_name")
    try:
        delete_tag(call.context, call.space(), row, name, username=call.caller.name)
    except NotFound as error:
        raise ApiError(404, "4040048", f"The tag {name} does not exist") from error
    except Conflict as error:
        raise ApiError(409, "4090023", str(error)) from error
    return None


def _list_all(call: Call) -> Any:
    """Repositories of all instances of the project, by their numbers; the marker is the last one seen."""
    limit, marker = call.count(default=100), call.query_number("marker") or 0
    with reading(call.context.engine) as connection:
        project = projects(connection, project_id=call.project_id)[0]
        found = [
            (one, row)
            for one in instances(connection, project_id=project.id)
            for row in list_repositories(
                connection,
                one.id,
                contains=call.query.get("name", ""),
                order="id",
                after=marker,
                limit=limit + 1,
            )
        ]
    found.sort(key=lambda pair: pair[1].id)
    page = found[:limit]
    start = f"swr:{project.name}:{project.account_id}:repository"
    return {
        "page_info": {"next_marker": str(page[-1][1].id) if len(found) > limit else ""},
        "repositories": [
            {
                **_fields(row),
                "instance_id": one.id,
                "instance_name": one.name,
                "resource_urn": f"{start}:{one.name}/{row.namespace}/{row.name}",
            }
            for one, row in page
        ],
    }


def _fields(row: RepositoryRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "namespace_name": row.namespace,
        "namespace_id": row.namespace_id,
        "tag_count": row.tag_count,
        "pull_count": row.pull_count,
        "artifact_count": row.artifact_count,
        "description": row.description,
        "created_at": time_text(row.created_at),
        "updated_at": time_text(row.updated_at),
    }


_ONE: Final = _BASE + "/namespaces/{namespace_name}/repositories/{repository_name}"

OPERATIONS: Final = (
    Operation(
        name="ListAllInstanceRepositories",
        method="GET",
        path="/v2/{project_id}/repositories",
        action="swr:repository:listRepositories",
        query=("marker", "limit", "name"),
        handle=_list_all,
    ),
    Operation(
        name="ListInstanceRepositories",
        method="GET",
        path=_BASE + "/repositories",
        action="swr:repository:listRepositories",
        query=("offset", "limit", "order_column", "order_type", "namespace_id"),
        handle=_list,
    ),
    Operation(
        name="ListNamespaceRepositories",
        method="GET",
        path=_BASE + "/namespaces/{namespace_name}/repositories",
        action="swr:repository:listNamespaceRepositories",
        query=("offset", "limit", "order_column", "order_type"),
        handle=_list_of_namespace,
    ),
    Operation(
        name="ShowInstanceRepository",
        method="GET",
        path=_ONE,
        action="swr:repository:getRepository",
        handle=_show,
    ),
    Operation(
        name="UpdateInstanceRepository",
        method="PUT",
        path=_ONE,
        action="swr:repository:updateRepository",
        body=("description",),
        handle=_update,
    ),
    Operation(
        name="DeleteInstanceRepository",
        method="DELETE",
        path=_ONE,
        action="swr:repository:deleteRepository",
        handle=_delete,
        status=204,
    ),
    Operation(
        name="ListInstanceTags",
        method="GET",
        path=_TAGS,
        action="swr:repository:listTags",
        query=("offset", "limit", "is_accessory"),
        handle=_tags,
    ),
    Operation(
        name="DeleteInstanceTag",
        method="DELETE",
        path=_TAGS + "/{tag_name}",
        action="swr:repository:deleteTag",
        handle=_delete_tag,
        status=204,
    ),
)
