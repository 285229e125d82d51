"""Who may do what in the registry: Basic, bearer tokens, and nobody at all for public images."""

import base64
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qs

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import Response

from hullscan.api.registry.answers import Refused, json_answer
from hullscan.api.registry.gate import Gate
from hullscan.errors import NotAuthenticated
from hullscan.services.access.accounts import Accounts
from hullscan.services.access.callers import Caller
from hullscan.services.access.first_start import INSTANCE, PROJECT
from hullscan.services.access.secrets import new_token
from hullscan.services.context import Context, now
from hullscan.store.access.accounts import InstanceRow, TokenRow, instances, projects
from hullscan.store.blobs.repository_blobs import repositories_with_blob
from hullscan.store.database import reading, writing
from hullscan.store.places.namespaces import NamespaceRow, find_namespace
from hullscan.store.places.repositories import (
    RepositoryRow,
    ensure_repository,
    find_repository_in,
    repositories_by_id,
)

_LIFETIME: Final = timedelta(hours=1)
_ANONYMOUS: Final = "anonymous"
_CATALOG: Final = "registry:catalog:*"
_HOST: Final = re.compile(r"[\w.:\[\]-]+", re.ASCII)
"""What can stand within the quotes of a challenge."""

_USER_ID: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a request goes: its namespace, the repository's name and row (None: nothing was pushed yet), and who asks."""

    space: NamespaceRow
    name: str
    repository: RepositoryRow | None
    username: str

    def existing(self) -> RepositoryRow:
        """
        Return the repository's row.

        Raises:
            Refused: Nothing was pushed yet.
        """
        if self.repository is None:
            raise Refused("NAME_UNKNOWN", f"there is no repository {self.space.name}/{self.name}")
        return self.repository


