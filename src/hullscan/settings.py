"""Configuration: read once from the environment at start, and passed on."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hullscan.errors import SettingsError

_MOST_DAYS = 36_500
_MOST_HOURS = 24 * _MOST_DAYS
_IN_HOSTS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """
    All settings, with defaults that need no configuration.

    Attributes:
        data_dir: Folder of the embedded store: database, blobs, downloads. Made on first use.
        database_url: SQLAlchemy URL; SQLite in `data_dir` by default, ``postgresql://…`` at scale.
        feeds_url: Folder or address laid out as ``osv/ECOSYSTEM/all.zip`` and ``native/…``; "" is the live export.
        blobs_url: Object store for blobs, such as ``s3://bucket/prefix``; "" keeps them in `data_dir`.
        admin_password, admin_access_key, admin_secret_key: First start's administrator; made at random if empty.
        feed_max_age_days: An answer that rests on a feed whose newest record is older says so.
        feed_max_loss_percent: A refresh that would lose more of a feed's records is refused.
        feed_refresh_hours: The server refreshes the feeds it has this often; 0 never.
        gc_hours: The server collects garbage this often; 0 never.
        gc_untagged_days: It then removes untagged artifacts that nobody pushed or pulled for so long; 0 keeps them.
        history_days: The audit log, and what rules and webhooks did, is kept so long; 0 keeps all of it.
        tls_cert, tls_key: Files (PEM) to serve HTTPS with; read again when they change.
        trusted_proxies: Addresses and networks whose ``X-Forwarded-…`` headers are believed.
        insecure_registries: Hosts, addresses and networks that are scanned from without a certificate that is known.
        sparse_manifests: Accept manifests that name blobs never pushed.
    """

    data_dir: Path
    database_url: str
    feeds_url: str = ""
    blobs_url: str = ""
    admin_password: str = ""
    admin_access_key: str = ""
    admin_secret_key: str = ""
    feed_max_age_days: int = 30
    feed_max_loss_percent: int = 50
    feed_refresh_hours: int = 6
    gc_hours: int = 24
    gc_untagged_days: int = 0
    history_days: int = 365
    tls_cert: Path | None = None
    tls_key: Path | None = None
    trusted_proxies: tuple[str, ...] = ()
    insecure_registries: tuple[str, ...] = ()
    sparse_manifests: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """
        Read ``HULLSCAN_…`` variables.

        Raises:
            SettingsError: A value makes no sense; the text names the variable.
        """
        data_dir = Path(environment.get("HULLSCAN_DATA_DIR") or _default_data_dir(environment)).expanduser().absolute()
        keys = (environment.get("HULLSCAN_ADMIN_ACCESS_KEY", ""), environment.get("HULLSCAN_ADMIN_SECRET_KEY", ""))
        if bool(keys[0]) != bool(keys[1]):
            raise SettingsError("HULLSCAN_ADMIN_ACCESS_KEY and HULLSCAN_ADMIN_SECRET_KEY must be set together")
        tls = (_file(environment, "HULLSCAN_TLS_CERT"), _file(environment, "HULLSCAN_TLS_KEY"))
        if (tls[0] is None) != (tls[1] is None):
            raise SettingsError("HULLSCAN_TLS_CERT and HULLSCAN_TLS_KEY must be set together")
        return cls(
            data_dir=data_dir,
            database_url=_database_url(environment.get("HULLSCAN_DATABASE_URL", ""), data_dir),
            feeds_url=environment.get("HULLSCAN_FEEDS_URL", ""),
            blobs_url=environment.get("HULLSCAN_BLOBS_URL", ""),
            admin_password=environment.get("HULLSCAN_ADMIN_PASSWORD", ""),
            admin_access_key=keys[0],
            admin_secret_key=keys[1],
            feed_max_age_days=_number(environment, "HULLSCAN_FEED_MAX_AGE_DAYS", 30, least=1, most=_MOST_DAYS),
            feed_max_loss_percent=_number(environment, "HULLSCAN_FEED_MAX_LOSS_PERCENT", 50, most=100),
            feed_refresh_hours=_number(environment, "HULLSCAN_FEED_REFRESH_HOURS", 6, most=_MOST_HOURS),
            gc_hours=_number(environment, "HULLSCAN_GC_HOURS", 24, most=_MOST_HOURS),
            gc_untagged_days=_number(environment, "HULLSCAN_GC_UNTAGGED_DAYS", 0, most=_MOST_DAYS),
            history_days=_number(environment, "HULLSCAN_HISTORY_DAYS", 365, most=_MOST_DAYS),
            tls_cert=tls[0],
            tls_key=tls[1],
            trusted_proxies=_networks(environment, "HULLSCAN_TRUSTED_PROXIES"),
            insecure_registries=_registries(environment, "HULLSCAN_INSECURE_REGISTRIES"),
            sparse_manifests=_switch(environment, "HULLSCAN_SPARSE_MANIFESTS"),
        )


def _default_data_dir(environment: Mapping[str, str]) -> str:
    base = environment.get("XDG_DATA_HOME") or str(Path(environment.get("HOME") or "~") / ".local" / "share")
    return str(Path(base) / "hullscan")


def _database_url(text: str, data_dir: Path) -> str:
    if not text:
        return f"sqlite:///{data_dir / 'hullscan.db'}"
    scheme, separator, rest = text.partition("://")
    if not separator:
        raise SettingsError(f"HULLSCAN_DATABASE_URL {text!r} is not a database URL such as postgresql://user@host/name")
    if scheme == "sqlite":
        if not rest.startswith("/") or len(rest) == 1:
            raise SettingsError(f"HULLSCAN_DATABASE_URL {text!r} names no file; write sqlite:////folder/file.db")
        return text
    if scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        from urllib.parse import urlsplit  # which the default has no need of

        try:
            _ = urlsplit(text).port
        except ValueError as error:
            raise SettingsError(f"HULLSCAN_DATABASE_URL cannot be read: {error}") from error
        return f"postgresql+psycopg://{rest}"
    raise SettingsError(f"HULLSCAN_DATABASE_URL: {scheme} is not supported; use sqlite or postgresql")


def _number(environment: Mapping[str, str], name: str, default: int, *, most: int, least: int = 0) -> int:
    text = environment.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or len(text) > len(str(most)) or not least <= int(text) <= most:
        raise SettingsError(f"{name} must be a whole number from {least} to {most}, not {text!r}")
    return int(text)


def _file(environment: Mapping[str, str], name: str) -> Path | None:
    text = environment.get(name, "")
    if not text:
        return None
    path = Path(text).expanduser().absolute()
    if not path.is_file():
        raise SettingsError(f"{name}: there is no file {path}")
    return path


def _registries(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    texts = _listed(environment, name)
    for text in texts:
        if "://" in text or text.count("/") > 1 or (set(text) - _IN_HOSTS):
            raise SettingsError(f"{name} must list hosts such as registry.local:5000 or networks, not {text!r}")
    return texts


def _listed(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(text.strip() for text in environment.get(name, "").split(",") if text.strip())


def _networks(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    texts = _listed(environment, name)
    if texts:
        from ipaddress import ip_network  # which commands that scan have no need of

        try:
            for text in texts:
                ip_network(text)
        except ValueError as error:
            raise SettingsError(f"{name} must list addresses or networks such as 10.0.0.0/8: {error}") from error
    return texts


def _switch(environment: Mapping[str, str], name: str) -> bool:
    text = environment.get(name, "").lower()
    if text not in ("", "0", "1", "true", "false"):
        raise SettingsError(f"{name} must be true or false, not {text!r}")
    return text in ("1", "true")
