"""Artifacts and their scans (swr-api.md, 2.1 and 2.2)."""

from typing import Any, Final

from hullscan.api.errors import ApiError
from hullscan.api.swr.kinds import kind_of
from hullscan.api.swr.operation import Call, Operation, time_text
from hullscan.api.swr.rules import told_by_code
from hullscan.errors import HullscanError
from hullscan.reports.swr import REPORT_TYPE, problem_fields
from hullscan.services.artifacts.build_history import build_history
from hullscan.services.artifacts.removal import delete_artifact
from hullscan.services.scans.scan import ScanOverview, overview, request_scan
from hullscan.store.artifacts.artifact_rows import ArtifactRow, count_artifacts, list_artifacts
from hullscan.store.database import reading
from hullscan.store.places.repositories import RepositoryRow, repositories_by_id

_BASE: Final = "/v2/{project_id}/instances/{instance_id}"
_REPOSITORY: Final = _BASE + "/namespaces/{namespace_name}/repositories/{repository_name}"
_ARTIFACT: Final = _REPOSITORY + "/artifacts/{reference}"
REPORT_PATH: Final = _ARTIFACT + "/vulnerabilities"


def _scan(call: Call) -> Any:
    repository, artifact = call.artifact()
    request_scan(
        call.context,
        instance_id=repository.instance_id,
        repository_id=repository.id,
        digest=artifact.digest,
    )
    return None


def _show(call: Call) -> Any:
    repository, artifact = call.artifact()
    with reading(call.context.engine) as connection:
        tagged = list_artifacts(connection, repository_id=repository.id, only=artifact.id)[0]
    fields = artifact_fields(tagged, repository)
    if call.flag("with_scan_overview"):
        found = overview(call.context, artifact.digest)
        if found is not None:
            fields["scan_overview"] = {REPORT_TYPE: overview_fields(found)}
    return fields


def _list(call: Call) -> Any:
    offset, limit = call.page()
    repository = call.repository()
    tags, kind = call.query.get("tags", ""), call.query.get("type", "")
    with reading(call.context.engine) as connection:
        if kind:
            # The type is told by several fields, so it is not the database that looks for it.
            rows = list_artifacts(connection, repository_id=repository.id, tags_contain=tags)
            rows = tuple(row for row in rows if kind_of(row) == kind.upper())
            total, rows = len(rows), rows[offset : offset + limit]
        else:
            rows = list_artifacts(
                connection, repository_id=repository.id, tags_contain=tags, offset=offset, limit=limit
            )
            total = count_artifacts(connection, repository.id, tags_contain=tags)
    return {"artifacts": [artifact_fields(row, repository) for row in rows], "total": total}


def _list_all(call: Call) -> Any:
    instance = call.instance()
    limit, marker = call.count(default=100), call.query_number("marker")
    with reading(call.context.engine) as connection:
        rows = list_artifacts(connection, instance_id=instance.id, after=(marker or 1) - 1, limit=limit + 1)
        wanted = {row.repository_id for row in rows}
        repositories = {row.id: row for row in repositories_by_id(connection, wanted)}
    page = rows[:limit]
    answer: dict[str, Any] = {"artifacts": [artifact_fields(row, repositories[row.repository_id]) for row in page]}
    if len(rows) > len(page):
        answer["next_marker"] = rows[len(page)].id
    return answer


def _delete(call: Call) -> Any:
    repository, artifact = call.artifact()
    with told_by_code():
        delete_artifact(call.context, call.space(), repository, artifact.digest, username=call.caller.name)
    return None


def _accessories(call: Call) -> Any:
    offset, limit = call.page()
    kind = call.query.get("type", "")
    repository, artifact = call.artifact()
    with reading(call.context.engine) as connection:
        rows = list_artifacts(connection, repository_id=repository.id, accessory_of=artifact.digest)
    rows = tuple(row for row in rows if not kind or row.accessory_type == kind)
    return {
        "accessories": [
            {
                "id": row.id,
                "artifact_id": row.id,
                "subject_artifact_id": artifact.id,
                "size": row.size_bytes,
                "digest": row.digest,
                "type": row.accessory_type,
                "created_at": time_text(row.push_time),
            }
            for row in rows[offset : offset + limit]
        ],
        "total": len(rows),
    }


