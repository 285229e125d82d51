"""What every use case stands on: settings, database, blobs and walks of layers, opened once."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa

from hullscan.errors import StoreError
from hullscan.services.walking.spawner import Spawner
from hullscan.services.walking.walks import Walks
from hullscan.settings import Settings
from hullscan.store.blobs.blob_store import BlobStore
from hullscan.store.blobs.open_blobs import open_blobs
from hullscan.store.database import open_database


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Passed to every service; holds no state of its own."""

    settings: Settings
    engine: sa.Engine
    blobs: BlobStore
    walks: Walks = field(default_factory=Walks)

    def close(self) -> None:
        """Let the database's connections and the processes go."""
        self.walks.close()
        self.engine.dispose()


def open_context(settings: Settings, spawner: Spawner | None = None) -> Context:
    """
    Open the store that *settings* name, made on first use; *spawner* starts the processes that walk what is uploaded.

    Raises:
        StoreError: Database or blobs are away, or of another hullscan's making.
    """
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the data folder {settings.data_dir} cannot be made ({error.strerror}); HULLSCAN_DATA_DIR names another"
        ) from error
    return Context(
        settings=settings,
        engine=open_database(settings.database_url),
        blobs=open_blobs(settings),
        walks=Walks(spawner),
    )


def now() -> datetime:
    """The time, aware and in UTC."""
    return datetime.now(UTC)
