"""Tables of scores: what is none, and tables that are not what they should be."""

import gzip
from datetime import datetime
from pathlib import Path

import pytest

from hullscan.errors import FeedError
from hullscan.feeds.feed import FeedItem
from hullscan.feeds.location import available, open_location
from hullscan.model.advisory import FlawFacts
from hullscan.model.report import Problem

_CVSS, _CWE, _EPSS = (
    "native/cvss/cvss.csv.gz",
    "native/cvss/cve-cwe.csv.gz",
    "native/epss/epss_scores-2026-01-02.csv.gz",
)
_COLUMNS = "cve,source,cvss_version,vector,base_score,severity\n"


def _parse(root: Path, part: str, text: str) -> list[FeedItem]:
    (root / part).parent.mkdir(parents=True)
    (root / part).write_bytes(gzip.compress(text.encode()))
    (feed,) = available(open_location(str(root)))
    return list(feed.parse(root))


@pytest.mark.parametrize("score", ["nan", "inf", "-1", "10.1", "high"])
def test_what_is_no_score_is_told(tmp_path: Path, score: str) -> None:
    """``nan`` is a number to Python and none in a report's JSON."""
    items = _parse(tmp_path, _CVSS, f"{_COLUMNS}CVE-2099-1,nvd,3.1,CVSS:3.1/AV:N,{score},HIGH\n")

    assert [type(one) for one in items] == [Problem, FlawFacts]
    assert [one.cvss for one in items if isinstance(one, FlawFacts)] == [()]


@pytest.mark.parametrize("score", ["nan", "inf", "-0.1", "1.1", ""])
def test_what_is_no_forecast_is_told(tmp_path: Path, score: str) -> None:
    """A forecast is from 0 to 1."""
    items = _parse(tmp_path, _EPSS, f"cve,epss,percentile\nCVE-2099-1,{score},0.1\n")

    assert [type(one) for one in items] == [datetime, Problem]


@pytest.mark.parametrize(
    ("part", "text"), [(_CVSS, "cve,source\nCVE-2099-1,nvd\n"), (_CWE, "cve\nCVE-2099-1\n"), (_CWE, "")]
)
def test_a_table_without_its_columns_is_refused(tmp_path: Path, part: str, text: str) -> None:
    """As a whole: the snapshot before it stays in use."""
    with pytest.raises(FeedError, match="has no column"):
        _parse(tmp_path, part, text)