class Access:
    """Checks requests of one server; the registry serves the default instance."""

    def __init__(self, context: Context, accounts: Accounts) -> None:
        self._context = context
        self._accounts = accounts
        self.gate = Gate(context)

    def caller(self, request: Request, scope: str = "") -> Caller | None:
        """
        Return who calls, None for nobody; *scope* is what a new token has to be for.

        Raises:
            Refused: Credentials are there and wrong.
        """
        text = request.headers.get("authorization", "")
        caller = self._accounts.remembered(text.encode("latin-1", "replace"))
        if caller is not None:
            return caller
        caller = self._checked(request, text, scope)
        if caller is not None:
            self._accounts.remember(text.encode("latin-1", "replace"), caller)
        return caller

    def _checked(self, request: Request, text: str, scope: str) -> Caller | None:
        scheme, _, value = text.partition(" ")
        try:
            if scheme.lower() == "basic":
                return self._basic(value)
            if scheme.lower() == "bearer" and value.strip() != _ANONYMOUS:
                return self._accounts.by_token(value.strip(), kind="registry")
        except NotAuthenticated as error:
            raise self._challenge(request, str(error), scope) from error
        if text and scheme.lower() != "bearer":
            raise self._challenge(request, f"{scheme[:40]!r} is no way to log in here", scope)
        return None

    def ping(self, request: Request) -> None:
        """
        Raises:
            Refused: Nobody calls: clients learn from the answer how to log in.
        """
        if self.caller(request) is None and not request.headers.get("authorization"):
            raise self._challenge(request, "log in first", "")

    def catalog(self, request: Request) -> None:
        """
        Raises:
            Refused: The caller may not list all repositories, or the token was not made for that.
        """
        caller = self.caller(request, _CATALOG)
        if caller is None:
            raise self._challenge(request, "log in first", _CATALOG)
        if not caller.may("swr:repository:listRepositories", self.instance().project_id):
            raise Refused("DENIED", "the catalog is for those who may list repositories")
        if caller.scopes is not None and _CATALOG not in caller.scopes:
            raise self._challenge(request, "the token is for something else", _CATALOG)

    def place(self, request: Request, name: str, action: str) -> Place:
        """
        Return where *name* is, if the caller may do *action* there: pull, push or delete.

        Raises:
            Refused: They may not, or the namespace does not exist.
        """
        self.gate.check(request)
        scope = f"repository:{name}:{_scope(action)}"
        caller = self.caller(request, scope)
        with reading(self._context.engine) as connection:
            instance = self._instance(connection)
            space_name, _, rest = name.partition("/")
            space = find_namespace(connection, instance.id, space_name) if rest else None
            repository = find_repository_in(connection, space.id, rest) if space else None
        public = space is not None and space.public and instance.anonymous_access
        if caller is None:
            if not (action == "pull" and public):
                raise self._challenge(request, "log in first", scope)
        elif not (_allowed(caller, action, instance, name) or (action == "pull" and space and space.public)):
            raise Refused("DENIED", f"{caller.name} may not {action} here")
        elif not caller.reaches(name, action):
            # Clients ask for a wider token when they are told so.
            raise self._challenge(request, "the token is for something else", scope)
        if not rest:
            raise Refused("NAME_INVALID", f"{name} names no repository: write NAMESPACE/REPOSITORY")
        if space is None:
            raise Refused(
                "NAME_UNKNOWN",
                f"namespace {space_name} does not exist; make it first: hullscan namespace create {space_name}",
            )
        return Place(space=space, name=rest, repository=repository, username=caller.name if caller else _ANONYMOUS)

    def wider(self, request: Request, target: str, source: str) -> Refused:
        """Return the challenge for a token that mounts from *source* into *target*."""
        scope = f"repository:{target}:pull,push repository:{source}:pull"
        return self._challenge(request, "the token is not for both repositories", scope)

    def repository_id(self, place: Place) -> int:
        """Return the repository's id; it appears with its first push."""
        if place.repository is not None:
            return place.repository.id
        with writing(self._context.engine) as connection:
            return ensure_repository(connection, place.space.id, place.name, now())

    def repositories_with(self, request: Request, digest: str) -> list[int]:
        """Return the repositories in which the caller may see a blob."""
        caller = self.caller(request)
        if caller is None:
            return []
        with reading(self._context.engine) as connection:
            instance = self._instance(connection)
            found = repositories_by_id(connection, repositories_with_blob(connection, instance.id, digest))
        return [one.id for one in found if _allowed(caller, "pull", instance, f"{one.namespace}/{one.name}")]

    def instance(self) -> InstanceRow:
        """Return the instance that the registry serves."""
        with reading(self._context.engine) as connection:
            return self._instance(connection)

    def token(self, request: Request, form: bytes) -> Response:
        """Answer a token request (distribution's "Token Authentication Specification", GET with Basic or POST)."""
        caller = self.caller(request)
        fields = parse_qs(form.decode("utf-8", "replace"))
        granted = fields.get("grant_type", [""])[0]
        if granted not in ("", "password"):
            raise Refused("UNSUPPORTED", f"grant_type must be password, not {granted[:40]!r}", status=400)
        if caller is None and granted:
            caller = self._login(request, fields.get("username", [""])[0], fields.get("password", [""])[0])
        if caller is None:
            return json_answer({"token": _ANONYMOUS, "access_token": _ANONYMOUS, "expires_in": 3600})
        # One parameter each, or several in one with spaces between (RFC 6749, 3.3).
        told = request.query_params.getlist("scope") or fields.get("scope", [])
        scopes = [scope for text in told for scope in text.split()]
        at = now()
        text = new_token()
        self._accounts.keep_token(
            text,
            TokenRow(
                user_id=caller.user_id,
                project_id="",
                issued_at=at,
                expires_at=at + _LIFETIME,
                kind="registry",
                scope=json.dumps(scopes),
            ),
        )
        return json_answer(
            {
                "token": text,
                "access_token": text,
                "expires_in": int(_LIFETIME.total_seconds()),
                "issued_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        )

    def _basic(self, value: str) -> Caller:
        try:
            name, separator, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
        except ValueError as error:
            raise NotAuthenticated("the Basic credentials are malformed") from error
        if not separator:
            raise NotAuthenticated("the Basic credentials are malformed")
        return self._check(name, password)

    def _check(self, name: str, password: str) -> Caller:
        if "\0" in name:
            raise NotAuthenticated("the user name is malformed")
        if _USER_ID.fullmatch(name):
            return self._accounts.by_credential(name, password)
        return self._accounts.by_login(name, password)

    def _login(self, request: Request, name: str, password: str) -> Caller:
        try:
            return self._check(name, password)
        except NotAuthenticated as error:
            raise self._challenge(request, str(error), "") from error

    def _challenge(self, request: Request, message: str, scope: str) -> Refused:
        # Clients refuse a realm on another host than the registry's own, so it is built from the request's.
        host = request.headers.get("host", "")
        if not _HOST.fullmatch(host):
            host = "localhost"
        realm = f"{request.url.scheme}://{host}/v2/token"
        text = f'Bearer realm="{realm}",service="hullscan"' + (f',scope="{scope}"' if scope else "")
        return Refused("UNAUTHORIZED", message, headers={"WWW-Authenticate": text})

    def _instance(self, connection: sa.Connection) -> InstanceRow:
        project = projects(connection, name=PROJECT)[0]
        return next(one for one in instances(connection, project_id=project.id) if one.name == INSTANCE)


def _scope(action: str) -> str:
    return {"pull": "pull", "push": "pull,push", "delete": "delete"}[action]


def _allowed(caller: Caller, action: str, instance: InstanceRow, name: str) -> bool:
    needed = {
        "pull": "swr:repository:getArtifact",
        "push": "swr:repository:uploadArtifact",
        "delete": "swr:repository:deleteArtifact",
    }[action]
    resource = f"swr:{PROJECT}:{caller.account_id}:repository:{instance.name}/{name}"
    return caller.may(needed, instance.project_id, resource=resource)
