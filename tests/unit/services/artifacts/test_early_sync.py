"""What could not be written is told, however early the disk was asked."""

from pathlib import Path

import pytest

from hullscan.errors import StoreError
from hullscan.services.artifacts.early_sync import EarlySync

_MUCH = 1024 * 1024 * 1024


def test_a_failure_is_told_again_at_the_end() -> None:
    # A device that can be opened and read, and refuses to be brought to a disk (fsync(2), EINVAL).
    sync = EarlySync(Path("/dev/null"))
    sync.grown(_MUCH)
    for _ in range(2):
        with pytest.raises(StoreError, match="could not be kept"):
            sync.close()


def test_a_file_that_was_taken_away_meanwhile_is_no_failure(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"bytes")
    sync = EarlySync(path)
    sync.grown(_MUCH)
    path.unlink()
    sync.close()


def test_a_file_that_is_gone_is_left_to_who_ends_the_upload(tmp_path: Path) -> None:
    sync = EarlySync(tmp_path / "cancelled")
    sync.grown(_MUCH)
    sync.close()
