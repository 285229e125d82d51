"""Who is calling, and what they may do."""

import hmac
import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from typing import Final

from hullscan.errors import NotAuthenticated
from hullscan.services.context import Context, now
from hullscan.services.policies import SYSTEM_POLICIES, Asked, Document, decide, decided_by, parse_policy
from hullscan.services.secrets import Vault, new_token, password_matches, token_digest
from hullscan.store.accounts import (
    ProjectRow,
    TokenRow,
    UserRow,
    add_token,
    find_access_key,
    find_token,
    find_user,
    projects,
    remove_token,
)
from hullscan.store.credentials import find_by_digest
from hullscan.store.database import reading, writing

TOKEN_LIFETIME: Final = timedelta(hours=24)
"""As IAM's tokens (api-iam/iam_30_0001)."""

_CACHE_S: Final = 5.0
"""How long a check is believed without asking the store again; a revoked token dies within it."""

_REPLAY_S: Final = 1_900.0
"""Longer than a signature's date can be good: 15 minutes to both sides."""

_SAME_S: Final = 2.0

_FAILURES: Final = 5
_LOCKED_S: Final = 300.0
"""After five bad tries in a row, none older than this, a name or key is refused for five minutes (ocr_01_0063)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """
    Somebody who proved who they are.

    `project_id` is the project that a token is scoped to, "" where the credentials are not scoped. `scopes` are those of
    a registry token (``repository:NAMESPACE/NAME:pull,push``), None where the credentials are good for all.
    """

    user_id: str
    name: str
    account_id: str
    account_name: str
    administrator: bool
    policies: tuple[tuple[str, str, Document], ...]
    project_id: str = ""
    scopes: tuple[str, ...] | None = None

    def reaches(self, repository: str, action: str) -> bool:
        """Say whether the credentials are good for *action* (pull, push, delete) on ``NAMESPACE/REPOSITORY``."""
        if self.scopes is None:
            return True
        for scope in self.scopes:
            kind, _, rest = scope.partition(":")
            name, _, actions = rest.rpartition(":")
            if kind == "repository" and name == repository and {action, "*"}.intersection(actions.split(",")):
                return True
        return False

    def belongs_to(self, project: str) -> bool:
        """Say whether the caller may call the project's API at all; operations ask for more."""
        if self.project_id and self.project_id != project:
            return False
        return self.administrator or any(held == project for held, _, _ in self.policies)

    def may(self, action: str, project: str, *, resource: str = "*", keys: Mapping[str, str] | None = None) -> bool:
        """
        Say whether the caller may do *action* (``swr:repository:getArtifact``) in *project*.

        Args:
            resource: URN of what it is done to; ``*`` asks of no particular one.
            keys: Values of condition keys.
        """
        if not self.belongs_to(project):
            return False
        if self.administrator:
            return True
        asked = Asked(action, resource, {**self.keys(), **(keys or {})})
        return decide([document for held, _, document in self.policies if held == project], asked)

    def why_not(self, action: str, project: str, *, resource: str = "*", keys: Mapping[str, str] | None = None) -> str:
        """Return why `may` says no."""
        held = {name: document for where, name, document in self.policies if where == project}
        return decided_by(held, Asked(action, resource, {**self.keys(), **(keys or {})}))

    def keys(self) -> dict[str, str]:
        """Return the condition keys that tell of the caller."""
        return {
            "g:UserId": self.user_id,
            "g:UserName": self.name,
            "g:DomainId": self.account_id,
            "g:DomainName": self.account_name,
            "g:PrincipalId": self.user_id,
            "g:CurrentTime": now().isoformat(),
            "g:EnterpriseProjectId": "0",
        }


