"""One question asked of the embedded database without loading SQLAlchemy, which takes a quarter of a second."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path


def layers_known(database: Path, digests: Sequence[str], detectors: str) -> set[str]:
    """
    Return those layers that *detectors* has seen, as far as can be told at once; none where the database is not there.

    Only a hint of what is worth starting early: the store itself is asked for the inventories.
    """
    if not database.is_file() or not digests:
        return set()
    marks = ",".join("?" * len(digests))
    try:
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=0.2)
        try:
            rows = connection.execute(
                f"SELECT digest FROM layer_inventory WHERE detectors = ? AND digest IN ({marks})",
                (detectors, *digests),
            )
            return {row[0] for row in rows}
        finally:
            connection.close()
    except sqlite3.Error:
        return set()
