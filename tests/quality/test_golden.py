"""Trivy's 66 golden cases on Trivy's own advisories: all of its findings, each difference a decision with its reason."""

import csv
from pathlib import Path

from quality.golden import run
from shared_data import shared_path

_DECISIONS = Path(__file__).with_name("golden.tsv")


def test_golden_cases() -> None:
    """Every finding of every case, and no other, but for the table."""
    shared_path("groundtruth/trivy/cases.json")
    with _DECISIONS.open() as table:
        decided = {
            (row["case"], row["id"], row["package"], row["who"]) for row in csv.DictReader(table, delimiter="\t")
        }
    different: set[tuple[str, str, str, str]] = set()
    cases = findings = equal = 0
    for case in run():
        cases += 1
        findings += len(case.expected)
        equal += len(case.expected & case.found)
        different |= {(case.name, flaw, package, "trivy") for flaw, package, *_ in case.missing}
        different |= {(case.name, flaw, package, "hullscan") for flaw, package, *_ in case.extra}

    print(f"{cases} cases, {equal} of {findings} findings the same")
    assert cases == 66
    assert different == decided
