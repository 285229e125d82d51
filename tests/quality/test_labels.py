"""Every miss and every false positive on labelled truth has its reason in ``exceptions.tsv``; nothing is unexplained."""

import os
from collections import Counter
from pathlib import Path

import pytest

from quality.labels import findings, named_by_feeds, score, table
from quality.osv_answers import differences
from shared_data import shared_path

_STORE = os.environ.get("HULLSCAN_QUALITY_STORE", "")


@pytest.fixture(scope="module")
def store() -> Path:
    """A data folder with all feeds: a minute to make, so it is named by who wants these scores (``make quality``)."""
    shared_path("groundtruth")
    if not _STORE:
        pytest.skip("HULLSCAN_QUALITY_STORE names no data folder with the feeds of ../shared/feeds; run: make quality")
    return Path(_STORE)


def test_labels(store: Path) -> None:
    """F1 beside what the feeds could give at best; every difference from the labels is explained."""
    scores = score(list(findings(store)), named_by_feeds())
    print(table(scores))
    wrong = Counter(
        "\t".join((row["ecosystem"], row["verdict"], row["package"], row["version"], row["id"]))
        for one in scores.values()
        for row in one.wrong
    )
    explained: dict[str, int] = {}
    for line in (Path(__file__).parent / "exceptions.tsv").read_text().splitlines():
        if not line.startswith("#"):
            *key, count, reason = line.split("\t")
            assert reason
            explained["\t".join(key)] = int(count)

    assert wrong == explained


def test_recorded_answers_of_osv(store: Path) -> None:
    """No id of the feeds is missing, but for a release that a record no longer names."""
    counts, lines = differences(store)
    print(dict(counts))

    missing = [line for line in lines if line.startswith("missing") and "Alpine:v3.21 gnutls 3.8.8-r0" not in line]
    assert missing == []
