"""Rows of advisories: written and read by many threads at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from hullscan.model.advisory import Advisory
from hullscan.store.feeds.advisory_body import decode_advisory, encode_advisory, pack


def test_threads_do_not_disturb_each_other() -> None:
    """A server renders reports in forty threads; each reads back what was written."""
    texts = [f"advisory {number} " * (number % 50 + 1) * 20 for number in range(200)]
    rows = [
        pack(
            encode_advisory(
                Advisory(feed="f", id=f"A-{number}", modified=datetime(2026, 1, 1, tzinfo=UTC), flaws=(), details=text)
            )
        )
        for number, text in enumerate(texts)
    ]

    def read(_: int) -> bool:
        return all(decode_advisory(row).details == text for row, text in zip(rows, texts, strict=True))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(40)))
