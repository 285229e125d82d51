"""Artifacts, what their manifests name, and their tags."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from hullscan.store.database import insert_new
from hullscan.store.tables.content import artifact, manifest_part, tag
from hullscan.store.tables.places import namespace, repository

_BATCH: Final = 500


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
    accessory_type: str
    accessory_of: str
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
    if values["accessory_of"]:
        # It may have come without the tag that says what it hangs on.
        hangs = {name: values[name] for name in ("accessory_type", "accessory_of")}
        here = (artifact.c.repository_id == repository_id, artifact.c.digest == digest)
        connection.execute(sa.update(artifact).where(*here, artifact.c.accessory_of == "").values(**hangs))
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
    accessory_of: str = "",
    only: int | None = None,
    offset: int = 0,
    limit: int | None = None,
) -> tuple[ArtifactRow, ...]:
    """Return artifacts with their tags: of a repository the newest first, of an instance by rising id."""
    question = _filter_artifacts(sa.select(artifact), repository_id, instance_id, tags_contain, subject)
    if accessory_of:
        question = question.where(artifact.c.accessory_of == accessory_of)
    if only is not None:
        question = question.where(artifact.c.id == only)
    if repository_id is not None:
        question = question.order_by(artifact.c.push_time.desc(), artifact.c.id.desc())
    else:
        question = question.where(artifact.c.id > after).order_by(artifact.c.id)
    rows = connection.execute(question.offset(offset).limit(limit)).all()
    by_artifact: dict[int, list[TagRow]] = {}
    for start in range(0, len(rows), _BATCH):
        ids = [row.id for row in rows[start : start + _BATCH]]
        for one in connection.execute(sa.select(tag).where(tag.c.artifact_id.in_(ids)).order_by(tag.c.name)):
            by_artifact.setdefault(one.artifact_id, []).append(_tag(one))
    return tuple(_artifact(row, tuple(by_artifact.get(row.id, ()))) for row in rows)


def children_of_indexes(connection: sa.Connection, repository_id: int) -> set[str]:
    """Return the digests that indexes of a repository name."""
    rows = connection.execute(
        sa.select(manifest_part.c.digest)
        .join(artifact, artifact.c.digest == manifest_part.c.manifest)
        .where(artifact.c.repository_id == repository_id, manifest_part.c.kind == "manifest")
    )
    return set(rows.scalars())


def count_artifacts(connection: sa.Connection, repository_id: int, *, tags_contain: str = "") -> int:
    """Return how many artifacts a repository has."""
    question = _filter_artifacts(sa.select(sa.func.count()).select_from(artifact), repository_id, "", tags_contain, "")
    return int(connection.execute(question).scalar_one())


def tags_of(connection: sa.Connection, repository_id: int) -> tuple[TagRow, ...]:
    """Return a repository's tags, in byte order."""
    rows = connection.execute(sa.select(tag).where(tag.c.repository_id == repository_id).order_by(tag.c.name))
    return tuple(_tag(row) for row in rows)


def tag_names(connection: sa.Connection, artifact_id: int) -> tuple[str, ...]:
    """Return the names of an artifact's tags, in byte order."""
    return tuple(
        connection.execute(sa.select(tag.c.name).where(tag.c.artifact_id == artifact_id).order_by(tag.c.name)).scalars()
    )


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


def note_pulls(connection: sa.Connection, pulled: Mapping[tuple[int, int, str], tuple[int, datetime]]) -> None:
    """Add pulls: (repository, artifact, tag or "") → (count, time of the last)."""
    for (repository_id, artifact_id, name), (count, at) in pulled.items():
        connection.execute(
            sa.update(repository)
            .where(repository.c.id == repository_id)
            .values(pull_count=repository.c.pull_count + count)
        )
        connection.execute(sa.update(artifact).where(artifact.c.id == artifact_id).values(pull_time=at))
        if name:
            connection.execute(
                sa.update(tag).where(tag.c.repository_id == repository_id, tag.c.name == name).values(pull_time=at)
            )


def _filter_artifacts(
    question: sa.Select[Any], repository_id: int | None, instance_id: str, tags_contain: str, subject: str
) -> sa.Select[Any]:
    if repository_id is not None:
        question = question.where(artifact.c.repository_id == repository_id)
    if instance_id:
        # By EXISTS, so that a page walks the artifacts in their order and looks up where each is.
        inside = (
            sa.select(sa.literal(1))
            .select_from(repository.join(namespace, namespace.c.id == repository.c.namespace_id))
            .where(repository.c.id == artifact.c.repository_id, namespace.c.instance_id == instance_id)
            .correlate(artifact)
        )
        question = question.where(inside.exists())
    if tags_contain:
        named = sa.select(tag.c.artifact_id).where(tag.c.name.contains(tags_contain, autoescape=True))
        question = question.where(artifact.c.id.in_(named))
    if subject:
        question = question.where(artifact.c.subject == subject)
    return question


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
        accessory_type=row.accessory_type,
        accessory_of=row.accessory_of,
        annotations=json.loads(row.annotations),
        manifest_bytes=row.manifest_bytes,
        size_bytes=row.size_bytes,
        push_time=row.push_time,
        pull_time=row.pull_time,
        tags=tags,
    )
