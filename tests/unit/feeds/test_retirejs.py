"""retire.js: which packages its libraries are, and which of their versions have which flaws."""

import json
from pathlib import Path
from typing import Any

import pytest

from feed_parts import read_part
from hullscan.errors import FeedError
from hullscan.feeds.location import available, open_location
from hullscan.matching.ranges import holds, segments
from hullscan.model.advisory import Advisory, Severity
from hullscan.model.report import Problem
from hullscan.versions import scheme_for_ecosystem
from shared_data import shared_path


def _flaw(below: str, *, at_or_above: str = "", cwe: str = "CWE-79", **identifiers: Any) -> dict[str, Any]:
    start = {"atOrAbove": at_or_above} if at_or_above else {}
    info = ["https://example.org/flaw"]
    return {"below": below, "severity": "medium", "cwe": [cwe], "identifiers": identifiers, "info": info, **start}


_REPOSITORY = {
    "angularjs": {
        "npmname": "angular",
        "vulnerabilities": [
            _flaw("1.8.0", at_or_above="1.2.0", CVE=["CVE-2099-0001"], githubID="GHSA-aaaa-bbbb-cccc", summary="Text"),
            _flaw("999.999.999", githubID="GHSA-dddd-eeee-ffff"),
            _flaw("1.999", cwe="CWE-1104", retid="54"),
            _flaw("1.6.9", retid="48"),
        ],
    },
    "lodash": {
        "vulnerabilities": [
            _flaw("1.0.0.beta.3", CVE=["CVE-2099-0002", "CVE-2099-0003"], githubID="GHSA-gggg-hhhh-iiii"),
            _flaw("2.0.0", CVE=["CVE-2099-0002", "CVE-2099-0003"]),
            _flaw("3.0.0", issue="12"),
            {"severity": "low"},
        ]
    },
    "jquery.prettyPhoto": {"vulnerabilities": [_flaw("3.0", CVE=["CVE-2099-0004"])]},
    "retire-example": {"vulnerabilities": [_flaw("0.0.2", CVE=["CVE-XXXX-XXXX"])]},
}


def _read(root: Path, data: bytes) -> tuple[list[Advisory], list[Problem]]:
    advisories, problems = read_part(root, "retirejs/jsrepository-v5.json", data)
    return list(advisories.values()), problems


def _fix(advisory: Advisory, version: str) -> str | None:
    (affected,) = advisory.affected
    scheme = scheme_for_ecosystem(affected.ecosystem)
    assert scheme is not None
    found = [segment for segment in segments(affected, scheme) if holds(segment, scheme.key(version))]
    return found[0].fix if found else None


def test_libraries_are_npm_packages(tmp_path: Path) -> None:
    """By the name that retire.js gives, else their own; what can be no package, its example and ends of life are left out."""
    advisories, problems = _read(tmp_path, json.dumps(_REPOSITORY).encode())

    told = [(one.affected[0].name, one.flaws, one.aliases) for one in advisories]
    assert told == [
        ("angular", ("CVE-2099-0001",), ("GHSA-aaaa-bbbb-cccc",)),
        ("angular", ("GHSA-dddd-eeee-ffff",), ()),
        ("angular", ("RETIREJS-48",), ()),
        ("lodash", ("GHSA-gggg-hhhh-iiii",), ()),
        ("lodash", ("CVE-2099-0002", "CVE-2099-0003"), ()),
        ("lodash", ("RETIREJS-lodash-12",), ()),
    ]
    assert {one.affected[0].ecosystem for one in advisories} == {"npm"}
    assert (advisories[0].summary, advisories[0].severity) == ("Text", Severity.MEDIUM)
    assert ["flaw 3 of lodash" in problem.message for problem in problems] == [True]


def test_bounds(tmp_path: Path) -> None:
    """From `atOrAbove` to below `below`, which is a fix only of flaws that retire.js alone knows; some have no end."""
    advisories, _ = _read(tmp_path, json.dumps(_REPOSITORY).encode())

    bounded, endless, own, beta = advisories[:4]
    assert [_fix(bounded, version) for version in ("1.1.9", "1.2.0", "1.7.9", "1.8.0")] == [None, "", "", None]
    assert [_fix(own, version) for version in ("1.6.8", "1.6.9")] == ["1.6.9", None]
    assert _fix(endless, "1.8.3") == ""
    assert [_fix(beta, version) for version in ("1.0.0-beta.2", "1.0.0-beta.3", "1.0.0")] == ["", None, None]


@pytest.mark.parametrize("data", [b"", b"[]", b'{"jquery": 1}', b"<html>moved</html>"])
def test_what_is_no_repository_is_refused(tmp_path: Path, data: bytes) -> None:
    """The snapshot in use stays."""
    with pytest.raises(FeedError):
        _read(tmp_path, data)


def test_the_publishers_own() -> None:
    """Each flaw of the real repository is read, and its bounds are versions; a fact that GitHub's advisory states, too."""
    root = shared_path("feeds")
    shared_path("feeds/native/retirejs/jsrepository-v5.json.gz")
    (feed,) = (one for one in available(open_location(str(root))) if one.name == "retirejs")
    advisories = [item for item in feed.parse(root) if isinstance(item, Advisory)]
    scheme = scheme_for_ecosystem("npm")
    assert scheme is not None

    assert len(advisories) > 700
    assert {segment.status.value for one in advisories for segment in segments(one.affected[0], scheme)} == {"affected"}
    # GHSA-gxr4-xjj5-5px2: jquery >= 1.2.0 < 3.5.0, CVE-2020-11022.
    (jquery,) = (one for one in advisories if one.flaws == ("CVE-2020-11022",))
    assert [_fix(jquery, version) for version in ("1.1.4", "1.12.4", "3.4.1", "3.5.0")] == [None, "", "", None]
