"""
A minute of inputs that coverage leads to, for everything that reads bytes from outside (``fuzz/``).

``HULLSCAN_FUZZ_S`` gives them more seconds; they are those of all targets in sum.
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

_SECONDS = os.environ.get("HULLSCAN_FUZZ_S", "60")
_ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris has no wheel for this platform")
def test_guided() -> None:
    """
    Only refusals that are known, in bounded time and memory; nothing is missing of a file that was cut off without a word.

    In a process of its own, whose modules are instrumented.
    """
    command = [sys.executable, "-m", "fuzz.guided", "all", "--seconds", _SECONDS]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" ok\n") > 100
