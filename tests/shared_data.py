"""Finds the team's shared data (feeds, fixtures, cases), which lies beside the project and is never copied into it."""

from pathlib import Path

import pytest

_SHARED = Path(__file__).parents[2] / "shared"


def shared_path(part: str) -> Path:
    """Return ``../shared/PART``, or skip the test where it is absent."""
    path = _SHARED / part
    if not path.exists():
        pytest.skip(f"../shared/{part} is not here")
    return path
