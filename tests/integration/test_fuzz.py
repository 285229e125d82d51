"""Half a minute of hostile variants of real files (``fuzz/``); ``HULLSCAN_FUZZ_S`` gives each part more seconds."""

import os

import fuzz.detectors
import fuzz.feeds

from shared_data import shared_path

_SECONDS = float(os.environ.get("HULLSCAN_FUZZ_S", "15"))


def test_detectors() -> None:
    """No detector fails in a way that is not told as a problem, or hangs on a small file."""
    shared_path("fixtures/INDEX.jsonl")

    assert fuzz.detectors.run(_SECONDS) == 0


def test_feeds() -> None:
    """A feed's file is refused as a whole, or gives what can be read of it."""
    shared_path("feeds/native/vendor-samples/vendor-samples.tar.xz")

    assert fuzz.feeds.run(_SECONDS) == 0