class Accounts:
    """Checks credentials against the store, with short memories of good answers and of bad tries."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._vault = Vault(context.settings)
        self._cache_key = os.urandom(32)
        self._good: dict[bytes, tuple[float, Caller]] = {}
        self._proven: set[bytes] = set()
        self._bad: dict[str, tuple[int, float]] = {}
        self._seen: dict[str, float] = {}
        self._lock = threading.Lock()

    def by_password(self, name: str, password: str, *, account: str = "") -> Caller:
        """
        Return the user with this password.

        Raises:
            NotAuthenticated: There is none, or too many bad tries came before.
        """

        def check() -> Caller:
            with reading(self._context.engine) as connection:
                found = find_user(connection, name=name, account_name=account)
            if found is None or not found.enabled or not self._is_password(found.password_hash, password):
                self._note_failure(name)
                raise NotAuthenticated("the user name or password is wrong")
            self._forget_failures(name)
            return _caller(found)

        self._refuse_if_locked(name)
        return self._remembered(("password", account, name, password), check)

    def by_login(self, name: str, password: str) -> Caller:
        """
        Return whom a docker login stands for: an access key with its secret, or a user with the password.

        Raises:
            NotAuthenticated: It is neither, or too many bad tries came before.
        """
        with reading(self._context.engine) as connection:
            is_key = find_access_key(connection, name) is not None
        return self.by_secret(name, password) if is_key else self.by_password(name, password)

    def by_secret(self, access: str, secret: str) -> Caller:
        """
        Return the user of an access key whose secret is given as a password (docker login).

        Raises:
            NotAuthenticated: No such key, or another secret.
        """
        known_caller, known_secret = self.signer(access)
        if not hmac.compare_digest(known_secret.encode(), secret.encode()):
            self._note_failure(access)
            raise NotAuthenticated("the access key or its secret is wrong")
        self._forget_failures(access)
        return known_caller

    def by_credential(self, user_id: str, password: str) -> Caller:
        """
        Return the user of a docker login credential (its name is the user's id).

        Raises:
            NotAuthenticated: There is none, it is switched off or over, or too many bad tries came before.
        """

        def check() -> Caller:
            with reading(self._context.engine) as connection:
                found = find_by_digest(connection, user_id, token_digest(password))
                owner = find_user(connection, user_id=user_id) if found else None
            if found is None or owner is None or not owner.enabled or not found.enabled:
                self._note_failure(user_id)
                raise NotAuthenticated("the credential is wrong, or switched off")
            if found.expires_at is not None and found.expires_at <= now():
                raise NotAuthenticated("the credential is over; make a new one")
            return _caller(owner)

        self._refuse_if_locked(user_id)
        return self._remembered(("credential", user_id, password), check)

    def signer(self, access: str, *, security_token: str = "") -> tuple[Caller, str]:
        """
        Return the user and the secret of an access key, to check a signature with.

        Args:
            security_token: What came as ``X-Security-Token``; temporary keys count only with theirs.

        Raises:
            NotAuthenticated: No such key, or too many bad signatures came before.
        """
        self._refuse_if_locked(access)
        with reading(self._context.engine) as connection:
            found = find_access_key(connection, access)
        if found is None:
            raise NotAuthenticated(f"ak {access} not exist")
        if found.expires_at is not None and found.expires_at <= now():
            raise NotAuthenticated(f"ak {access} expired at {found.expires_at.isoformat()}")
        if found.security_token is not None and not hmac.compare_digest(
            found.security_token, token_digest(security_token)
        ):
            raise NotAuthenticated("the temporary key needs its X-Security-Token, signed")
        # That the key counts is asked each time; what its user may do is believed for a moment, as with tokens.
        caller = self._remembered(("user", found.user_id), lambda: self._read_user(found.user_id))
        return caller, self._vault.open(found.secret_encrypted)

    def _read_user(self, user_id: str) -> Caller:
        with reading(self._context.engine) as connection:
            owner = find_user(connection, user_id=user_id)
        if owner is None or not owner.enabled:
            raise NotAuthenticated("the user is no more")
        return _caller(owner)

    def refuse_replay(self, signature: str, method: str) -> None:
        """
        Refuse a request that changes something and was sent before; for as long as its date could still be good.

        Within two seconds the same bytes may be two requests of one client, as dates count seconds.

        Raises:
            NotAuthenticated: It was replayed.
        """
        if method in ("GET", "HEAD"):
            return
        at = time.monotonic()
        with self._lock:
            first = self._seen.setdefault(signature, at)
            if len(self._seen) > 100_000:
                self._seen = {one: since for one, since in self._seen.items() if at - since < _REPLAY_S}
        if at - first > _SAME_S:
            raise NotAuthenticated("verify aksk signature fail, the request was sent before; sign it anew")

    def note_signature(self, access: str, *, good: bool) -> None:
        """Count a bad signature of an access key; a good one forgets those before."""
        if good:
            self._forget_failures(access)
        else:
            self._note_failure(access)

    def seal_reason(self, reason: Mapping[str, str]) -> str:
        """Return why something was not allowed, for an administrator to read (STS's decode call)."""
        return self._vault.seal(json.dumps(reason)).decode()

    def open_reason(self, text: str) -> str:
        """
        Return what `seal_reason` was given, as JSON.

        Raises:
            StoreError: It is not of this server.
        """
        return self._vault.open(text.encode("utf-8", "replace"))

    def issue_token(self, caller: Caller, project_id: str) -> tuple[str, TokenRow]:
        """Return a new IAM token for *caller*, scoped to a project or ("") to the account."""
        text = new_token()
        at = now()
        row = TokenRow(
            user_id=caller.user_id,
            project_id=project_id,
            issued_at=at,
            expires_at=at + TOKEN_LIFETIME,
            kind="iam",
            scope="",
        )
        with writing(self._context.engine) as connection:
            add_token(connection, token_digest(text), row)
        return text, row

    def by_token(self, text: str, *, kind: str = "iam") -> Caller:
        """
        Return the user whom a token stands for.

        Raises:
            NotAuthenticated: It was never given out, was revoked, or is over.
        """

        def check() -> Caller:
            row = self._read_token(text, kind)
            # The token is asked for; what its user may do is believed for a moment, as with signatures, but never
            # from before the token was made: who asks for a new one wants today's rights.
            age = (now() - row.issued_at).total_seconds()
            owner = self._remembered(("user", row.user_id), lambda: self._read_user(row.user_id), believed_s=age)
            caller = replace(owner, project_id=row.project_id)
            return replace(caller, scopes=tuple(json.loads(row.scope))) if kind == "registry" else caller

        return self._remembered((kind, text), check)

    def remembered(self, authorization: bytes) -> Caller | None:
        """Return who sent this ``Authorization`` header, if that was checked just now; for the registry."""
        if not authorization:
            return None
        known = self._good.get(self._memory_key(("header", authorization.decode("latin-1"))))
        return known[1] if known is not None and time.monotonic() - known[0] < _CACHE_S else None

    def remember(self, authorization: bytes, caller: Caller) -> None:
        """Remember for a moment that this header was checked."""
        with self._lock:
            self._good[self._memory_key(("header", authorization.decode("latin-1")))] = (time.monotonic(), caller)

    def remembered_token(self, text: str) -> Caller | None:
        """Return whom an IAM token stands for if that was checked just now, without asking the store."""
        known = self._good.get(self._memory_key(("iam", text)))
        return known[1] if known is not None and time.monotonic() - known[0] < _CACHE_S else None

    def token(self, text: str, *, kind: str = "iam") -> tuple[TokenRow, UserRow]:
        """
        Return a token and its user as stored.

        Raises:
            NotAuthenticated: As `by_token`.
        """
        row = self._read_token(text, kind)
        with reading(self._context.engine) as connection:
            owner = find_user(connection, user_id=row.user_id)
        if owner is None or not owner.enabled:
            raise NotAuthenticated("decrypt token fail")
        return row, owner

    def _read_token(self, text: str, kind: str) -> TokenRow:
        with reading(self._context.engine) as connection:
            row = find_token(connection, token_digest(text))
        if row is None or row.kind != kind:
            raise NotAuthenticated("decrypt token fail")
        if row.expires_at <= now():
            raise NotAuthenticated(f"token expires, expires_at: {row.expires_at.isoformat()}")
        return row

    def revoke_token(self, text: str) -> None:
        """Make a token worthless at once."""
        with writing(self._context.engine) as connection:
            remove_token(connection, token_digest(text))
        with self._lock:
            self._good.clear()

    def keep_token(self, text: str, row: TokenRow) -> None:
        """Keep a token that was made elsewhere (the registry's)."""
        with writing(self._context.engine) as connection:
            add_token(connection, token_digest(text), row)

    def projects_of(self, caller: Caller, *, name: str = "") -> tuple[ProjectRow, ...]:
        """Return the projects that *caller* may use, by name."""
        with reading(self._context.engine) as connection:
            found = projects(connection, name=name)
        return tuple(
            one for one in found if caller.administrator or any(held == one.id for held, _, _ in caller.policies)
        )

    def _remembered(
        self, what: tuple[str, ...], check: Callable[[], Caller], *, believed_s: float = _CACHE_S
    ) -> Caller:
        key = self._memory_key(what)
        at = time.monotonic()
        known = self._good.get(key)
        if known is not None and at - known[0] < min(believed_s, _CACHE_S):
            return known[1]
        caller = check()
        with self._lock:
            if len(self._good) > 10_000:
                self._good.clear()
            self._good[key] = (at, caller)
        return caller

    def _memory_key(self, what: tuple[str, ...]) -> bytes:
        return hmac.digest(self._cache_key, "\0".join(what).encode("utf-8", "replace"), "sha256")

    def _is_password(self, hashed: str, password: str) -> bool:
        """
        Compare *password* with its hash; argon2, with its 64 MiB, is asked once for each pair of them.

        Clients send Basic with every request. What is remembered is a digest under a key that ends with this process.
        """
        pair = self._memory_key(("proven", hashed, password))
        if pair in self._proven:
            return True
        if not password_matches(hashed, password):
            return False
        with self._lock:
            if len(self._proven) > 10_000:
                self._proven.clear()
            self._proven.add(pair)
        return True

    def _note_failure(self, name: str) -> None:
        with self._lock:
            count, since = self._bad.get(name, (0, 0.0))
            at = time.monotonic()
            if at - since >= _LOCKED_S:
                count = 0
            if len(self._bad) > 100_000:
                self._bad.clear()
            self._bad[name] = (count + 1, at)

    def _forget_failures(self, name: str) -> None:
        with self._lock:
            self._bad.pop(name, None)

    def _refuse_if_locked(self, name: str) -> None:
        count, since = self._bad.get(name, (0, 0.0))
        if count < _FAILURES:
            return
        if time.monotonic() - since < _LOCKED_S:
            raise NotAuthenticated(f"{name} is locked for five minutes after {_FAILURES} bad tries")
        with self._lock:
            self._bad.pop(name, None)


def _caller(row: UserRow, *, project_id: str = "") -> Caller:
    return Caller(
        user_id=row.id,
        name=row.name,
        account_id=row.account_id,
        account_name=row.account_name,
        administrator=row.administrator,
        policies=tuple(
            (project, name, document)
            for project, name, text in row.policies
            if (document := _document(name, text)) is not None
        ),
        project_id=project_id,
    )


@lru_cache(maxsize=1_000)
def _document(name: str, text: str | None) -> Document | None:
    return SYSTEM_POLICIES.get(name) if text is None else parse_policy(text)
