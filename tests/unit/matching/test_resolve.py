"""Hits of one package made into flaws: which records speak of one flaw, and which of them counts."""

from itertools import permutations

import pytest

from hullscan.matching.resolve import Flaw, Resolver
from hullscan.model.advisory import Severity, Status
from hullscan.model.hits import Facts, Hit, Record
from hullscan.versions import scheme_for_ecosystem


def _record(name: str, *aliases: str, flaws: tuple[str, ...] = (), feed: str = "osv", **more: object) -> Record:
    own = flaws or (name,)
    return Record(feed=feed, id=name, flaws=own, names=frozenset((*own, *aliases)), **more)  # type: ignore[arg-type]


def _hit(
    record: Record, low: bytes = b"", high: bytes | None = b"5", *, matched: bool = True, ecosystem: str = "PyPI"
) -> Hit:
    fix = "" if high is None else high.decode()
    return Hit(record, ecosystem, "x", Status.AFFECTED, low, high, fix, "range", None, matched)


def _resolve(*hits: Hit, facts: dict[str, Facts] | None = None) -> list[Flaw]:
    resolved = Resolver(facts or {}).resolve(hits, "3")
    assert resolved.undecided == ()
    return list(resolved.flaws)


def _names(flaws: list[Flaw]) -> set[frozenset[str]]:
    return {frozenset((flaw.told.id, *flaw.told.aliases)) for flaw in flaws}


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_names_that_records_tie_are_one_flaw(order: tuple[int, ...]) -> None:
    """Whatever the order of records: A ties 1 and 2, B 3 and 4, C 2 and 3, so all four are one; D is another."""
    hits = [
        _hit(_record("GHSA-1", "CVE-2020-0001")),
        _hit(_record("PYSEC-3", "GHSA-4")),
        _hit(_record("CVE-2020-0001", "PYSEC-3")),
        _hit(_record("CVE-2020-0009")),
    ]

    flaws = _resolve(*(hits[place] for place in order))

    assert _names(flaws) == {frozenset(("CVE-2020-0001", "GHSA-1", "PYSEC-3", "GHSA-4")), frozenset(("CVE-2020-0009",))}


def test_a_record_of_several_flaws_ties_none() -> None:
    """A DSA with two CVEs gives two flaws, each with the evidence of all records that speak of it."""
    both = _record("DSA-1", flaws=("CVE-2020-0001", "CVE-2020-0002"))

    flaws = _resolve(_hit(_record("CVE-2020-0001")), _hit(both))

    assert {flaw.told.id: [one.advisory for one in flaw.evidence("3", "pep440")] for flaw in flaws} == {
        "CVE-2020-0001": ["CVE-2020-0001", "DSA-1"],
        "CVE-2020-0002": ["DSA-1"],
    }


def test_two_names_of_one_flaw_in_one_record_count_once() -> None:
    """Where another record says that the two flaws are one, the record of both is evidence once."""
    both = _record("USN-1", flaws=("CVE-2020-0001", "GHSA-1"))

    (flaw,) = _resolve(_hit(both), _hit(_record("GHSA-1", "CVE-2020-0001")))

    assert [one.advisory for one in flaw.evidence("3", "pep440")] == ["USN-1", "GHSA-1"]


def test_a_record_without_end_yields_to_another() -> None:
    """The range that ends before the version decides; `spec/disagreements.md`, 9."""
    endless = _hit(_record("GO-1", "CVE-2020-0001"), high=None)
    ended = _hit(_record("GHSA-1", "CVE-2020-0001"), high=b"2", matched=False)

    assert _resolve(endless, ended) == []


def test_a_record_without_end_does_not_yield_to_itself() -> None:
    """Another run of the same record is another branch."""
    record = _record("GO-1", "CVE-2020-0001")

    (flaw,) = _resolve(_hit(record, low=b"3", high=None), _hit(record, high=b"2", matched=False))

    assert flaw.fix == ""


def test_a_run_that_holds_the_version_and_ends_stands() -> None:
    """What another branch says does not take it away."""
    (flaw,) = _resolve(
        _hit(_record("GHSA-1", "CVE-2020-0001")), _hit(_record("GO-1", "CVE-2020-0001"), high=b"2", matched=False)
    )

    assert flaw.fix == "5"


def test_the_fix_is_one_that_no_record_calls_affected() -> None:
    """One record says fixed in 5, another that 5 is affected and 7 is not."""
    (flaw,) = _resolve(_hit(_record("GHSA-1", "CVE-2020-0001"), high=b"5"), _hit(_record("CVE-2020-0001"), high=b"7"))

    assert flaw.fix == "7"


