"""Credentials that prove who is calling: passwords, access keys, tokens."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from hullscan.errors import NotAuthenticated
from hullscan.services.access.bad_tries import BadTries
from hullscan.services.access.callers import Caller, caller_from
from hullscan.services.access.recent_checks import BELIEVED_S, RecentChecks
from hullscan.services.access.replays import Replays
from hullscan.services.access.secrets import Vault, new_token, token_digest
from hullscan.services.context import Context, now
from hullscan.store.access.accounts import (
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
from hullscan.store.access.credentials import find_by_digest
from hullscan.store.database import reading, writing

_TOKEN_LIFETIME: Final = timedelta(hours=24)
"""As IAM's tokens (api-iam/iam_30_0001)."""


class Accounts:
    """Checks credentials against the store, with short memories of good answers and of bad tries."""

    def __init__(self, context: Context, *, believed_s: float = BELIEVED_S) -> None:
        """Believe for *believed_s* what was checked."""
        self.replays = Replays()
        self._context = context
        self._vault = Vault(context.settings)
        self._recent = RecentChecks(believed_s=believed_s)
        self._bad = BadTries()

    def by_password(self, name: str, password: str, *, account: str = "") -> Caller:
        """
        Return the user with this password.

        Raises:
            NotAuthenticated: There is none, or too many bad tries came before.
        """

        def check() -> Caller:
            with reading(self._context.engine) as connection:
                found = find_user(connection, name=name, account_name=account)
            if found is None or not found.enabled or not self._recent.is_password(found.password_hash, password):
                self._bad.note(name)
                raise NotAuthenticated("the user name or password is wrong")
            self._bad.forget(name)
            return caller_from(found)

        self._bad.refuse_if_locked(name)
        return self._recent.caller(check, "password", account, name, password)

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
            self._bad.note(access)
            raise NotAuthenticated("the access key or its secret is wrong")
        self._bad.forget(access)
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
                self._bad.note(user_id)
                raise NotAuthenticated("the credential is wrong, or switched off")
            if found.expires_at is not None and found.expires_at <= now():
                raise NotAuthenticated("the credential is over; make a new one")
            return caller_from(owner)

        self._bad.refuse_if_locked(user_id)
        return self._recent.caller(check, "credential", user_id, password)

    def signer(self, access: str, *, security_token: str = "") -> tuple[Caller, str]:
        """
        Return the user and the secret of an access key, to check a signature with.

        Args:
            security_token: What came as ``X-Security-Token``; temporary keys count only with theirs.

        Raises:
            NotAuthenticated: No such key, or too many bad signatures came before.
        """
        self._bad.refuse_if_locked(access)
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
        caller = self._user(found.user_id)
        return caller, self._vault.open(found.secret_encrypted)

    def note_signature(self, access: str, *, good: bool) -> None:
        """Count a bad signature of an access key; a good one forgets those before."""
        if good:
            self._bad.forget(access)
        else:
            self._bad.note(access)

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
            expires_at=at + _TOKEN_LIFETIME,
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
            owner = self._user(row.user_id, believed_s=age)
            caller = replace(owner, project_id=row.project_id)
            return replace(caller, scopes=tuple(json.loads(row.scope))) if kind == "registry" else caller

        return self._recent.caller(check, kind, text)

    def remembered(self, authorization: bytes) -> Caller | None:
        """Return who sent this ``Authorization`` header, if that was checked just now; for the registry."""
        return self._recent.known("header", authorization.decode("latin-1")) if authorization else None

    def remember(self, authorization: bytes, caller: Caller) -> None:
        """Remember for a moment that this header was checked."""
        self._recent.keep(caller, "header", authorization.decode("latin-1"))

    def remembered_token(self, text: str) -> Caller | None:
        """Return whom an IAM token stands for if that was checked just now, without asking the store."""
        return self._recent.known("iam", text)

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

    def revoke_token(self, text: str) -> None:
        """Make a token worthless at once."""
        with writing(self._context.engine) as connection:
            remove_token(connection, token_digest(text))
        self._recent.forget_callers()

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

    def _user(self, user_id: str, *, believed_s: float | None = None) -> Caller:
        return self._recent.caller(lambda: self._read_user(user_id), "user", user_id, believed_s=believed_s)

    def _read_user(self, user_id: str) -> Caller:
        with reading(self._context.engine) as connection:
            owner = find_user(connection, user_id=user_id)
        if owner is None or not owner.enabled:
            raise NotAuthenticated("the user is no more")
        return caller_from(owner)

    def _read_token(self, text: str, kind: str) -> TokenRow:
        with reading(self._context.engine) as connection:
            row = find_token(connection, token_digest(text))
        if row is None or row.kind != kind:
            raise NotAuthenticated("decrypt token fail")
        if row.expires_at <= now():
            raise NotAuthenticated(f"token expires, expires_at: {row.expires_at.isoformat()}")
        return row
