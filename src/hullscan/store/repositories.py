"""Repositories and what is in them: artifacts, tags, and the blobs that may be seen there."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hullscan.store.database import insert_new
from hullscan.store.schema import artifact, blob, manifest_part, namespace, repository, repository_blob, tag


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryRow:
    """A repository; `name` is without its namespace."""

    id: int
    namespace_id: int
    namespace: str
    instance_id: str
    name: str
    description: str
    pull_count: int
    created_at: datetime
    updated_at: datetime
    tag_count: int = 0
    artifact_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRow:
    """A tag of an artifact."""

    id: int
    repository_id: int
    artifact_id: int
    name: str
    push_time: datetime
    pull_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactRow:
    """An artifact of a repository, by its manifest; `size_bytes` counts manifest, config and layers."""

    id: int
    repository_id: int
    digest: str
    media_type: str
    config_media_type: str
    artifact_type: str
    subject: str
    annotations: dict[str, str]
    manifest_bytes: int
    size_bytes: int
    push_time: datetime
    pull_time: datetime | None
    tags: tuple[TagRow, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a manifest names: config, layer or manifest."""

    kind: str
    digest: str
    media_type: str
    size_bytes: int
    platform: str = ""


def find_repository(connection: sa.Connection, instance_id: str, space: str, name: str) -> RepositoryRow | None:
    """Return a repository by namespace and name."""
    rows = list_repositories(connection, instance_id, space=space, exact=name, limit=1)
    return rows[0] if rows else None


def list_repositories(
    connection: sa.Connection,
    instance_id: str,
    *,
    space: str = "",
    namespace_id: int | None = None,
    exact: str = "",
    contains: str = "",
    order: str = "updated_at",
    descending: bool = True,
    offset: int = 0,
    limit: int | None = None,
) -> tuple[RepositoryRow, ...]:
    """Return repositories, filtered, ordered and cut to a page, with how many tags and artifacts each has."""
    question = _filter_repositories(
        sa.select(repository, namespace.c.name.label("space"), namespace.c.instance_id),
        instance_id,
        space,
        namespace_id,
        exact,
        contains,
    )
    column = repository.c.created_at if order == "created_at" else repository.c.updated_at
    if order == "name":
        question = question.order_by(namespace.c.name, repository.c.name)
    else:
        question = question.order_by(column.desc() if descending else column, repository.c.id)
    rows = connection.execute(question.offset(offset).limit(limit)).all()
    ids = [row.id for row in rows]
    tags, artifacts = _count_by_repository(connection, tag, ids), _count_by_repository(connection, artifact, ids)
    return tuple(
        RepositoryRow(
            id=row.id,
            namespace_id=row.namespace_id,
            namespace=row.space,
            instance_id=row.instance_id,
            name=row.name,
            description=row.description,
            pull_count=row.pull_count,
            created_at=row.created_at,
            updated_at=row.updated_at,
            tag_count=tags.get(row.id, 0),
            artifact_count=artifacts.get(row.id, 0),
        )
        for row in rows
    )


def count_repositories(
    connection: sa.Connection, instance_id: str, *, space: str = "", namespace_id: int | None = None
) -> int:
    """Return how many repositories the filters leave."""
    question = _filter_repositories(
        sa.select(sa.func.count()).select_from(repository), instance_id, space, namespace_id, "", ""
    )
    return int(connection.execute(question).scalar_one())


def ensure_repository(connection: sa.Connection, namespace_id: int, name: str, at: datetime) -> int:
    """Return the id of a repository, which appears with its first push."""
    insert_new(
        connection,
        repository,
        [
            {
                "namespace_id": namespace_id,
                "name": name,
                "description": "",
                "pull_count": 0,
                "created_at": at,
                "updated_at": at,
            }
        ],
    )
    return int(
        connection.execute(
            sa.select(repository.c.id).where(repository.c.namespace_id == namespace_id, repository.c.name == name)
        ).scalar_one()
    )


def add_blob(connection: sa.Connection, repository_id: int, digest: str, size_bytes: int, at: datetime) -> None:
    """Note that a blob is in the store, and may be seen in a repository."""
    insert_new(connection, blob, [{"digest": digest, "size_bytes": size_bytes, "created_at": at}])
    link_blob(connection, repository_id, digest, at)


def link_blob(connection: sa.Connection, repository_id: int, digest: str, at: datetime) -> None:
    """Let a blob of the store be seen in a repository."""
    insert_new(connection, repository_blob, [{"repository_id": repository_id, "digest": digest, "created_at": at}])


def blob_size(connection: sa.Connection, repository_id: int, digest: str) -> int | None:
    """Return the size of a blob that may be seen in a repository."""
    return connection.execute(
        sa.select(blob.c.size_bytes)
        .join(repository_blob, repository_blob.c.digest == blob.c.digest)
        .where(repository_blob.c.repository_id == repository_id, blob.c.digest == digest)
    ).scalar()


