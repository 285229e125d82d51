"""Tags on instances and namespaces, and finding them by tag (the official SDK's models)."""

from typing import Any, Final

from hullscan.api.errors import ApiError
from hullscan.api.swr.operation import Call, Operation
from hullscan.store.access.accounts import instances
from hullscan.store.database import reading, writing
from hullscan.store.places.namespaces import find_namespace, list_namespaces
from hullscan.store.places.resource_tags import all_tags, drop_tags, put_tags, resource_tags

_ONE: Final = "/v2/{project_id}/{resource_type}/{resource_id}"
_SUB: Final = _ONE + "/{sub_resource_type}/{sub_resource_id}"
_INSTANCES: Final = "instances"
_NAMESPACES: Final = "namespaces"
_MOST: Final = 20
"""Tags of one resource, as TMS allows."""

_LARGEST_PAGE: Final = 1_000
"""Of resources found by tag, as TMS allows; the Terraform provider asks for 200."""


def _check_types(call: Call) -> None:
    if call.segment("resource_type") != _INSTANCES:
        raise ApiError(400, "4000014", "resource_type must be instances")
    if "sub_resource_type" in call.parameters and call.segment("sub_resource_type") != _NAMESPACES:
        raise ApiError(400, "4000014", "sub_resource_type must be namespaces")


def _resource(call: Call) -> tuple[str, str]:
    """Return (kind, id) of the resource that the path names, which must be there."""
    _check_types(call)
    instance_id = call.segment("resource_id")
    with reading(call.context.engine) as connection:
        found = instances(connection, instance_id=instance_id)
        if not found or found[0].project_id != call.project_id:
            raise ApiError(404, "4040083", f"The instance {instance_id} does not exist")
        if "sub_resource_id" not in call.parameters:
            return _INSTANCES, instance_id
        name = call.segment("sub_resource_id")
        space = find_namespace(connection, instance_id, name)
        if space is None:
            by_number = [one for one in list_namespaces(connection, instance_id) if str(one.id) == name]
            if not by_number:
                raise ApiError(404, "4040058", f"The namespace {name} does not exist")
            space = by_number[0]
    return _NAMESPACES, f"{instance_id}/{space.name}"


def _tags(call: Call) -> list[tuple[str, str]]:
    told = call.json().get("tags")
    if not isinstance(told, list) or not told:
        raise ApiError(400, "4001014", "tags is missing")
    pairs = []
    for one in told:
        key = one.get("key") if isinstance(one, dict) else None
        value = one.get("value", "") if isinstance(one, dict) else None
        if not isinstance(key, str) or not 1 <= len(key) <= 128 or not isinstance(value, str) or len(value) > 255:
            raise ApiError(400, "4000014", "a tag has a key of 1 to 128 and a value of at most 255 characters")
        pairs.append((key, value))
    return pairs


def _create(call: Call) -> Any:
    kind, resource = _resource(call)
    pairs = dict(_tags(call))
    with writing(call.context.engine) as connection:
        known = dict(resource_tags(connection, call.project_id, kind, resource))
        if len(known | pairs) > _MOST:
            raise ApiError(400, "4000014", f"a resource has at most {_MOST} tags")
        put_tags(connection, call.project_id, kind, resource, pairs)
    return None


def _delete(call: Call) -> Any:
    kind, resource = _resource(call)
    keys = [key for key, _ in _tags(call)]
    with writing(call.context.engine) as connection:
        drop_tags(connection, call.project_id, kind, resource, keys)
    return None


def _list(call: Call) -> Any:
    kind, resource = _resource(call)
    with reading(call.context.engine) as connection:
        found = resource_tags(connection, call.project_id, kind, resource)
    return {"tags": [{"key": key, "value": value} for key, value in found]}


def _of_project(call: Call) -> Any:
    return {"tags": _values(call, _INSTANCES, "")}


def _of_namespaces(call: Call) -> Any:
    return {"tags": _values(call, _NAMESPACES, call.instance().id + "/")}


def _values(call: Call, kind: str, start: str) -> list[dict[str, Any]]:
    values: dict[str, set[str]] = {}
    with reading(call.context.engine) as connection:
        for resource, tags in all_tags(connection, call.project_id, kind).items():
            if resource.startswith(start):
                for key, value in tags.items():
                    values.setdefault(key, set()).add(value)
    return [{"key": key, "values": sorted(found)} for key, found in sorted(values.items())]


