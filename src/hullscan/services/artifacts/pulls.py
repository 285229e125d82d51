"""Counts of pulls, gathered and written together: a pull itself writes nothing."""

import threading
from datetime import datetime

from hullscan.services.context import Context, now
from hullscan.store.artifacts.artifact_rows import note_pulls
from hullscan.store.database import writing
from hullscan.store.rules.audit import Act, note_acts


class Pulls:
    """Pulls since the last `flush`; a killed server forgets those."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._acts: list[Act] = []
        self._pulled: dict[tuple[int, int, str], tuple[int, datetime]] = {}

    def note(self, repository_id: int, artifact_id: int, tag: str) -> None:
        """Count one pull, by *tag* or ("") by digest."""
        key = (repository_id, artifact_id, tag)
        with self._lock:
            count, _ = self._pulled.get(key, (0, None))
            self._pulled[key] = (count + 1, now())

    def act(self, instance_id: str, resource: str, username: str) -> None:
        """Put one pull on record."""
        one = Act(
            instance_id=instance_id,
            operation="pull",
            resource_type="artifact",
            resource=resource,
            username=username,
            at=now(),
        )
        with self._lock:
            self._acts.append(one)

    def flush(self) -> None:
        """Write what was counted."""
        with self._lock:
            pulled, self._pulled = self._pulled, {}
            acts, self._acts = self._acts, []
        if pulled or acts:
            with writing(self._context.engine) as connection:
                note_pulls(connection, pulled)
                note_acts(connection, acts)