def repositories_with_blob(connection: sa.Connection, instance_id: str, digest: str) -> list[int]:
    """Return the repositories of an instance in which a blob may be seen."""
    rows = connection.execute(
        sa.select(repository_blob.c.repository_id)
        .join(repository, repository.c.id == repository_blob.c.repository_id)
        .join(namespace, namespace.c.id == repository.c.namespace_id)
        .where(namespace.c.instance_id == instance_id, repository_blob.c.digest == digest)
    )
    return [row.repository_id for row in rows]


def seen_blobs(connection: sa.Connection, repository_id: int, digests: Sequence[str]) -> set[str]:
    """Return those of *digests* that may be seen in a repository."""
    found: set[str] = set()
    for start in range(0, len(digests), 500):
        rows = connection.execute(
            sa.select(repository_blob.c.digest).where(
                repository_blob.c.repository_id == repository_id,
                repository_blob.c.digest.in_(digests[start : start + 500]),
            )
        )
        found.update(row.digest for row in rows)
    return found


def unlink_blob(connection: sa.Connection, repository_id: int, digest: str) -> bool:
    """Hide a blob from a repository; False if it could not be seen there."""
    result = connection.execute(
        sa.delete(repository_blob).where(
            repository_blob.c.repository_id == repository_id, repository_blob.c.digest == digest
        )
    )
    return bool(result.rowcount)


def put_artifact(
    connection: sa.Connection, repository_id: int, values: dict[str, Any], parts: Sequence[Part], at: datetime
) -> int:
    """Add an artifact (or touch the one with its digest) and return its id."""
    digest = values["digest"]
    insert_new(
        connection,
        artifact,
        [{"repository_id": repository_id, "push_time": at, **values, "annotations": json.dumps(values["annotations"])}],
    )
    insert_new(
        connection,
        manifest_part,
        [
            {
                "manifest": digest,
                "position": position,
                "kind": part.kind,
                "digest": part.digest,
                "media_type": part.media_type,
                "size_bytes": part.size_bytes,
                "platform": part.platform,
            }
            for position, part in enumerate(parts)
        ],
    )
    connection.execute(sa.update(repository).where(repository.c.id == repository_id).values(updated_at=at))
    return int(
        connection.execute(
            sa.select(artifact.c.id).where(artifact.c.repository_id == repository_id, artifact.c.digest == digest)
        ).scalar_one()
    )


def put_tag(connection: sa.Connection, repository_id: int, name: str, artifact_id: int, at: datetime) -> None:
    """Point a tag at an artifact."""
    changed = connection.execute(
        sa.update(tag)
        .where(tag.c.repository_id == repository_id, tag.c.name == name)
        .values(artifact_id=artifact_id, push_time=at)
    )
    if changed.rowcount == 0:
        connection.execute(
            sa.insert(tag).values(repository_id=repository_id, name=name, artifact_id=artifact_id, push_time=at)
        )


def find_artifact(connection: sa.Connection, repository_id: int, reference: str) -> ArtifactRow | None:
    """Return an artifact by digest or tag, without its tags."""
    question = sa.select(artifact).where(artifact.c.repository_id == repository_id)
    if ":" in reference:
        question = question.where(artifact.c.digest == reference)
    else:
        question = question.join(tag, tag.c.artifact_id == artifact.c.id).where(
            tag.c.repository_id == repository_id, tag.c.name == reference
        )
    row = connection.execute(question).first()
    return None if row is None else _artifact(row, ())


def list_artifacts(
    connection: sa.Connection,
    *,
    repository_id: int | None = None,
    instance_id: str = "",
    tags_contain: str = "",
    after: int = 0,
    subject: str = "",
    offset: int = 0,
    limit: int | None = None,
) -> tuple[ArtifactRow, ...]:
    """Return artifacts with their tags: of a repository the newest first, of an instance by rising id."""
    question = _filter_artifacts(sa.select(artifact), repository_id, instance_id, tags_contain, subject)
    if repository_id is not None:
        question = question.order_by(artifact.c.push_time.desc(), artifact.c.id.desc())
    else:
        question = question.where(artifact.c.id > after).order_by(artifact.c.id)
    rows = connection.execute(question.offset(offset).limit(limit)).all()
    by_artifact: dict[int, list[TagRow]] = {}
    for one in connection.execute(
        sa.select(tag).where(tag.c.artifact_id.in_([row.id for row in rows])).order_by(tag.c.name)
    ):
        by_artifact.setdefault(one.artifact_id, []).append(_tag(one))
    return tuple(_artifact(row, tuple(by_artifact.get(row.id, ()))) for row in rows)