def _find(call: Call) -> list[dict[str, Any]]:
    """Return the resources that carry all the tags of the body, each with one of its values."""
    _check_types(call)
    told = call.json().get("tags", []) if call.body else []
    if not isinstance(told, list):
        raise ApiError(400, "4000014", "tags must be a list")
    wanted: dict[str, list[str]] = {}
    for one in told:
        if not isinstance(one, dict) or not isinstance(one.get("key"), str):
            raise ApiError(400, "4000014", "each filter has a key, and values")
        values = one.get("values") or []
        if not isinstance(values, list):
            raise ApiError(400, "4000014", "values must be a list")
        wanted[one["key"]] = [str(value) for value in values]
    kind = _NAMESPACES if "sub_resource_type" in call.parameters else _INSTANCES
    with reading(call.context.engine) as connection:
        tagged = all_tags(connection, call.project_id, kind)
        rows = instances(connection, project_id=call.project_id)
        if kind == _INSTANCES:
            names = {row.id: (row.id, row.name) for row in rows}
        else:
            inside = [row for row in rows if row.id == call.segment("resource_id")]
            if not inside:
                raise ApiError(404, "4040083", f"The instance {call.segment('resource_id')} does not exist")
            names = {
                f"{row.id}/{space.name}": (str(space.id), space.name)
                for row in inside
                for space in list_namespaces(connection, row.id)
            }
    found = []
    for resource, (number, name) in names.items():
        tags = tagged.get(resource, {})
        if all(key in tags and (not values or tags[key] in values) for key, values in wanted.items()):
            found.append(
                {
                    "resource_id": number,
                    "resource_name": name,
                    "resource_detail": None,
                    "tags": [{"key": key, "value": value} for key, value in tags.items()],
                    "sys_tags": [],
                }
            )
    return found


def _filter(call: Call) -> Any:
    offset, limit = call.page(default=_LARGEST_PAGE, most=_LARGEST_PAGE)
    found = _find(call)
    return {"resources": found[offset : offset + limit], "total_count": len(found)}


def _count(call: Call) -> Any:
    return {"total_count": len(_find(call))}


OPERATIONS: Final = (
    Operation(
        name="ListInstanceProjectTags",
        method="GET",
        path="/v2/{project_id}/instances/tags",
        action="swr:instance:listTags",
        handle=_of_project,
    ),
    Operation(
        name="ListNamespaceTags",
        method="GET",
        path="/v2/{project_id}/instances/{instance_id}/namespaces-tags",
        action="swr:repository:listNamespaceTags",
        handle=_of_namespaces,
    ),
    Operation(
        name="ListInstanceResourceInstances",
        method="POST",
        path="/v2/{project_id}/{resource_type}/resource-instances/filter",
        action="swr:instance:listResourcesByTag",
        query=("offset", "limit"),
        body=("tags",),
        handle=_filter,
    ),
    Operation(
        name="ShowInstanceResourceInstancesCount",
        method="POST",
        path="/v2/{project_id}/{resource_type}/resource-instances/count",
        action="swr:instance:listResourcesByTag",
        body=("tags",),
        handle=_count,
    ),
    Operation(
        name="ListSubResourceInstances",
        method="POST",
        path=_ONE + "/{sub_resource_type}/resource-instances/filter",
        action="swr:repository:listResourcesByTag",
        query=("offset", "limit"),
        body=("tags",),
        handle=_filter,
    ),
    Operation(
        name="ShowSubResourceInstancesCount",
        method="POST",
        path=_ONE + "/{sub_resource_type}/resource-instances/count",
        action="swr:repository:listResourcesByTag",
        body=("tags",),
        handle=_count,
    ),
    Operation(
        name="CreateInstanceResourceTags",
        method="POST",
        path=_ONE + "/tags/create",
        action="swr:instance:tagResource",
        body=("tags",),
        handle=_create,
        status=204,
    ),
    Operation(
        name="DeleteInstanceResourceTags",
        method="DELETE",
        path=_ONE + "/tags/delete",
        action="swr:instance:untagResource",
        body=("tags",),
        handle=_delete,
        status=204,
    ),
    Operation(
        name="ListInstanceResourceTags",
        method="GET",
        path=_ONE + "/tags",
        action="swr:instance:listTagsForResource",
        handle=_list,
    ),
    Operation(
        name="CreateSubResourceTags",
        method="POST",
        path=_SUB + "/tags/create",
        action="swr:repository:tagResource",
        body=("tags",),
        handle=_create,
        status=204,
    ),
    Operation(
        name="DeleteSubResourceTags",
        method="DELETE",
        path=_SUB + "/tags/delete",
        action="swr:repository:untagResource",
        body=("tags",),
        handle=_delete,
        status=204,
    ),
    Operation(
        name="ListSubResourceTags",
        method="GET",
        path=_SUB + "/tags",
        action="swr:repository:listTagsForResource",
        handle=_list,
    ),
)
