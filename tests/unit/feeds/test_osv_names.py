"""Which flaws an OSV record speaks of, and by which other names."""

import pytest

from hullscan.feeds.osv_names import flaws_of


@pytest.mark.parametrize(
    ("record", "aliases", "upstream", "related", "flaws", "names"),
    [
        ("CGA-2c2h", [], [], ["CGA-2c2h", "CVE-2099-1000", "GHSA-a"], ("CVE-2099-1000",), {"CGA-2c2h", "GHSA-a"}),
        ("CGA-2c2h", [], [], ["GHSA-a"], ("CGA-2c2h",), {"GHSA-a"}),
        ("CGA-2c2h", [], ["CVE-2099-1000"], ["CVE-2099-2000"], ("CVE-2099-1000",), {"CGA-2c2h"}),
        ("GHSA-a", [], [], ["CVE-2099-1000"], ("GHSA-a",), set()),
        ("ALSA-2099:1", [], [], ["CVE-2099-1000", "CVE-2099-2000"], ("CVE-2099-1000", "CVE-2099-2000"), set()),
    ],
)
def test_flaws(
    record: str,
    aliases: list[str],
    upstream: list[str],
    related: list[str],
    flaws: tuple[str, ...],
    names: set[str],
) -> None:
    """Related names are other flaws, but for publishers who name their own nowhere else: AlmaLinux, once Chainguard."""
    found, others = flaws_of(record, aliases, upstream, related)

    assert (found, set(others)) == (flaws, names)
