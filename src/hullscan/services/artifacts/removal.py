"""Tags, artifacts and repositories deleted: under the namespace's rules, on record, and told to its triggers."""

import sqlalchemy as sa

from hullscan.errors import NotFound
from hullscan.services.context import Context, now
from hullscan.services.rules.events import Event, emit
from hullscan.services.rules.immutability import refuse_immutable
from hullscan.store.artifacts.artifact_rows import find_artifact, remove_artifact, remove_tag, tag_names, tags_of
from hullscan.store.database import Queue, writing
from hullscan.store.places.namespaces import NamespaceRow
from hullscan.store.places.repositories import RepositoryRow, remove_repository
from hullscan.store.rules.audit import Act, note_acts


def delete_tag(context: Context, space: NamespaceRow, repository: RepositoryRow, name: str, *, username: str) -> None:
    """
    Remove a tag; its artifact stays.

    Raises:
        NotFound: There is none of that name.
        ImmutableTag: A rule holds it.
    """
    with writing(context.engine) as connection:
        refuse_immutable(connection, space, repository.name, [name])
        if not remove_tag(connection, repository.id, name):
            raise NotFound(f"there is no tag {name} in {space.name}/{repository.name}")
        _note(connection, repository, "tag", f":{name}", username)


def delete_artifact(
    context: Context, space: NamespaceRow, repository: RepositoryRow, digest: str, *, username: str
) -> None:
    """
    Remove an artifact with all its tags; its blobs stay until garbage is collected.

    Raises:
        NotFound: There is none of that digest.
        ImmutableTag: A rule holds one of its tags.
    """
    with writing(context.engine, Queue.BLOBS) as connection:
        found = find_artifact(connection, repository.id, digest)
        if found is None:
            raise NotFound(f"there is no artifact {digest} in {space.name}/{repository.name}")
        tags = tag_names(connection, found.id)
        refuse_immutable(connection, space, repository.name, tags)
        remove_artifact(connection, repository.id, found.id)
        _note(connection, repository, "artifact", f"@{digest}", username)
        emit(connection, repository, Event(type="DELETE_ARTIFACT", operator=username, digest=digest, tags=tags), now())


def delete_repository(context: Context, space: NamespaceRow, repository: RepositoryRow, *, username: str) -> None:
    """
    Remove a repository with all that is in it.

    Raises:
        ImmutableTag: A rule holds one of its tags.
    """
    with writing(context.engine, Queue.BLOBS) as connection:
        names = [tag.name for tag in tags_of(connection, repository.id)]
        refuse_immutable(connection, space, repository.name, names)
        remove_repository(connection, repository.id)
        _note(connection, repository, "repository", "", username)


def _note(connection: sa.Connection, repository: RepositoryRow, kind: str, rest: str, username: str) -> None:
    act = Act(
        instance_id=repository.instance_id,
        operation="delete",
        resource_type=kind,
        resource=f"{repository.namespace}/{repository.name}{rest}",
        username=username,
        at=now(),
    )
    note_acts(connection, [act])
