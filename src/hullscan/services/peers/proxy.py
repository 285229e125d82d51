"""
Namespaces that fetch from another registry what is asked of them and not here (a proxy cache).

A manifest is answered as soon as it is here. Of an index no image comes before it is asked for; an image's blobs come when
they are asked for, or one after the other beside that (`Proxy.complete_next`), so that it can be scanned, and pulled while the
other registry is away. Only where a namespace blocks pulls is an image fetched whole, and scanned, before it is given out.

A tag is looked up again after a minute; content by digest never changes. When the other registry is away, or says that it is
asked too often, what is here is served, and it is left alone for a while.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NamedTuple, TypeVar

import structlog

from hullscan.errors import (
    HullscanError,
    InvalidReference,
    NotFound,
    QuotaExceeded,
    RegistryBusy,
    RegistryError,
    RegistryRefused,
    StoreError,
)
from hullscan.model.image import Descriptor
from hullscan.model.rules import Credential, Registry
from hullscan.registry.manifest import parse_manifest
from hullscan.registry.peer import Peer
from hullscan.services.context import Context
from hullscan.services.peers.incoming import Incoming, ensure_target, fetch_manifest, held_digest
from hullscan.services.peers.replication import open_peer, sealed
from hullscan.services.rules.rule import Rule, create_rule, delete_rule, rules_of
from hullscan.services.scans.scan import look_again, request_scan
from hullscan.store.access.accounts import instances
from hullscan.store.blobs.repository_blobs import manifests_lacking, seen_blobs, unseen_parts
from hullscan.store.database import reading
from hullscan.store.places.namespaces import NamespaceRow, find_namespace
from hullscan.store.places.repositories import find_repository

_ASK_AGAIN_S: Final = 60.0
_BACK_OFF_S: Final = 30.0
_LONGEST_REST_S: Final = 900.0
_LOOK_AGAIN_S: Final = 2.0
_MOST_INCOMPLETE: Final = 1_000
_MOST_REMEMBERED: Final = 10_000

T = TypeVar("T")

_log = structlog.get_logger()


def set_upstream(
    context: Context,
    instance_id: str,
    namespace: str,
    url: str,
    *,
    user: str = "",
    password: str = "",
    insecure: bool = False,
) -> None:
    """
    Make a namespace a proxy of the registry at *url*; with "" it is one no more, and keeps what it has.

    Raises:
        NotFound: There is no such namespace.
        InvalidReference: The address is none.
    """
    with reading(context.engine) as connection:
        space = find_namespace(connection, instance_id, namespace)
        known = rules_of(connection, "proxy", instance_id, namespace_id=space.id) if space else []
    if space is None:
        raise NotFound(f"namespace {namespace} does not exist")
    if url and not url.startswith(("https://", "http://")):
        raise InvalidReference(f"{url!r} is no address; write https://registry.example")
    for rule in known:
        delete_rule(context, rule)
    if url:
        body = Registry(
            name="upstream",
            url=url,
            insecure=insecure,
            credential=Credential(access_key=user, access_secret=password),
        )
        create_rule(
            context, "proxy", instance_id, sealed(context, body), creator="administrator", namespace_id=space.id
        )


class Proxy:
    """Fetches for one server; remembers what it asked a moment ago."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._rules: dict[int, Rule] = {}
        self._looked = -_LOOK_AGAIN_S
        self._asked: dict[_Thing, float] = {}
        self._resting: dict[int, float] = {}
        self._turns: dict[_Thing, _Turn] = {}
        self._incomplete: OrderedDict[_Thing, NamespaceRow] = OrderedDict()
        self._lock = threading.Lock()

    def is_proxy(self, namespace: str) -> bool:
        """Say whether a namespace fetches from elsewhere."""
        self._look()
        return any(rule.row.namespace == namespace for rule in self._rules.values())

    def tags(self, space: NamespaceRow, name: str) -> list[str]:
        """Return the tags that the other registry has of a repository; none while it is away, or if *space* is no proxy."""
        return self._listed(space, name, lambda peer, there: peer.tags(there))

    def referrers(self, space: NamespaceRow, name: str, digest: str) -> list[Descriptor]:
        """Return what the other registry says hangs on *digest*; nothing while it is away, or if *space* is no proxy."""
        return self._listed(space, name, lambda peer, there: peer.referrers(there, digest))

    def ensure(self, space: NamespaceRow, name: str, reference: str) -> None:
        """
        Bring the manifest that *reference* names in the repository *name* of *space* here, if the namespace is a proxy.

        Raises:
            RegistryRefused: The other registry gives it to nobody like us.
            RegistryBusy: It is not here, and the other registry cannot be asked now.
            RegistryError: It is not here, and what the other registry has cannot be taken.
            QuotaExceeded: There is no room for it.
        """
        self._look()
        rule = self._rules.get(space.id)
        if rule is None:
            return
        thing = _Thing(space.id, name, reference)
        with self._turn(thing):
            self._ensure(rule, space, thing)

    def ensure_blob(self, space: NamespaceRow, name: str, digest: str) -> None:
        """
        Bring a blob here that a manifest of the repository names, if the namespace is a proxy.

        Raises:
            As `ensure`.
        """
        self._look()
        rule = self._rules.get(space.id)
        if rule is None:
            return
        with reading(self._context.engine) as connection:
            repository = find_repository(connection, space.instance_id, space.name, name)
            lacking = manifests_lacking(connection, repository.id, digest) if repository is not None else {}
        if lacking:
            self._refuse_while_resting(space)
            with self._told(rule, space), open_peer(self._context, rule) as peer:
                self._take_blobs(peer, space, name, {digest: max(lacking.values())}, manifests=lacking)

    def complete_next(self) -> bool:
        """Fetch what one image still lacks; False if none waits, or it has to wait for the other registry."""
        with self._lock:
            if not self._incomplete:
                return False
            thing, space = self._incomplete.popitem(last=False)
        rule = self._rules.get(space.id)
        if rule is None:
            return True
        if self._rests_s(space) > 0:
            with self._lock:
                self._incomplete.setdefault(thing, space)
            return False
        try:
            self._complete(rule, space, thing.name, thing.reference)
        except HullscanError as error:
            # Whoever asks for its manifest again has it tried again.
            _log.warning("image not fetched whole", repository=f"{space.name}/{thing.name}", reason=str(error))
        return True

    def _ensure(self, rule: Rule, space: NamespaceRow, thing: "_Thing") -> None:
        _, name, reference = thing
        held = held_digest(self._context, space.instance_id, f"{space.name}/{name}", reference)
        fresh = ":" in reference or time.monotonic() - self._asked.get(thing, -_ASK_AGAIN_S) < _ASK_AGAIN_S
        if not held or not fresh:
            try:
                self._refuse_while_resting(space)
                with self._told(rule, space):
                    held = self._fetch(rule, space, thing, held)
            except HullscanError as error:
                if not held:
                    raise
                _log.warning("served what is here", repository=f"{space.name}/{name}", reason=str(error))
        if held:
            self._see_to_blobs(rule, space, name, held)

    def _fetch(self, rule: Rule, space: NamespaceRow, thing: "_Thing", held: str) -> str:
        """Take the manifest if it is another than the one *held*; return the digest that is here now, "" for none."""
        _, name, reference = thing
        with open_peer(self._context, rule) as peer:
            source = peer.whole_name(name)
            # Docker Hub and others count who asks for a manifest, not who asks whether it is still the same.
            if not held or peer.digest(source, reference) != held:
                try:
                    digest, data, kind = fetch_manifest(peer, source, reference)
                except NotFound:
                    return held  # the registry's own answer: it is not there
                self._take(peer, space, name, digest, data, kind, () if ":" in reference else (reference,))
                held = digest
        if ":" not in reference:
            if len(self._asked) > _MOST_REMEMBERED:
                self._asked.clear()
            self._asked[thing] = time.monotonic()
        return held

    def _take(
        self, peer: Peer, space: NamespaceRow, name: str, digest: str, data: bytes, kind: str, tags: tuple[str, ...]
    ) -> None:
        incoming = self._incoming(peer, space, name)
        manifest = parse_manifest(data, kind)
        blobs = [one.digest for one in manifest.blobs if not one.is_foreign]
        with reading(self._context.engine) as connection:
            is_here = seen_blobs(connection, incoming.repository, blobs).keys() >= set(blobs)
        if not manifest.is_index and (is_here or space.prevent_vul):
            incoming.take(digest, data, kind, tags)
        else:
            incoming.take_manifest(digest, data, kind, tags)

    def _see_to_blobs(self, rule: Rule, space: NamespaceRow, name: str, digest: str) -> None:
        """Have the blobs come that the manifest *digest*, which is here, still lacks."""
        if not self._lacked(space, name, digest):
            return
        if space.prevent_vul:
            self._refuse_while_resting(space)
            self._complete(rule, space, name, digest)
            return
        with self._lock:
            self._incomplete[_Thing(space.id, name, digest)] = space
            if len(self._incomplete) > _MOST_INCOMPLETE:
                self._incomplete.popitem(last=False)

    def _complete(self, rule: Rule, space: NamespaceRow, name: str, digest: str) -> None:
        with self._told(rule, space), open_peer(self._context, rule) as peer:
            self._take_blobs(peer, space, name, self._lacked(space, name, digest), manifests=(digest,))

    def _lacked(self, space: NamespaceRow, name: str, digest: str) -> dict[str, int]:
        with reading(self._context.engine) as connection:
            repository = find_repository(connection, space.instance_id, space.name, name)
            return unseen_parts(connection, repository.id, digest) if repository is not None else {}

    def _take_blobs(
        self, peer: Peer, space: NamespaceRow, name: str, blobs: Mapping[str, int], *, manifests: Iterable[str]
    ) -> None:
        """Take *blobs* (digest → bytes), and have those of *manifests* scanned that lack none any more."""
        incoming = self._incoming(peer, space, name)
        for digest, size_bytes in blobs.items():
            with self._turn(_Thing(space.id, name, digest)):
                incoming.take_blob(digest, size_bytes)
        whole = [one for one in manifests if not self._lacked(space, name, one)] if blobs else []
        for one in whole if space.auto_scan else ():
            request_scan(self._context, instance_id=space.instance_id, repository_id=incoming.repository, digest=one)
        if whole:
            look_again(self._context, next(iter(blobs)))

    def _incoming(self, peer: Peer, space: NamespaceRow, name: str) -> Incoming:
        target, repository = ensure_target(self._context, space.instance_id, f"{space.name}/{name}")
        return Incoming(
            context=self._context,
            peer=peer,
            source=peer.whole_name(name),
            space=target,
            repository=repository,
            username="proxy",
        )

    def _listed(self, space: NamespaceRow, name: str, ask: Callable[[Peer, str], list[T]]) -> list[T]:
        self._look()
        rule = self._rules.get(space.id)
        if rule is None or self._rests_s(space) > 0:
            return []
        try:
            with self._told(rule, space), open_peer(self._context, rule) as peer:
                return ask(peer, peer.whole_name(name))
        except RegistryError as error:
            _log.warning("listed what is here", repository=f"{space.name}/{name}", reason=str(error))
            return []

    @contextmanager
    def _told(self, rule: Rule, space: NamespaceRow) -> Iterator[None]:
        """Raise what callers are told, and leave the other registry alone for a while where it is away."""
        try:
            yield
        except (RegistryRefused, QuotaExceeded, StoreError):
            raise
        except RegistryError as error:
            asked = error.retry_after_s if isinstance(error, RegistryBusy) else 0.0
            rest_s = min(max(asked, _BACK_OFF_S), _LONGEST_REST_S)
            self._resting[space.id] = time.monotonic() + rest_s
            raise RegistryBusy(str(error), retry_after_s=rest_s) from error
        except HullscanError as error:
            raise RegistryError(f"{rule.body.url}: {error}") from error

    def _refuse_while_resting(self, space: NamespaceRow) -> None:
        rest_s = self._rests_s(space)
        if rest_s > 0:
            raise RegistryBusy("the other registry did not answer a moment ago; try again later", retry_after_s=rest_s)

    def _rests_s(self, space: NamespaceRow) -> float:
        return self._resting.get(space.id, 0.0) - time.monotonic()

    @contextmanager
    def _turn(self, thing: "_Thing") -> Iterator[None]:
        """Let one thing be fetched by one request at a time: the others wait, and find it here."""
        with self._lock:
            turn = self._turns.setdefault(thing, _Turn())
            turn.users += 1
        try:
            with turn.lock:
                yield
        finally:
            with self._lock:
                turn.users -= 1
                if not turn.users:
                    self._turns.pop(thing, None)

    def _look(self) -> None:
        if time.monotonic() - self._looked < _LOOK_AGAIN_S:
            return
        with reading(self._context.engine) as connection:
            found = [rule for one in instances(connection) for rule in rules_of(connection, "proxy", one.id)]
        self._rules = {rule.row.namespace_id: rule for rule in found if rule.row.namespace_id is not None}
        self._looked = time.monotonic()


class _Thing(NamedTuple):
    """A manifest by tag or digest, or a blob, of a repository."""

    namespace_id: int
    name: str
    reference: str


class _Turn:
    """Who fetches a thing, and how many wait for that."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users = 0
