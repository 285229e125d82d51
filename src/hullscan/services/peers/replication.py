"""Copies between this instance and other registries, by replication policies."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from hullscan.errors import HullscanError, InvalidReference, NotFound
from hullscan.model.rules import Registry, ReplicationPolicy
from hullscan.registry.manifest import parse_manifest
from hullscan.registry.peer import Peer
from hullscan.services.access.secrets import Vault
from hullscan.services.artifacts.push import read_manifest
from hullscan.services.context import Context
from hullscan.services.peers.incoming import Incoming, ensure_target, fetch_manifest, hand_on, held_digest
from hullscan.services.rules.rule import Rule, get_rule
from hullscan.store.artifacts.artifact_rows import tags_of
from hullscan.store.database import reading
from hullscan.store.places.repositories import find_repository, list_repositories


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One tag to be copied: repositories with their namespaces."""

    source: str
    target: str
    tag: str


def sealed(context: Context, body: Registry) -> Registry:
    """Return *body* with its secret encrypted, as it is stored."""
    secret = body.credential.access_secret
    if not secret:
        return body
    credential = msgspec.structs.replace(body.credential, access_secret=Vault(context.settings).seal(secret).decode())
    return msgspec.structs.replace(body, credential=credential)


def open_peer(context: Context, rule: Rule) -> Peer:
    """Return the registry of a rule, with its credentials."""
    body: Registry = rule.body
    secret = body.credential.access_secret
    return Peer(
        body.url,
        user=body.credential.access_key,
        password=Vault(context.settings).open(secret.encode()) if secret else "",
        insecure=body.insecure,
    )


def registry_status(context: Context, rule: Rule) -> str:
    """Return healthy or unhealthy: whether the registry answers and lets us in."""
    try:
        with open_peer(context, rule) as peer:
            peer.ping()
    except HullscanError:
        return "unhealthy"
    return "healthy"


def check_policy(context: Context, instance_id: str, policy: ReplicationPolicy) -> None:
    """
    Raises:
        InvalidReference: The policy copies from here to here, or from there to there.
        NotFound: A registry that it names does not exist.
    """
    ends = (policy.src_registry.id, policy.dest_registry.id)
    if bool(ends[0]) == bool(ends[1]):
        raise InvalidReference("one of src_registry and dest_registry is another registry, the other this one (id 0)")
    get_rule(context, "registry", instance_id, ends[0] or ends[1])


def copies(context: Context, instance_id: str, policy: ReplicationPolicy, peer: Peer) -> Iterator[Copy]:
    """Yield what *policy* copies, as source and target are now."""
    for full in sorted(_sources(context, instance_id, policy, peer)):
        if not all(one.takes(full) for one in policy.filters if one.type == "name"):
            continue
        _, _, rest = full.partition("/")
        target = f"{policy.dest_namespace}/{rest}" if policy.dest_namespace else full
        for tag in _tags(context, instance_id, policy, peer, full):
            if all(one.takes(tag) for one in policy.filters if one.type == "tag"):
                yield Copy(source=full, target=target, tag=tag)


def copy(context: Context, instance_id: str, policy: ReplicationPolicy, peer: Peer, one: Copy) -> str:
    """
    Copy one tag and return its digest; what is there already is not sent again.

    Raises:
        HullscanError: It could not be done; the target is as it was, or has blobs that nothing names yet.
    """
    if policy.dest_registry.id:
        return _send(context, instance_id, policy, peer, one)
    return _fetch(context, instance_id, policy, peer, one)


def _sources(context: Context, instance_id: str, policy: ReplicationPolicy, peer: Peer) -> list[str]:
    if not policy.dest_registry.id:
        exact = [one.value for one in policy.filters if one.type == "name" and not set("*?{").intersection(one.value)]
        return exact or peer.repositories()
    with reading(context.engine) as connection:
        return [f"{row.namespace}/{row.name}" for row in list_repositories(connection, instance_id, order="name")]


def _tags(context: Context, instance_id: str, policy: ReplicationPolicy, peer: Peer, full: str) -> list[str]:
    if not policy.dest_registry.id:
        return peer.tags(full)
    space, _, name = full.partition("/")
    with reading(context.engine) as connection:
        row = find_repository(connection, instance_id, space, name)
        return [tag.name for tag in tags_of(connection, row.id)] if row else []


def _send(context: Context, instance_id: str, policy: ReplicationPolicy, peer: Peer, one: Copy) -> str:
    space, _, name = one.source.partition("/")
    with reading(context.engine) as connection:
        row = find_repository(connection, instance_id, space, name)
    if row is None:
        raise NotFound(f"{one.source} is gone")
    digest, media_type, data, _ = read_manifest(context, row.id, one.tag)
    there = peer.digest(one.target, one.tag)
    if there == digest:
        return digest
    if there and not policy.override:
        raise InvalidReference(f"{one.target}:{one.tag} is another artifact there, and the policy does not override")

    def blob(part: str, size: int) -> None:
        if not peer.has_blob(one.target, part):
            peer.put_blob(one.target, part, size, context.blobs.read(part))

    def child(part: str) -> None:
        _, kind, content, _ = read_manifest(context, row.id, part)
        hand_on(parse_manifest(content, kind), blob, child)
        peer.put_manifest(one.target, part, content, kind)

    hand_on(parse_manifest(data, media_type), blob, child)
    peer.put_manifest(one.target, one.tag, data, media_type)
    return digest


def _fetch(context: Context, instance_id: str, policy: ReplicationPolicy, peer: Peer, one: Copy) -> str:
    there = held_digest(context, instance_id, one.target, one.tag)
    # Docker Hub and others count who asks for a manifest, not who asks whether it is still the same.
    if there and peer.digest(one.source, one.tag) == there:
        return there
    digest, data, kind = fetch_manifest(peer, one.source, one.tag)
    space, repository = ensure_target(context, instance_id, one.target)
    if there == digest:
        return digest
    if there and not policy.override:
        raise InvalidReference(f"{one.target}:{one.tag} is another artifact here, and the policy does not override")
    incoming = Incoming(
        context=context, peer=peer, source=one.source, space=space, repository=repository, username="replication"
    )
    incoming.take(digest, data, kind, (one.tag,))
    return digest