def test_records_shared_by_packages_are_told_alike() -> None:
    """What one package was told of a flaw does not become another's, whose records are others."""
    resolver = Resolver({"CVE-2020-0001": Facts(exploited="2021-01-01")})
    high = _record("GHSA-1", "CVE-2020-0001", severity=Severity.HIGH)
    low = _record("CVE-2020-0001", severity=Severity.LOW)

    told = [
        resolver.resolve(hits, "3").flaws[0]
        for hits in ([_hit(low)], [_hit(high), _hit(low)], [_hit(high)], [_hit(low)])
    ]

    assert [(one.rating[0], one.told.aliases, one.told.exploited) for one in told] == [
        (Severity.LOW, (), "2021-01-01"),
        (Severity.HIGH, ("GHSA-1",), "2021-01-01"),
        (Severity.HIGH, ("GHSA-1",), "2021-01-01"),
        (Severity.LOW, (), "2021-01-01"),
    ]


@pytest.mark.parametrize(
    ("names", "rejected", "expected"),
    [
        (("CVE-2020-0001",), {"CVE-2020-0001"}, ("CVE-2020-0001", True)),
        (("CVE-2020-0001", "GHSA-1"), {"CVE-2020-0001"}, ("GHSA-1", False)),
        (("CVE-2020-0001", "CVE-2020-0002"), {"CVE-2020-0001"}, ("CVE-2020-0002", False)),
        (("CVE-2020-0001",), set(), ("CVE-2020-0001", False)),
    ],
)
def test_rejected_names(names: tuple[str, ...], rejected: set[str], expected: tuple[str, bool]) -> None:
    """A flaw is called by a name that stands; one without any is no flaw (aquasecurity/trivy-db#53)."""
    (flaw,) = _resolve(_hit(_record(*names)), facts={name: Facts(rejected=True) for name in rejected})

    assert (flaw.told.id, flaw.told.rejected) == expected


@pytest.mark.parametrize(
    ("version", "fixes", "expected"),
    [
        ("1.1.1g-16.el8_4", [("1.1.1g-16.el8_4", False), ("1.1.1k-6.el8_5", True)], None),
        ("1.1.1g-15.el8_4", [("1.1.1g-16.el8_4", True), ("1.1.1k-6.el8_5", True)], "1.1.1g-16.el8_4"),
        ("1.1.1g-15.el8_3", [("1.1.1g-16.el8_4", True), ("1.1.1k-6.el8_5", True)], "1.1.1k-6.el8_5"),
        ("2.1.0-11.el7", [("2.1.0-11.el7", False), ("2.1.0-11.el7_7", True)], None),
        ("1.0-3.el9_3", [("1.0-2.el9_3", False), ("1.0-4.el9_3", True), ("1.0-9.el9_4", True)], "1.0-4.el9_3"),
        ("2.4.57-5.el9", [("2.4.57-4.el9jbcs", False), ("2.4.57-8.el9", True)], "2.4.57-8.el9"),
    ],
)
def test_the_fix_of_the_own_minor_release_counts(
    version: str, fixes: list[tuple[str, bool]], expected: str | None
) -> None:
    """The build for another minor release says nothing of this one (quay/claircore#809, wazuh/wazuh#5445)."""
    scheme = scheme_for_ecosystem("Red Hat")
    assert scheme is not None
    record = _record("CVE-2020-0001")
    hits = [
        Hit(
            record,
            "Red Hat:enterprise_linux:8::baseos",
            "x",
            Status.AFFECTED,
            b"",
            scheme.key(fix),
            fix,
            "",
            None,
            matched,
        )
        for fix, matched in fixes
    ]
    assert [hit.matched for hit in hits] == [scheme.key(version) < (hit.high or b"") for hit in hits]

    flaws, _ = Resolver({}).resolve(hits, version)

    assert [flaw.fix for flaw in flaws] == ([] if expected is None else [expected])


def test_evidence_names_the_version_of_each_package() -> None:
    """Packages with the same hits have the same flaws; what was compared is told of each by its own version."""
    hit = _hit(_record("CVE-2020-0001"))
    resolver = Resolver({})

    first, second = (resolver.resolve([hit], version).flaws[0].evidence(version, "pep440") for version in ("3", "4"))

    assert [(one.advisory, one.version) for one in (*first, *second)] == [
        ("CVE-2020-0001", "3"),
        ("CVE-2020-0001", "4"),
    ]


def test_the_same_hits_are_resolved_anew_for_another_minor_release() -> None:
    """What one build was told, the build for another minor release is not."""
    record = _record("CVE-2020-0001")
    fixes = ("1.1.1g-16.el8_4", "1.1.1k-6.el8_5")
    hits = [
        Hit(record, "Red Hat:enterprise_linux:8", "x", Status.AFFECTED, b"", fix.encode(), fix, "", None, True)
        for fix in fixes
    ]
    resolver = Resolver({})

    found = [resolver.resolve(hits, f"1.1.1g-15.{stream}").flaws[0].fix for stream in ("el8_4", "el8_3", "el8_4")]

    assert found == ["1.1.1g-16.el8_4", "1.1.1k-6.el8_5", "1.1.1g-16.el8_4"]
