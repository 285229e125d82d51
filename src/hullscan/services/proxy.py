"""
Namespaces that fetch from another registry what is asked of them and not here (a proxy cache).

A tag is looked up again after a minute; content by digest never changes. When the other registry is away, or says that it is
asked too often, what is here is served, and it is left alone for a while.
"""

import threading
import time
from typing import Final

import structlog

from hullscan.errors import HullscanError, InvalidReference, NotFound, RegistryError
from hullscan.model.rules import Credential, Registry, RegistryReference, ReplicationPolicy
from hullscan.services.context import Context
from hullscan.services.replication import Copy, copy, open_peer, sealed
from hullscan.services.rules import Rule, create_rule, delete_rule, rules_of
from hullscan.store.accounts import instances
from hullscan.store.artifacts import find_artifact
from hullscan.store.database import reading
from hullscan.store.namespaces import NamespaceRow, find_namespace
from hullscan.store.repositories import find_repository

_ASK_AGAIN_S: Final = 60.0
_BACK_OFF_S: Final = 30.0
_LOOK_AGAIN_S: Final = 2.0

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
        self._asked: dict[tuple[int, str, str], float] = {}
        self._resting: dict[int, float] = {}
        self._locks: dict[tuple[int, str, str], threading.Lock] = {}
        self._lock = threading.Lock()

    def is_proxy(self, namespace: str) -> bool:
        """Say whether a namespace fetches from elsewhere."""
        self._look()
        return any(rule.row.namespace == namespace for rule in self._rules.values())

    def tags(self, space: NamespaceRow, name: str) -> list[str]:
        """Return the tags that the other registry has of a repository; none while it is away, or if *space* is no proxy."""
        self._look()
        rule = self._rules.get(space.id)
        if rule is None or time.monotonic() < self._resting.get(space.id, 0.0):
            return []
        try:
            with open_peer(self._context, rule) as peer:
                return peer.tags(name)
        except RegistryError as error:
            self._resting[space.id] = time.monotonic() + _BACK_OFF_S
            _log.warning("listed what is here", repository=f"{space.name}/{name}", reason=str(error))
            return []

    def ensure(self, space: NamespaceRow, name: str, reference: str) -> None:
        """
        Bring what *reference* names in the repository *name* of *space* here, if the namespace is a proxy.

        Raises:
            RegistryError: It is not here, and the other registry cannot be asked now.
        """
        self._look()
        rule = self._rules.get(space.id)
        if rule is None:
            return
        key = (space.id, name, reference)
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        try:
            with lock:
                self._ensure(rule, space, key)
        finally:
            with self._lock:
                self._locks.pop(key, None)

    def _ensure(self, rule: Rule, space: NamespaceRow, key: tuple[int, str, str]) -> None:
        _, name, reference = key
        held = self._held(space, name, reference)
        if held and (":" in reference or time.monotonic() - self._asked.get(key, -_ASK_AGAIN_S) < _ASK_AGAIN_S):
            return
        if time.monotonic() < self._resting.get(space.id, 0.0):
            if held:
                return
            raise RegistryError(f"{rule.body.url} did not answer a moment ago; try again in half a minute")
        self._fetch(rule, space, key, held=held)

    def _fetch(self, rule: Rule, space: NamespaceRow, key: tuple[int, str, str], *, held: bool) -> None:
        _, name, reference = key
        policy = ReplicationPolicy(
            name="proxy", src_registry=RegistryReference(id=rule.row.id), override=True, enabled=True
        )
        one = Copy(source=name, target=f"{space.name}/{name}", tag=reference)
        try:
            with open_peer(self._context, rule) as peer:
                copy(self._context, space.instance_id, policy, peer, one)
        except NotFound:
            if not held:
                return  # the registry's own answer: it is not here
        except RegistryError as error:
            self._resting[space.id] = time.monotonic() + _BACK_OFF_S
            if not held:
                raise
            _log.warning("served what is here", repository=one.target, reference=reference, reason=str(error))
            return
        except HullscanError as error:
            if not held:
                raise RegistryError(f"{rule.body.url}: {error}") from error
            _log.warning("served what is here", repository=one.target, reference=reference, reason=str(error))
            return
        if ":" not in reference:
            self._asked[key] = time.monotonic()

    def _held(self, space: NamespaceRow, name: str, reference: str) -> bool:
        with reading(self._context.engine) as connection:
            repository = find_repository(connection, space.instance_id, space.name, name)
            return repository is not None and find_artifact(connection, repository.id, reference) is not None

    def _look(self) -> None:
        if time.monotonic() - self._looked < _LOOK_AGAIN_S:
            return
        with reading(self._context.engine) as connection:
            found = [rule for one in instances(connection) for rule in rules_of(connection, "proxy", one.id)]
        self._rules = {rule.row.namespace_id: rule for rule in found if rule.row.namespace_id is not None}
        self._looked = time.monotonic()