def count_artifacts(connection: sa.Connection, repository_id: int, *, tags_contain: str = "") -> int:
    """Return how many artifacts a repository has."""
    question = _filter_artifacts(sa.select(sa.func.count()).select_from(artifact), repository_id, "", tags_contain, "")
    return int(connection.execute(question).scalar_one())


def tags_of(connection: sa.Connection, repository_id: int) -> tuple[TagRow, ...]:
    """Return a repository's tags, in byte order."""
    rows = connection.execute(sa.select(tag).where(tag.c.repository_id == repository_id).order_by(tag.c.name))
    return tuple(_tag(row) for row in rows)


def remove_tag(connection: sa.Connection, repository_id: int, name: str) -> bool:
    """Remove a tag; False if there is none of that name."""
    result = connection.execute(sa.delete(tag).where(tag.c.repository_id == repository_id, tag.c.name == name))
    return bool(result.rowcount)


def remove_artifact(connection: sa.Connection, repository_id: int, artifact_id: int) -> None:
    """Remove an artifact with its tags; its blobs stay for others."""
    connection.execute(sa.delete(tag).where(tag.c.artifact_id == artifact_id))
    connection.execute(
        sa.delete(artifact).where(artifact.c.repository_id == repository_id, artifact.c.id == artifact_id)
    )


def remove_repository(connection: sa.Connection, repository_id: int) -> None:
    """Remove a repository with all that is in it."""
    from hullscan.store.schema import upload

    for table in (tag, artifact, repository_blob, upload):
        connection.execute(sa.delete(table).where(table.c.repository_id == repository_id))
    connection.execute(sa.delete(repository).where(repository.c.id == repository_id))


def note_pull(connection: sa.Connection, repository_id: int, artifact_id: int, tag_name: str, at: datetime) -> None:
    """Count a pull."""
    connection.execute(
        sa.update(repository).where(repository.c.id == repository_id).values(pull_count=repository.c.pull_count + 1)
    )
    connection.execute(sa.update(artifact).where(artifact.c.id == artifact_id).values(pull_time=at))
    if tag_name:
        connection.execute(
            sa.update(tag).where(tag.c.repository_id == repository_id, tag.c.name == tag_name).values(pull_time=at)
        )


def _filter_repositories(
    question: sa.Select[Any], instance_id: str, space: str, namespace_id: int | None, exact: str, contains: str
) -> sa.Select[Any]:
    question = question.join(namespace, namespace.c.id == repository.c.namespace_id).where(
        namespace.c.instance_id == instance_id
    )
    if space:
        question = question.where(namespace.c.name == space)
    if namespace_id is not None:
        question = question.where(namespace.c.id == namespace_id)
    if exact:
        question = question.where(repository.c.name == exact)
    if contains:
        question = question.where(repository.c.name.contains(contains, autoescape=True))
    return question


def _filter_artifacts(
    question: sa.Select[Any], repository_id: int | None, instance_id: str, tags_contain: str, subject: str
) -> sa.Select[Any]:
    if repository_id is not None:
        question = question.where(artifact.c.repository_id == repository_id)
    if instance_id:
        inside = (
            sa.select(repository.c.id)
            .join(namespace, namespace.c.id == repository.c.namespace_id)
            .where(namespace.c.instance_id == instance_id)
        )
        question = question.where(artifact.c.repository_id.in_(inside))
    if tags_contain:
        named = sa.select(tag.c.artifact_id).where(tag.c.name.contains(tags_contain, autoescape=True))
        question = question.where(artifact.c.id.in_(named))
    if subject:
        question = question.where(artifact.c.subject == subject)
    return question


def _count_by_repository(connection: sa.Connection, table: sa.Table, ids: list[int]) -> dict[int, int]:
    rows = connection.execute(
        sa.select(table.c.repository_id, sa.func.count().label("number"))
        .where(table.c.repository_id.in_(ids))
        .group_by(table.c.repository_id)
    )
    return {row.repository_id: row.number for row in rows}


def _tag(row: Any) -> TagRow:
    return TagRow(
        id=row.id,
        repository_id=row.repository_id,
        artifact_id=row.artifact_id,
        name=row.name,
        push_time=row.push_time,
        pull_time=row.pull_time,
    )


def _artifact(row: Any, tags: tuple[TagRow, ...]) -> ArtifactRow:
    return ArtifactRow(
        id=row.id,
        repository_id=row.repository_id,
        digest=row.digest,
        media_type=row.media_type,
        config_media_type=row.config_media_type,
        artifact_type=row.artifact_type,
        subject=row.subject,
        annotations=json.loads(row.annotations),
        manifest_bytes=row.manifest_bytes,
        size_bytes=row.size_bytes,
        push_time=row.push_time,
        pull_time=row.pull_time,
        tags=tags,
    )
