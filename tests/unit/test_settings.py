"""Settings from the environment."""

from pathlib import Path

import pytest

from hullscan.errors import SettingsError
from hullscan.settings import Settings


def test_defaults_need_nothing() -> None:
    """Without any variable the store is SQLite under the home folder."""
    settings = Settings.from_environment({"HOME": "/home/u"})

    assert settings.database_url == "sqlite:////home/u/.local/share/hullscan/hullscan.db"


def test_data_dir_moves_the_database(tmp_path: Path) -> None:
    """HULLSCAN_DATA_DIR holds database and blobs."""
    settings = Settings.from_environment({"HULLSCAN_DATA_DIR": str(tmp_path)})

    assert settings.database_url == f"sqlite:///{tmp_path}/hullscan.db"


def test_postgres_urls_name_the_driver() -> None:
    """A plain postgresql:// address is opened with psycopg 3."""
    settings = Settings.from_environment({"HOME": "/h", "HULLSCAN_DATABASE_URL": "postgresql://u@db/hullscan"})

    assert settings.database_url == "postgresql+psycopg://u@db/hullscan"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HULLSCAN_DATABASE_URL", "sqlite://"),
        ("HULLSCAN_DATABASE_URL", "sqlite:///"),
        ("HULLSCAN_DATABASE_URL", "postgresql://user@host:port/name"),
        ("HULLSCAN_GC_HOURS", "9" * 30),
        ("HULLSCAN_FEED_MAX_LOSS_PERCENT", "101"),
        ("HULLSCAN_DATABASE_URL", "mysql://x"),
        ("HULLSCAN_DATABASE_URL", "nonsense"),
        ("HULLSCAN_ADMIN_ACCESS_KEY", "only-one-of-two"),
        ("HULLSCAN_FEED_MAX_AGE_DAYS", "soon"),
        ("HULLSCAN_FEED_MAX_AGE_DAYS", "0"),
        ("HULLSCAN_GC_HOURS", "-1"),
        ("HULLSCAN_TLS_CERT", "/nowhere/cert.pem"),
        ("HULLSCAN_TRUSTED_PROXIES", "the-proxy"),
        ("HULLSCAN_INSECURE_REGISTRIES", "http://registry.local"),
    ],
)
def test_bad_values_name_their_variable(name: str, value: str) -> None:
    """A value that makes no sense is refused with the variable's name."""
    with pytest.raises(SettingsError, match=name.rpartition("_")[0]):
        Settings.from_environment({"HOME": "/h", name: value})