def _addition(call: Call) -> Any:
    addition = call.segment("addition")
    if addition != "build_history":
        raise ApiError(400, "4000014", f"{addition[:100]!r} is no addition; known: build_history")
    _, artifact = call.artifact()
    try:
        steps = build_history(call.context, artifact.digest)
    except HullscanError as error:
        raise ApiError(404, "4041060", f"The artifact has no build history: {error}") from error
    return {"build_histories": steps, "total": len(steps)}


def artifact_fields(row: ArtifactRow, repository: RepositoryRow) -> dict[str, Any]:
    """Return an artifact as SWR words it."""
    return {
        "id": row.id,
        "digest": row.digest,
        "type": kind_of(row),
        "repository_id": repository.id,
        "repository_name": repository.name,
        "namespace_id": repository.namespace_id,
        "media_type": row.config_media_type,
        "manifest_media_type": row.media_type,
        "size": row.size_bytes,
        "push_time": time_text(row.push_time),
        "pull_time": time_text(row.pull_time),
        "tags": [
            {
                "id": tag.id,
                "repository_id": tag.repository_id,
                "artifact_id": tag.artifact_id,
                "name": tag.name,
                "push_time": time_text(tag.push_time),
                "pull_time": time_text(tag.pull_time),
            }
            for tag in row.tags
        ],
    }


def overview_fields(found: ScanOverview) -> dict[str, Any]:
    """
    Return how a scan stands; every field is there from the beginning (swr-api.md, 7-13).

    `problems` is ours: what could not be read. Clients ignore fields they do not know.
    """
    return {
        "report_id": found.report_id,
        "scan_status": found.scan_status,
        "severity": found.severity,
        "duration": found.duration_s,
        "summary": {
            "total": found.total,
            "fixable": found.fixable,
            "summary": found.by_severity,
        },
        "start_time": time_text(found.start_time),
        "end_time": time_text(found.end_time),
        "complete_percent": found.percent,
        "scanner": {
            "name": found.scanner.name,
            "vendor": found.scanner.vendor,
            "version": found.scanner.version,
        },
        "problems": [problem_fields(problem) for problem in found.problems],
    }


OPERATIONS: Final = (
    Operation(
        name="ListInstanceAccessories",
        method="GET",
        path=_ARTIFACT + "/accessories",
        action="swr:repository:listAccessories",
        query=("offset", "limit", "type"),
        handle=_accessories,
    ),
    Operation(
        name="ShowInstanceArtifactAddition",
        method="GET",
        path=_ARTIFACT + "/additions/{addition}",
        action="swr:repository:getTagAddition",
        handle=_addition,
    ),
    Operation(
        name="StartManualScanning",
        method="POST",
        path=_ARTIFACT + "/scan",
        action="swr:repository:startManualScanning",
        handle=_scan,
        status=202,
    ),
    Operation(
        name="ShowInstanceArtifact",
        method="GET",
        path=_ARTIFACT,
        action="swr:repository:getArtifact",
        query=("with_scan_overview",),
        handle=_show,
    ),
    Operation(
        name="DeleteInstanceArtifact",
        method="DELETE",
        path=_ARTIFACT,
        action="swr:repository:deleteArtifact",
        handle=_delete,
        status=204,
    ),
    Operation(
        name="ListInstanceArtifacts",
        method="GET",
        path=_REPOSITORY + "/artifacts",
        action="swr:repository:listArtifacts",
        query=("offset", "limit", "type", "tags"),
        handle=_list,
    ),
    Operation(
        name="ListInstanceAllArtifacts",
        method="GET",
        path=_BASE + "/artifacts",
        action="swr:instance:listAllArtifacts",
        query=("marker", "limit"),
        handle=_list_all,
    ),
)
