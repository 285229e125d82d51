"""Secrets at rest: passwords by argon2, tokens by digest, access keys' secrets encrypted."""

import hashlib
import hmac
import os
import secrets
import threading
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet, InvalidToken

from hullscan.errors import StoreError
from hullscan.settings import Settings

_KEY_FILE: Final = "secret.key"

_hasher: Final = PasswordHasher()
_one_at_a_time: Final = threading.Lock()


def hash_password(password: str) -> str:
    """Return *password* as argon2id text, salted."""
    return _hasher.hash(password)


def password_matches(hashed: str, password: str) -> bool:
    """Compare *password* with its hash, in constant time; one after another, as each takes 64 MiB (argon2's cost)."""
    try:
        with _one_at_a_time:
            return _hasher.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def new_token() -> str:
    """Return a new opaque token of 256 random bits."""
    return secrets.token_urlsafe(32)


def token_digest(token: str) -> bytes:
    """Return the digest under which a token is stored; the token itself never is."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


class Vault:
    """
    Encrypts what must be read back: secrets of access keys, which signatures are checked with.

    The key is a file of the data folder that only its owner may read, so a copy of the database alone gives nothing.
    """

    def __init__(self, settings: Settings) -> None:
        """
        Raises:
            StoreError: The key file holds no key.
        """
        self._key = _load_or_make(settings.data_dir / _KEY_FILE)
        try:
            self._fernet = Fernet(self._key)
        except ValueError as error:
            raise StoreError(
                f"{settings.data_dir / _KEY_FILE} is damaged; put back the one that the store was made with"
            ) from error

    def derive(self, purpose: str) -> str:
        """Return a secret for *purpose*, always the same for this store."""
        return hmac.new(self._key, purpose.encode(), hashlib.sha256).hexdigest()

    def seal(self, secret: str) -> bytes:
        """Return *secret* encrypted and authenticated."""
        return self._fernet.encrypt(secret.encode())

    def open(self, sealed: bytes) -> str:
        """
        Return what `seal` was given.

        Raises:
            StoreError: The key file is not the one it was sealed with.
        """
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as error:
            raise StoreError(f"{_KEY_FILE} is not the key that the store's secrets were encrypted with") from error


def _load_or_make(path: Path) -> bytes:
    try:
        return path.read_bytes().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    key = Fernet.generate_key()
    temporary = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(key)
        os.fsync(stream.fileno())
    try:
        os.link(temporary, path)  # the first of two that start at once wins
    except FileExistsError:
        return path.read_bytes().strip()
    finally:
        temporary.unlink()
    return key
