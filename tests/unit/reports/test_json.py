"""A report as JSON in pieces."""

import json
from datetime import UTC, datetime

import pytest

from hullscan.model.advisory import Severity
from hullscan.model.report import Finding, Report, Scanner, Verdict
from hullscan.reports.json import report_json


def _report(count: int) -> Report:
    return Report(
        target='dir:"findings": []',
        digest="sha256:0",
        platform="",
        verdict=Verdict.AFFECTED,
        severity=Severity.HIGH,
        findings=tuple(
            Finding(id=f"CVE-2020-{number}", package="x\n]\n}", version="1", purl="pkg:npm/x@1", severity=Severity.HIGH)
            for number in range(count)
        ),
        problems=(),
        packages=(),
        bases=(),
        feeds=(),
        scanner=Scanner(name="n", vendor="v", version="1"),
        generated_at=datetime(2025, 1, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize("count", [0, 1, 999, 1_000, 1_001, 2_500])
def test_the_pieces_are_one_object(count: int) -> None:
    """However many findings there are, the pieces together are what Python writes with an indent of one."""
    text = b"".join(report_json(_report(count))).decode()
    read = json.loads(text)

    assert [one["id"] for one in read["findings"]] == [f"CVE-2020-{number}" for number in range(count)]
    assert text == json.dumps(read, indent=1)
